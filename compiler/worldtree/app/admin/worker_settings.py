"""Binds clusters to workers, and limits how many tasks of a project run at the same time."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection
from typing import TYPE_CHECKING

from worldtree.app.admin.maintenance import UnknownClusterError, ensure_known
from worldtree.core.errors import ExitCode, WorldTreeError
from worldtree.store.queue_order import TASK_LIMIT

if TYPE_CHECKING:
    from worldtree.core.actor import Actor
    from worldtree.store.store import Store

_TAG = re.compile(r"[a-z0-9]([a-z0-9._-]{0,61}[a-z0-9])?")


class WorkerTagError(WorldTreeError):
    """A tag of workers is not valid."""

    exit_code = ExitCode.INPUT


def check_tags(tags: Collection[str]) -> None:
    """Raise ``WorkerTagError`` for a tag that is not valid."""
    for tag in tags:
        if _TAG.fullmatch(tag) is None:
            raise WorkerTagError(
                f"`{tag}` is not a valid tag of workers",
                code="worker-tag-invalid",
                hint="use lower-case letters, digits, dots, hyphens and underscores, "
                "63 at most, with a letter or digit at both ends",
            )


class WorkerSettingsService:
    """Changes these settings in the project of its store."""

    def __init__(self, store: Callable[[], Store], actor: Actor) -> None:
        self._store, self._actor = store, actor

    def tags(self, cluster: str) -> tuple[str, ...]:
        """Return the tags that a worker needs for a cluster. Raises ``UnknownClusterError``."""
        store = self._store()
        ensure_known(cluster, store.cluster_names())
        return tuple(sorted(store.worker_tags(cluster)))

    def set_tags(self, cluster: str, tags: Collection[str]) -> None:
        """Let only workers with all of ``tags`` work on a cluster; without any, every worker.

        Raises ``UnknownClusterError`` and ``WorkerTagError``.
        """
        check_tags(tags)
        store = self._store()
        ensure_known(cluster, store.cluster_names())
        if not store.set_worker_tags(cluster, set(tags), self._actor):
            raise UnknownClusterError(f"unknown cluster `{cluster}`", code="cluster-unknown")

    def task_limit(self) -> int | None:
        """Return how many tasks of the project run at the same time; None for any number."""
        found: int | None = self._store().project_settings().get(TASK_LIMIT)
        return found

    def set_task_limit(self, limit: int | None) -> None:
        """Set it, from 1; None for any number."""
        detail = "no limit" if limit is None else f"{limit} tasks"
        self._store().change_project_setting(
            TASK_LIMIT, limit, self._actor, what="task-limit-set", detail=detail
        )
