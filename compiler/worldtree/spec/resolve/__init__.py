"""Resolves models to a ``Cluster``: expands ranges, sets defaults, flattens groups."""

from worldtree.spec.resolve.cluster import resolve

__all__ = ["resolve"]
