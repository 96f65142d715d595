"""Patterns that select nodes on the command line."""

from __future__ import annotations

from collections.abc import Collection
from fnmatch import fnmatchcase

from worldtree.core.suggestions import nearest
from worldtree.plan.ids import without_pipeline

#: Nodes named in a hint.
_MAX_SUGGESTED = 3


def matches_pattern(name: str, pattern: str) -> bool:
    """Whether ``pattern`` matches a node's id, or its part from the module on."""
    tail = without_pipeline(name)
    return any(
        fnmatchcase(candidate, form)
        for candidate in (name, tail)
        for form in (pattern, f"{pattern}/*")
    )


def unmatched_pattern_hint(nodes: Collection[str], pattern: str) -> str:
    """Return a hint for a ``pattern`` that matches none of ``nodes``.

    It names nodes that end with the pattern, or else the nearest name.
    """
    # Every module, task and node.
    places: dict[str, None] = {}
    for name in nodes:
        parts = name.split("/")[1:]
        places |= dict.fromkeys("/".join(parts[:at]) for at in range(1, len(parts) + 1))
    ends = [place for place in places if fnmatchcase(place, f"*/{pattern}")]
    if ends:
        return f"did you mean {' or '.join(f'`{place}`' for place in ends[:_MAX_SUGGESTED])}?"
    words = {"/".join(place.split("/")[at:]): place for place in places for at in range(3)}
    close = nearest(pattern, filter(None, words))
    return f"did you mean `{words[close]}`?" if close else "`wt plan` lists the nodes"
