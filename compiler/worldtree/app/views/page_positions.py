"""Where pages of sorted lists end: cursors of positions, and positions of cursors.

Each function raises ``RefusedError`` for a cursor of another list or order.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from worldtree.app.page_cursors import decode_sorted, encode_sorted
from worldtree.core.list_order import ClusterOrder, TaskOrder, VersionOrder

if TYPE_CHECKING:
    from worldtree.store.cluster_pages import ClusterPosition, ClusterSummary
    from worldtree.store.task_pages import TaskPosition
    from worldtree.store.task_record import TaskRecord

_TASKS: TaskOrder = "-asked"
_CLUSTERS: ClusterOrder = "name"
_VERSIONS: VersionOrder = "-version"


def task_cursor(last: TaskRecord, order: TaskOrder) -> str:
    """Return the cursor after a task."""
    cluster = [last.cluster] if order in ("cluster", "-cluster") else []
    return encode_sorted(order, _TASKS, last.in_order, last.id, *cluster)


def task_position(cursor: str, order: TaskOrder) -> TaskPosition:
    """Return where a page of tasks ended."""
    from worldtree.store.task_pages import TaskPosition

    cluster = [str] if order in ("cluster", "-cluster") else []
    asked, *names = decode_sorted(cursor, order, _TASKS, float, str, *cluster)
    return TaskPosition(float(asked), *map(str, names))


def cluster_cursor(last: ClusterSummary, order: ClusterOrder) -> str:
    """Return the cursor after a cluster."""
    created = [last.created] if order in ("created", "-created") else []
    return encode_sorted(order, _CLUSTERS, *created, last.name)


def cluster_position(cursor: str, order: ClusterOrder) -> ClusterPosition:
    """Return where a page of clusters ended."""
    from worldtree.store.cluster_pages import ClusterPosition

    created = [float] if order in ("created", "-created") else []
    *moment, name = decode_sorted(cursor, order, _CLUSTERS, *created, str)
    return ClusterPosition(float(moment[0]) if moment else 0.0, str(name))


def version_cursor(last: int, order: VersionOrder) -> str:
    """Return the cursor after a version."""
    return encode_sorted(order, _VERSIONS, last)


def version_position(cursor: str, order: VersionOrder) -> int:
    """Return the version with which a page ended."""
    return int(decode_sorted(cursor, order, _VERSIONS, int)[0])
