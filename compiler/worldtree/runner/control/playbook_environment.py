"""The environment of ansible-playbook, on top of the allow-listed variables of ``wt``."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from worldtree.core.environment_allowlist import PROXIES
from worldtree.plan.plan import Plan
from worldtree.runner.connect.ssh_command import SshOptions
from worldtree.spec.secret_masking import is_secret_variable
from worldtree.spec.secret_references import find_references

#: Parts of a plan that the compiler made: most of a large one.
_WITHOUT_REFERENCES = {"layers", "digests", "node_digests", "pair_digests"}
_PLUGIN_DIR = Path(__file__).parents[1] / "inside" / "plugins"


def proxy_environment(environ: Mapping[str, str]) -> dict[str, str]:
    """Return the proxy variables; their URLs may hold a password, so they must not reach a disk."""
    return {name: environ[name] for name in sorted(environ) if name.lower() in PROXIES}


def secret_variables(plan: Plan, environ: Mapping[str, str]) -> tuple[str, ...]:
    """Return the variables that hold secrets.

    These are proxies, the plan's ``${env:NAME}``, and passed ones with the name of a secret.
    """
    written = plan.model_dump(exclude=_WITHOUT_REFERENCES)
    named = {ref.rest for ref in find_references(written) if ref.provider == "env"}
    passed = {name for name in plan.environment if is_secret_variable(name)}
    return tuple(sorted({*named, *passed, *proxy_environment(environ)}))


def caller_environment(plan: Plan, environ: Mapping[str, str]) -> dict[str, str]:
    """Return the variables that the plan wants from ``environ``, as far as they are set there."""
    return {name: environ[name] for name in plan.environment if name in environ}


def task_environment(
    base: Mapping[str, str],
    *,
    bundle: Path,
    ssh: SshOptions,
    facts_dir: Path,
    local_dir: Path,
    secrets: Iterable[str] = (),
    passed: Iterable[str] = (),
    inventory_ignores: Sequence[str] = (),
    warm: bool = True,
) -> dict[str, str]:
    """Return the environment of all runs of a task.

    ``secrets`` and ``passed`` are the names of variables that are added in memory; the values of
    ``secrets`` are hidden in output. ``local_dir`` gets Ansible's temporary files, rendered
    templates among them; ``inventory_ignores`` are names that are no inventories. ``warm`` allows
    warm connections, which the bundle may still exclude.
    """
    extra = {"ANSIBLE_SSH_EXTRA_ARGS": " ".join(ssh.extra_args())} if ssh.known_hosts else {}
    if inventory_ignores:
        patterns = (f"^{re.escape(name)}$" for name in inventory_ignores)
        extra["ANSIBLE_INVENTORY_IGNORE_REGEX"] = ",".join(patterns)
    return {
        **base,
        **extra,
        "WORLDTREE_WARM": "1" if warm else "0",
        "WORLDTREE_SECRET_NAMES": ",".join(secrets),
        "WORLDTREE_PASSED_NAMES": ",".join(passed),
        "ANSIBLE_CONFIG": str(bundle / "ansible.cfg"),
        "ANSIBLE_LOCAL_TEMP": str(local_dir),
        "ANSIBLE_HOST_KEY_CHECKING": "True",
        "ANSIBLE_SSH_CONTROL_PATH_DIR": str(ssh.control_dir),
        "ANSIBLE_SSH_CONTROL_PATH": "%(directory)s/%%C",
        "ANSIBLE_CACHE_PLUGIN": "worldtree_facts",
        "ANSIBLE_CACHE_PLUGINS": str(_PLUGIN_DIR / "cache"),
        "ANSIBLE_CACHE_PLUGIN_CONNECTION": str(facts_dir),
        "ANSIBLE_CALLBACK_PLUGINS": str(_PLUGIN_DIR / "callback"),
        "ANSIBLE_RETRY_FILES_ENABLED": "False",
        # Events come from the journal; those of ansible-runner may lose large results.
        "MAX_EVENT_RES": str(2**16),
    }


def attempt_environment(attempt: str, *, gathers_facts: bool) -> dict[str, str]:
    """Return the further environment variables of one run."""
    return {
        "WORLDTREE_ATTEMPT": attempt,
        "WORLDTREE_FACTS_KEEP": "1" if gathers_facts else "",
    }
