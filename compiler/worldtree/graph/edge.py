"""The one shape of an edge, a labelled pair of node ids."""

from __future__ import annotations

from typing import NamedTuple


class Edge(NamedTuple):
    """``target`` comes after ``source``; the caller defines what ``kind`` means."""

    source: str
    target: str
    kind: str = ""
