"""Colours of groups, the same in every kind of drawing."""

from __future__ import annotations

from collections.abc import Mapping

from worldtree.graph.render.view import GraphView

#: Readable on white and on near-black; neighbours in the list differ clearly.
_GROUPS = (
    "#3b82f6",
    "#f59e0b",
    "#10b981",
    "#a855f7",
    "#ec4899",
    "#14b8a6",
    "#f97316",
    "#6366f1",
    "#84cc16",
    "#06b6d4",
    "#d946ef",
    "#a16207",
)
_NO_GROUP = "#94a3b8"


def group_colours(view: GraphView) -> Mapping[str, str]:
    """Return a colour per group of the view, and one for the empty group; many groups share."""
    colours = {group: _GROUPS[index % len(_GROUPS)] for index, group in enumerate(view.groups)}
    return {"": _NO_GROUP, **colours}
