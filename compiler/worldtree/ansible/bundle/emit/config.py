"""``ansible.cfg``, ``.ansible-lint`` and ``.gitattributes`` of a bundle."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from worldtree.ansible.bundle.emit.bundle import BundleSources
from worldtree.ansible.bundle.emit.document_files import (
    PLAYBOOK_DIRS,
    PLUGIN_DIRECTORY,
    REVIEWED_CONTENT,
)
from worldtree.ansible.bundle.manifest import DIGEST_FILE
from worldtree.ansible.content.config_text import config_text
from worldtree.ansible.model.yaml_writer import dump

#: Where links to other directories of the bundle are.
_LINKED = tuple(f"{place}/" for place in PLAYBOOK_DIRS)


def ansible_cfg(sources: BundleSources, *, reads: bool = False) -> str:
    """Return ``ansible.cfg``; its paths are relative to the bundle.

    ``reads`` says whether plays read published outputs.
    """
    sections: dict[str, dict[str, str]] = {
        "defaults": {
            # The file, not its directory: roles write beside it, and find files there.
            "inventory": "inventory/hosts.yml",
            "roles_path": "roles",
            "collections_path": "collections",
            "forks": str(sources.forks),
            "gathering": "explicit",
            "fact_caching": "memory",
            "host_key_checking": "True",
            "interpreter_python": "auto_silent",
            "retry_files_enabled": "False",
            # By default Ansible polls for results every millisecond, which wastes CPU time when
            # several runs work at once.
            "internal_poll_interval": "0.01",
            "stdout_callback": "ansible.builtin.default",
            "callback_result_format": "yaml",
            "nocows": "True",
            # Otherwise modules write their arguments to the host's syslog.
            "no_target_syslog": "True",
        },
        "connection": {"pipelining": str(sources.pipelining)},
        "ssh_connection": {
            "ssh_args": "-o ControlMaster=auto -o ControlPersist=60s",
            # After a broken connection it is unknown whether the task was done: no second try.
            "retries": "0",
        },
        "inventory": {"any_unparsed_is_failed": "True"},
    }
    if not sources.warm:
        # For runs by `wt`; Ansible itself has no such section.
        sections["worldtree"] = {"warm": "False"}
    if reads:
        sections["defaults"]["callbacks_enabled"] = "worldtree.core.outputs"
    for key in sorted(sources.plugins):
        outside = sources.settings.get("defaults", {}).get(key)
        sections["defaults"][key] = ":".join(filter(None, [f"{PLUGIN_DIRECTORY}/{key}", outside]))
    for section, values in sources.settings.items():
        values = {k: v for k, v in values.items() if k not in sources.plugins}
        sections.setdefault(section, {}).update(values)
    return config_text(sections)


def git_attributes() -> str:
    """Return ``.gitattributes``: what follows from the rest of the bundle is not shown as text."""
    derived = (DIGEST_FILE, "graph.svg")
    lines = [f"{name} -diff linguist-generated" for name in derived]
    return "\n".join(["# These follow from the plan and the files; review those.", *lines, ""])


def lint_config(sources: BundleSources, team: Iterable[str], written: Iterable[str]) -> str:
    """Return ``.ansible-lint``: the strictest profile, for all generated files.

    ``team`` are the team's own files; ``written`` the plays that have tasks in the team's words.
    """
    roles = [
        f"roles/{name}/" for name, role in sources.calls.carried.items() if role.origin != "builtin"
    ]
    roles += [f"roles/{alias}/" for alias in sources.calls.aliases]
    tops = {path.partition("/")[0] for path in team} - {"roles", "inventory"}
    beside = {f"{'/'.join(path.split('/')[:2])}/" for path in team if path.startswith("roles/")}
    roles = sorted({*roles, *beside})
    theirs = [f"{PLUGIN_DIRECTORY}/"] if sources.plugins else []
    theirs += [f"{prefix}{top}/" for top in sorted(tops) for prefix in ("", *_LINKED)]
    again = [f"{prefix}{top}/" for prefix in _LINKED for top in REVIEWED_CONTENT]
    data: dict[str, Any] = {
        "profile": "production",
        # The bundle is complete; lint must not download anything.
        "offline": True,
        "exclude_paths": ["collections/", *again, *sorted(roles), *theirs, *sorted(written)],
    }
    if roles:
        # The names of variables that a team's role is called with are the team's.
        data["skip_list"] = ["var-naming[no-role-prefix]"]
    comment = "The team's own files are copied unchanged and not linted here."
    return dump(data, comment=comment)
