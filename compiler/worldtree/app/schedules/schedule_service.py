"""Makes and shows the schedules of clusters, and the windows in which they start nothing."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TYPE_CHECKING

from worldtree.app.documents.wanted_documents import WantedDocuments
from worldtree.app.ports import Ports
from worldtree.app.schedules.blackout_windows import Window, check_window
from worldtree.app.schedules.cron_times import read_cron
from worldtree.app.schedules.schedule_policy import NewSchedule
from worldtree.app.tasks.asked_parameters import refuse_wrong_parameters
from worldtree.core.errors import RefusedError

if TYPE_CHECKING:
    from worldtree.store.blackouts import BlackoutRecord
    from worldtree.store.schedules import ScheduleRecord as ScheduleRecord
    from worldtree.store.schedules import ScheduleRun
    from worldtree.store.store import Store

__all__ = ["ScheduleRecord", "ScheduleService"]


class ScheduleService:
    """Works on the schedules of its store's project, for the actor of its ports."""

    def __init__(
        self, ports: Ports, store: Callable[[], Store], clock: Callable[[], float] = time.time
    ) -> None:
        self._actor, self._store, self._clock = ports.actor, store, clock

    def create(self, cluster: str, new: NewSchedule) -> ScheduleRecord:
        """Store a schedule; its first time is the next one of its expression.

        Raises ``UnknownClusterError``, and ``RefusedError`` for an invalid expression, time zone
        or pipeline, and a name that is taken.
        """
        store, now = self._store(), self._clock()
        self._ensure_cluster(cluster)
        times = read_cron(new.cron, new.time_zone)
        refuse_wrong_parameters(new.task)
        return store.add_schedule(
            cluster,
            new.name,
            request=new.task.model_dump(mode="json"),
            cron=times.expression,
            time_zone=new.time_zone,
            policy=new.policy.model_dump(mode="json"),
            actor=self._actor,
            due=times.after(now),
            now=now,
        )

    def find(self, cluster: str | None = None) -> list[ScheduleRecord]:
        """Return the schedules of the project, or of a cluster. Raises ``UnknownClusterError``."""
        if cluster is not None:
            self._ensure_cluster(cluster)
        return self._store().list_schedules(cluster)

    def get(self, cluster: str, name: str) -> ScheduleRecord:
        """Return a schedule; raises ``UnknownClusterError`` and ``RefusedError``."""
        self._ensure_cluster(cluster)
        found = self._store().find_schedule(cluster, name)
        if found is None:
            raise RefusedError(
                f"cluster `{cluster}` has no schedule `{name}`",
                code="schedule-unknown",
                hint="`wt schedule list` shows the schedules",
            )
        return found

    def history(
        self, schedule: ScheduleRecord, limit: int, before: float | None = None
    ) -> list[ScheduleRun]:
        """Return what became of due times, newest first, those before ``before``."""
        return self._store().schedule_history(schedule.id, limit, before)

    def next_times(self, schedule: ScheduleRecord, count: int) -> tuple[float, ...]:
        """Return when a schedule is due next; nothing while it is disabled."""
        if schedule.disabled is not None:
            return ()
        times = read_cron(schedule.cron, schedule.time_zone).times_after(self._clock())
        return tuple(one for _, one in zip(range(count), times, strict=False))

    def enable(self, cluster: str, name: str) -> ScheduleRecord:
        """Let a schedule start tasks again, from its next time on."""
        found = self.get(cluster, name)
        due = read_cron(found.cron, found.time_zone).after(self._clock())
        self._store().set_schedule_enabled(found.id, self._actor, due=due, disabled=None)
        return self.get(cluster, name)

    def disable(self, cluster: str, name: str) -> ScheduleRecord:
        """Let a schedule start nothing until it is enabled; times until then are not decided."""
        found = self.get(cluster, name)
        self._store().set_schedule_enabled(found.id, self._actor, due=None, disabled=self._clock())
        return self.get(cluster, name)

    def delete(self, cluster: str, name: str) -> None:
        """Delete a schedule with its history; its tasks stay."""
        self._store().delete_schedule(self.get(cluster, name).id, self._actor)

    def add_blackout(self, name: str, window: Window, cluster: str | None = None) -> BlackoutRecord:
        """Store a window in which no schedule of the project, or of a cluster, starts anything."""
        check_window(window)
        if cluster is not None:
            self._ensure_cluster(cluster)
        body = window.model_dump(mode="json")
        return self._store().add_blackout(name, cluster, body, self._actor, self._clock())

    def blackouts(self) -> list[BlackoutRecord]:
        """Return the windows of the project, by name."""
        return self._store().list_blackouts()

    def delete_blackout(self, blackout: str) -> None:
        """Delete a window, by its id. Raises ``RefusedError`` for an unknown one."""
        if not self._store().delete_blackout(blackout, self._actor):
            raise RefusedError(
                "unknown blackout",
                code="blackout-unknown",
                hint="`wt schedule blackout list` shows their ids",
            )

    def _ensure_cluster(self, name: str) -> None:
        WantedDocuments(self._store(), self._actor).cluster(name)
