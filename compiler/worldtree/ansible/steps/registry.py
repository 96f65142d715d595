"""Finds step kinds: the built-in ones and those of installed packages, by entry point."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from importlib.metadata import entry_points
from types import MappingProxyType
from typing import Any

from worldtree.ansible.steps.kind import StepKind

#: Entry-point group; each entry loads to a ``StepKind``. The built-in ones use it too.
ENTRY_POINT_GROUP = "worldtree.steps"

#: Keys of a step that are not step kinds.
RESERVED_NAMES = frozenset({"role", "name", "when", "vars", "tags", "hosts", "policy"})


@cache
def kinds() -> Mapping[str, StepKind[Any]]:
    """Return every known kind by name, sorted.

    Raises ``ValueError`` for a name that is given twice or reserved, ``TypeError`` for an entry
    point that is no ``StepKind``.
    """
    found: dict[str, StepKind[Any]] = {}
    for entry in sorted(entry_points(group=ENTRY_POINT_GROUP), key=lambda e: (e.name, e.value)):
        kind = entry.load()
        if not isinstance(kind, StepKind):
            msg = f"entry point {entry.value} is a {type(kind).__name__}, not a StepKind"
            raise TypeError(msg)
        if kind.name in found or kind.name in RESERVED_NAMES:
            why = "registered twice" if kind.name in found else "a reserved name"
            msg = f"step kind {kind.name!r} of {entry.value} is {why}"
            raise ValueError(msg)
        found[kind.name] = kind
    return MappingProxyType(dict(sorted(found.items())))
