"""How edge kinds compare, for pairs that are linked more than once or across what is left out."""

from __future__ import annotations

from worldtree.plan.specs import EdgeKind

_ORDER: tuple[EdgeKind, ...] = ("soft", "host", "barrier")


def edge_kind(name: str) -> EdgeKind:
    """Return the edge kind of that name; raises ``ValueError`` for another word."""
    return _ORDER[_ORDER.index(name)]


def stricter(first: str, second: str) -> str:
    """Return the kind that demands more: a pair linked twice is linked the strictest way."""
    return max(edge_kind(first), edge_kind(second), key=_ORDER.index)


def weaker(first: str, second: str) -> str:
    """Return the kind that demands less: what two edges in a row demand together."""
    return min(edge_kind(first), edge_kind(second), key=_ORDER.index)
