"""The differences between two bundles as data: nodes, hosts, groups, variables, files."""

from __future__ import annotations

import difflib
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from worldtree.ansible.bundle.group_variables import group_variables, has_own_inventory
from worldtree.ansible.bundle.manifest import MANIFEST_FILES, BundleProblem, Manifest, read_manifest
from worldtree.ansible.bundle.verify import verify_bundle
from worldtree.ansible.content.file_modes import REGULAR_MODE

#: Fields of a node or host that are no change for a person.
_IGNORED_FIELDS = frozenset({"id", "source"})
#: Files that derive from the plan: their changes are shown as changes of nodes, hosts and
#: variables. The inventory derives from it too, unless it is the team's own.
_DERIVED = ("README.md", "graph.svg", "site.yml", "rollback.yml")
_DERIVED_DIRS = ("layers/", "plays/", "rollback/")
_INVENTORY = "inventory/"
#: Lines of a file's difference that are kept.
_MAX_LINES = 400
_MAX_BYTES = 1_000_000


@dataclass(frozen=True, slots=True)
class ValueChange:
    """One changed value; ``old`` or ``new`` is None where ``had`` or ``has`` is false."""

    #: ``vars.etcd_port``, ``hosts``, ``policy.serial``.
    name: str
    old: Any
    new: Any
    had: bool = True
    has: bool = True


@dataclass(frozen=True, slots=True)
class ItemChange:
    """A node or host that is in both bundles and differs, or a group with other variables."""

    name: str
    changes: tuple[ValueChange, ...]


@dataclass(frozen=True, slots=True)
class AffectedNode:
    """A node whose input digest changed on these hosts, for whatever reason."""

    node: str
    hosts: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class FileChange:
    """A file that is not derived from the plan.

    ``text`` is a unified diff, empty for binaries and for the team's inventory.
    """

    path: str
    what: str
    text: str = ""


@dataclass(frozen=True, slots=True)
class EditedBundle:
    """A bundle whose files are no longer as they were compiled."""

    bundle: str
    problems: tuple[BundleProblem, ...]


@dataclass(frozen=True, slots=True)
class BundleDiff:
    """All differences from one bundle to another."""

    added_nodes: tuple[str, ...] = ()
    removed_nodes: tuple[str, ...] = ()
    changed_nodes: tuple[ItemChange, ...] = ()
    added_hosts: tuple[str, ...] = ()
    removed_hosts: tuple[str, ...] = ()
    changed_hosts: tuple[ItemChange, ...] = ()
    #: Parameters of the pipeline that differ.
    parameters: tuple[ValueChange, ...] = ()
    #: Groups with other members than before, new and removed groups included.
    groups: tuple[ValueChange, ...] = ()
    #: Groups with other variables than before; ``all`` has the cluster's. Variables of hosts are in
    #: ``changed_hosts``.
    variables: tuple[ItemChange, ...] = ()
    #: Added and removed edges between nodes, as ``a -> b (kind)``.
    edges: tuple[ValueChange, ...] = ()
    #: The document's and tools' digests that differ, by name.
    inputs: tuple[str, ...] = ()
    #: Nodes of both bundles whose digest on a host of both differs (``pair_digests``).
    affected_nodes: tuple[AffectedNode, ...] = ()
    files: tuple[FileChange, ...] = ()
    #: Bundles with files that a person edited after it was compiled; above are only differences of
    #: what was compiled.
    edits: tuple[EditedBundle, ...] = ()

    @property
    def is_empty(self) -> bool:
        """Whether there is no difference."""
        return not any(getattr(self, name) for name in BundleDiff.__slots__)


def diff_bundles(old: Path, new: Path) -> BundleDiff:
    """Compare the bundles in two directories.

    Raises ``InputError`` where there is none, or a file of one cannot be read.
    """
    a, b = read_manifest(old), read_manifest(new)
    old_nodes, new_nodes = a.plan["graph"].get("nodes", {}), b.plan["graph"].get("nodes", {})
    old_hosts, new_hosts = _hosts(a), _hosts(b)
    edges = sorted(_edges(a) ^ _edges(b))
    digests = (a.plan.get("digests", {}), b.plan.get("digests", {}))
    return BundleDiff(
        added_nodes=tuple(name for name in new_nodes if name not in old_nodes),
        removed_nodes=tuple(name for name in old_nodes if name not in new_nodes),
        changed_nodes=_items(old_nodes, new_nodes),
        added_hosts=tuple(name for name in new_hosts if name not in old_hosts),
        removed_hosts=tuple(name for name in old_hosts if name not in new_hosts),
        changed_hosts=_items(old_hosts, new_hosts),
        parameters=tuple(_values(a.plan.get("parameters", {}), b.plan.get("parameters", {}))),
        groups=tuple(_values(a.plan.get("groups", {}), b.plan.get("groups", {}))),
        variables=_variables(old, a, new, b),
        edges=tuple(
            ValueChange(edge, None, None, had=edge in _edges(a), has=edge in _edges(b))
            for edge in edges
        ),
        inputs=tuple(
            sorted(
                n for n in {**digests[0], **digests[1]} if digests[0].get(n) != digests[1].get(n)
            )
        ),
        affected_nodes=tuple(
            _affected(a.plan.get("pair_digests", {}), b.plan.get("pair_digests", {}), new_nodes)
        ),
        files=tuple(_files(old, a, new, b)),
    )


def edited_bundles(*directories: Path) -> tuple[EditedBundle, ...]:
    """Return the bundles that were edited since they were compiled; raises as ``diff_bundles``."""
    return tuple(
        EditedBundle(str(place), tuple(problems))
        for place in dict.fromkeys(directories)
        if (problems := verify_bundle(place))
    )


def _hosts(manifest: Manifest) -> dict[str, Any]:
    return {host["name"]: host for host in manifest.plan.get("hosts", ())}


def _edges(manifest: Manifest) -> set[str]:
    return {
        f"{edge['before']} -> {edge['after']} ({edge.get('kind', 'barrier')})"
        for edge in manifest.plan["graph"].get("edges", ())
    }


def _items(old: Mapping[str, Any], new: Mapping[str, Any]) -> tuple[ItemChange, ...]:
    found = []
    for name, now in new.items():
        if name in old and (changes := tuple(_values(old[name], now, silent=_IGNORED_FIELDS))):
            found.append(ItemChange(name, changes))
    return tuple(found)


def _variables(old: Path, a: Manifest, new: Path, b: Manifest) -> tuple[ItemChange, ...]:
    paths = {path for path in {*a.files, *b.files} if a.files.get(path) != b.files.get(path)}
    before, now = group_variables(old, a, paths), group_variables(new, b, paths)
    found = (
        ItemChange(n, tuple(_values(before.get(n, {}), now.get(n, {}))))
        for n in sorted({*before, *now})
    )
    return tuple(item for item in found if item.changes)


def _affected(
    old: Mapping[str, Mapping[str, str]], new: Mapping[str, Mapping[str, str]], nodes: Iterable[str]
) -> Iterator[AffectedNode]:
    for name in nodes:
        before = old.get(name, {})
        hosts = tuple(
            host for host, now in new.get(name, {}).items() if before.get(host, now) != now
        )
        if hosts:
            yield AffectedNode(name, hosts)


def _values(
    old: Mapping[str, Any],
    new: Mapping[str, Any],
    prefix: str = "",
    silent: Collection[str] = (),
) -> list[ValueChange]:
    """Return the values that differ; mappings are compared recursively, lists as values."""
    found: list[ValueChange] = []
    for key in dict.fromkeys((*old, *new)):
        if key in silent:
            continue
        name = f"{prefix}{key}"
        a, b = old.get(key), new.get(key)
        if a == b and (key in old) == (key in new):
            continue
        # None against a mapping is shown value by value.
        before, now = {} if a is None and b else a, {} if b is None and a else b
        if isinstance(before, Mapping) and isinstance(now, Mapping):
            found.extend(_values(before, now, f"{name}."))
        else:
            found.append(ValueChange(name, a, b, had=key in old, has=key in new))
    return found


def _files(old: Path, a: Manifest, new: Path, b: Manifest) -> list[FileChange]:
    found = []
    own = has_own_inventory(a) and has_own_inventory(b)
    derived = (*_DERIVED_DIRS, _INVENTORY) if own else _DERIVED_DIRS
    for path in sorted({*a.files, *b.files} - MANIFEST_FILES):
        if path in _DERIVED or path.startswith(derived):
            continue
        if a.files.get(path) == b.files.get(path):
            modes = [made.modes.get(path, REGULAR_MODE) for made in (a, b)]
            if path in a.files and modes[0] != modes[1]:
                found.append(FileChange(path, f"mode {modes[0]:04o} → {modes[1]:04o}"))
            continue
        what = "changed" if path in a.files and path in b.files else ""
        what = what or ("added" if path in b.files else "removed")
        # The team's inventory may contain passwords, which a plan does not show either.
        is_shown = what == "changed" and not path.startswith(_INVENTORY)
        found.append(FileChange(path, what, unified(old, new, path) if is_shown else ""))
    return found


def unified(old: Path, new: Path, path: str) -> str:
    """Return the unified diff of a file in two bundles; empty for what is no text."""
    texts = []
    for place in (old / path, new / path):
        try:
            data = place.read_bytes()
            if len(data) > _MAX_BYTES or b"\0" in data:
                return ""
            texts.append(data.decode("utf-8").splitlines())
        except (OSError, UnicodeDecodeError):
            return ""
    a, b = texts
    lines = list(difflib.unified_diff(a, b, f"old/{path}", f"new/{path}", lineterm="", n=2))
    if not lines:
        return "only the line breaks differ"
    if len(lines) > _MAX_LINES:
        lines = [*lines[:_MAX_LINES], f"… {len(lines) - _MAX_LINES} more lines"]
    return "\n".join(lines)
