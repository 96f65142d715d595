"""Lines on what a plan or a result is not the whole of; a plan needs no results for them."""

from __future__ import annotations

from collections.abc import Mapping

from worldtree.core.text import and_more
from worldtree.plan.ids import without_pipeline

#: Most nodes that a line names.
_MAX_CUT = 10


def left_out_lines(left_out: Mapping[str, str]) -> list[str]:
    """Return a line for each task that has no host and says `onEmpty: skip`."""
    return [f"left out: {name}, {why} (onEmpty: skip)" for name, why in left_out.items()]


def cut_lines(cut: Mapping[str, str]) -> list[str]:
    """Return a line with the nodes of which tags select some tasks only, if any."""
    if not cut:
        return []
    named = and_more([without_pipeline(name) for name in cut], _MAX_CUT)
    options = next(iter(cut.values()))
    return [f"not done as a whole, since `{options}` selects some tasks only: {named}"]
