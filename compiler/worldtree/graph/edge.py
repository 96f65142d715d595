"""The one shape of an edge, a labelled pair of node ids."""

from __future__ import annotations

from typing import NamedTuple


class Edge(NamedTuple):
    """``target`` comes after ``source``; what ``kind`` means is the caller's affair."""

    source: str
    target: str
    kind: str = ""
