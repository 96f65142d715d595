"""Models to ``Cluster``: ranges expanded, defaults worked out, groups and names final."""

from worldtree.spec.resolve.cluster import resolve

__all__ = ["resolve"]
