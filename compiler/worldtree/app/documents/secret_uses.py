"""Lists the secret references of a plan."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from worldtree.core.errors import DocPath
from worldtree.plan.plan import Plan, PlanHost
from worldtree.spec.secret_references import SecretRef, split_references, walk_texts

#: The lookup that replaces a reference in a bundle.
_LOOKUP = b"worldtree.core.secret"
#: Directories of a bundle in which no tasks of a team are.
_WITHOUT_TASKS = frozenset({"collections", "inventory", "layers", "rollback"})
#: Directories of a bundle without variables of a team.
_NO_VARIABLES = frozenset({"collections", "layers"})
_VAULT_HEADER = b"$ANSIBLE_VAULT;"
#: Bytes of a file that may have variables.
_LARGEST = 1_000_000
_ENDINGS = ("*.yml", "*.yaml")


def secret_uses(plan: Plan) -> dict[SecretRef, list[str]]:
    """Return every reference of the plan with the places that use it: nodes, then connections.

    A place is text for people: a node and its variable, or a key of the document. Variables of
    hosts and groups are not searched, because possibly no node reads them. Extra variables override
    variables of nodes: as in Ansible, the prompt of such a variable is not asked.
    """
    found: dict[SecretRef, dict[str, None]] = {}
    for reference, place in (*_node_references(plan), *_connection_references(plan)):
        found.setdefault(reference, {})[place] = None
    return {reference: list(places) for reference, places in found.items()}


def private_key_references(plan: Plan) -> list[str]:
    """Return the references of the private keys for SSH connections to the plan's hosts."""
    keys = [host.ssh.private_key for host in _hosts_with_work(plan) if host.connection == "ssh"]
    return list(dict.fromkeys(str(ref) for key in keys for ref in _references(key or "")))


def inventory_uses_secrets(bundle: Path) -> bool:
    """Whether variables of hosts or groups in the bundle refer to secrets; plans lack those."""
    files = (file for file in (bundle / "inventory").rglob("*") if file.is_file())
    return any(_LOOKUP in file.read_bytes() for file in files)


def tasks_hide_values(bundle: Path) -> bool:
    """Whether roles or tasks in the bundle have `no_log`: what they set stays in memory.

    Quoted or not, as in a file of tasks that is JSON.
    """
    places = (one for one in bundle.iterdir() if one.is_dir() and one.name not in _WITHOUT_TASKS)
    files = (file for place in places for ending in _ENDINGS for file in place.rglob(ending))
    return any(b"no_log" in file.read_bytes() for file in files if file.is_file())


def vaulted_files(bundle: Path) -> tuple[list[Path], list[Path]]:
    """Return the files of the bundle that ansible-vault encrypted something in, and the others.

    Without large files, which have no variables, and those of collections.
    """
    encrypted: list[Path] = []
    others: list[Path] = []
    for file in sorted(bundle.rglob("*")):
        if file.relative_to(bundle).parts[0] in _NO_VARIABLES or file.is_symlink():
            continue
        if not file.is_file() or file.stat().st_size > _LARGEST:
            continue
        text = file.read_bytes()
        (encrypted if _is_vaulted(text) else others).append(file)
    return encrypted, others


def _is_vaulted(text: bytes) -> bool:
    return text.startswith(_VAULT_HEADER) or (b"!vault" in text and _VAULT_HEADER in text)


def _node_references(plan: Plan) -> Iterator[tuple[SecretRef, str]]:
    for node in plan.graph.nodes.values():
        play = [] if node.play is None else node.play.values
        parts = {
            "vars": {name: v for name, v in node.vars.items() if name not in plan.extra_vars},
            "environment": node.environment,
            node.kind: play or node.params,
        }
        for name, value in parts.items():
            for path, text in walk_texts(value, (name,)):
                for reference in _references(text):
                    yield reference, f"{node.id}: {_dotted_path(path)}"


def _connection_references(plan: Plan) -> Iterator[tuple[SecretRef, str]]:
    for host in _hosts_with_work(plan):
        settings = {
            "privateKey": host.ssh.private_key if host.connection == "ssh" else None,
            "password": host.ssh.password if host.connection == "ssh" else None,
            "becomePassword": host.ssh.become_password if host.ssh.become else None,
        }
        for key, setting in settings.items():
            for reference in _references(setting or ""):
                yield reference, f"spec.ssh.{key}"
        own = {k: v for k, v in host.vars.items() if k.startswith("ansible_")}
        connection = {**host.inherited, **own}
        for path, text in walk_texts(connection):
            for reference in _references(text):
                yield reference, f"host {host.name}: {_dotted_path(path)}"


def _hosts_with_work(plan: Plan) -> list[PlanHost]:
    names = {host for node in plan.graph.nodes.values() for host in node.hosts}
    return [host for host in plan.hosts if host.name in names]


def _references(text: str) -> list[SecretRef]:
    return [part for part in split_references(text) if isinstance(part, SecretRef)]


def _dotted_path(path: DocPath) -> str:
    text = "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in path)
    return text.removeprefix(".")
