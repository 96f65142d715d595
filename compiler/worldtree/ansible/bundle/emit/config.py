"""``ansible.cfg`` and ``.ansible-lint`` of a bundle."""

from __future__ import annotations

from collections.abc import Iterable

from worldtree.ansible.bundle.emit.bundle import BundleSources
from worldtree.ansible.model.yaml_writer import dump


def ansible_cfg(sources: BundleSources, *, reads: bool = False) -> str:
    """Return ``ansible.cfg``; paths in it count from the bundle.

    ``reads`` says that plays read what others publish.
    """
    sections: dict[str, dict[str, str]] = {
        "defaults": {
            "inventory": "inventory",
            "roles_path": "roles",
            "collections_path": "collections",
            "forks": str(sources.forks),
            "gathering": "explicit",
            "fact_caching": "memory",
            "host_key_checking": "True",
            "interpreter_python": "auto_silent",
            "retry_files_enabled": "False",
            # Ansible by itself looks for results every millisecond, which several runs at once
            # would spend their cores on.
            "internal_poll_interval": "0.01",
            "stdout_callback": "ansible.builtin.default",
            "callback_result_format": "yaml",
            "nocows": "True",
            # Modules would write what they were passed to the host's own log.
            "no_target_syslog": "True",
        },
        "connection": {"pipelining": "True"},
        "ssh_connection": {
            "ssh_args": "-o ControlMaster=auto -o ControlPersist=60s",
            # A connection that broke says nothing of whether the task was done: no second try.
            "retries": "0",
        },
        "inventory": {"any_unparsed_is_failed": "True"},
    }
    if reads:
        sections["defaults"]["callbacks_enabled"] = "worldtree.core.outputs"
    for section, values in sources.settings.items():
        sections.setdefault(section, {}).update(values)
    parts = []
    for section, values in sections.items():
        lines = [f"{key} = {value}" for key, value in values.items()]
        parts.append("\n".join([f"[{section}]", *lines]) + "\n")
    return "\n".join(parts)


def lint_config(sources: BundleSources, team: Iterable[str]) -> str:
    """Return ``.ansible-lint``: the strictest profile, for all that WorldTree made."""
    roles = [
        f"roles/{name}/" for name, role in sources.calls.carried.items() if role.origin != "builtin"
    ]
    tops = {path.partition("/")[0] for path in team}
    theirs = [f"{prefix}{top}/" for top in sorted(tops) for prefix in ("", "plays/", "rollback/")]
    data = {
        "profile": "production",
        # Everything is carried along; nothing may be fetched to judge it.
        "offline": True,
        "exclude_paths": ["collections/", *sorted(roles), *theirs],
    }
    comment = "What the team wrote is carried as it is, and is theirs to judge."
    return dump(data, comment=comment)
