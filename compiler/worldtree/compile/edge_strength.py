"""Compares edge kinds: for pairs linked twice, and for paths through nodes left out."""

from __future__ import annotations

from worldtree.plan.specs import EdgeKind

_ORDER: tuple[EdgeKind, ...] = ("soft", "host", "barrier")


def edge_kind(name: str) -> EdgeKind:
    """Return the edge kind of that name; raises ``ValueError`` for an unknown one."""
    return _ORDER[_ORDER.index(name)]


def stricter(first: str, second: str) -> str:
    """Return the kind that demands more: a pair linked twice gets the strictest kind."""
    return max(edge_kind(first), edge_kind(second), key=_ORDER.index)


def weaker(first: str, second: str) -> str:
    """Return the kind that demands less: what two edges in a row demand together."""
    return min(edge_kind(first), edge_kind(second), key=_ORDER.index)
