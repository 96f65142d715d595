"""The order of the queue: which row a worker takes next."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping, Set
from dataclasses import dataclass
from typing import Any

#: The setting of a project that says how many of its tasks run at the same time.
TASK_LIMIT = "tasks"
#: The one that says what documents may do, and which workers have to run them.
_POLICY = "policy"


@dataclass(frozen=True, slots=True)
class QueuePlace:
    """A row of the queue as far as its turn depends on it."""

    id: int
    project: str
    cluster: str
    task: str
    priority: int
    #: Whether a process works on it.
    is_taken: bool
    #: The id of the worker of that process, if it has one.
    worker: str | None = None
    #: What a worker must be able to reach.
    tags: frozenset[str] = frozenset()
    #: Whether a process has worked on it, and died.
    is_continued: bool = False
    #: Whether it is to end what a dead process left, and nothing else.
    is_cancel: bool = False
    #: How many rows of its project may be taken at the same time; None for any number.
    project_limit: int | None = None
    #: The policy of its project, as it is stored; None without one.
    policy: Mapping[str, Any] | None = None


@dataclass(frozen=True, slots=True)
class ProjectRules:
    """What the settings of a project say about its rows."""

    #: How many may be taken at the same time; None for any number.
    limit: int | None = None
    #: The policy of the project, as it is stored; None without one.
    policy: Mapping[str, Any] | None = None


@dataclass(frozen=True, slots=True)
class Taker:
    """A worker that looks for work."""

    id: str
    #: How many rows it takes at the same time.
    limit: int
    #: What it can reach.
    tags: Set[str] = frozenset()
    #: Whether it may work on the project of a row.
    admits: Callable[[QueuePlace], bool] = lambda _row: True


def in_turn(rows: Iterable[QueuePlace], taker: Taker) -> QueuePlace | None:
    """Return the row that ``taker`` takes next; None where it may take none.

    One row at a time of a cluster, none whose tags the worker lacks, none of a project that it may
    not work on, and no more of a project than its limit. First what a dead process has begun, whose
    runs may go on; then by priority, then of the project with the fewest taken rows, then the
    oldest.
    """
    waiting: list[QueuePlace] = []
    busy: set[str] = set()
    taken: dict[str, int] = {}
    mine = 0
    for row in rows:
        if row.is_taken:
            busy.add(row.cluster)
            taken[row.project] = taken.get(row.project, 0) + 1
            mine += row.worker == taker.id
        elif row.tags <= taker.tags and taker.admits(row):
            waiting.append(row)
    if mine >= taker.limit:
        return None
    free = (
        row
        for row in waiting
        if row.cluster not in busy
        and (row.project_limit is None or taken.get(row.project, 0) < row.project_limit)
    )
    return min(
        free,
        key=lambda row: (
            not row.is_continued,
            -row.priority,
            taken.get(row.project, 0),
            row.id,
        ),
        default=None,
    )


def tag_set(text: str | None) -> frozenset[str]:
    """Return the tags of a cluster as its column has them."""
    return frozenset(json.loads(text)) if text else frozenset()


def project_rules(settings: str | None) -> ProjectRules:
    """Return what the settings of a project, as their column has them, say about its rows."""
    found = json.loads(settings) if settings else {}
    limit, policy = found.get(TASK_LIMIT), found.get(_POLICY)
    return ProjectRules(
        limit if isinstance(limit, int) else None, policy if isinstance(policy, dict) else None
    )
