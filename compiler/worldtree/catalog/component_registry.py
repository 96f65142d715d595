"""Finds components: the built-in ones and those that installed packages add by entry point."""

from __future__ import annotations

from functools import cache
from importlib.metadata import entry_points
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from worldtree.catalog.component import Component

if TYPE_CHECKING:
    from collections.abc import Mapping

#: Entry-point group; each entry loads to a ``Component``. The built-in ones use the same door.
ENTRY_POINT_GROUP = "worldtree.components"


@cache
def components() -> Mapping[str, Component[Any]]:
    """Return every known component by name; raises ``ValueError`` for a name given twice."""
    found: dict[str, Component[Any]] = {}
    for entry in sorted(entry_points(group=ENTRY_POINT_GROUP), key=lambda e: e.name):
        component = entry.load()
        if not isinstance(component, Component):
            msg = f"entry point {entry.value} is a {type(component).__name__}, not a Component"
            raise TypeError(msg)
        if component.name in found:
            msg = f"component {component.name!r} is registered again by {entry.value}"
            raise ValueError(msg)
        found[component.name] = component
    return MappingProxyType(dict(sorted(found.items())))
