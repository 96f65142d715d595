"""What a principal can ask for about schedules; a part of ``AuthorizedApplication``."""

from __future__ import annotations

from typing import Any

from worldtree.app.authorized.clusters import AuthorizedClusters
from worldtree.app.page_cursors import decode_cursor
from worldtree.app.permission_checks import requires
from worldtree.app.schedules.asked_blackouts import AskedBlackout
from worldtree.app.schedules.schedule_policy import NewSchedule
from worldtree.app.tasks.task_reader import page_of
from worldtree.app.views import schedules
from worldtree.plan.pipeline_names import DESTROY_CLUSTER

#: Times that a list shows of each schedule, and that a schedule shows.
_NEXT_IN_LIST, _NEXT = 1, 5


class AuthorizedSchedules(AuthorizedClusters):
    """Reads and changes the schedules and blackouts of a project."""

    @requires("schedule:get")
    def schedules(self, cluster: str) -> dict[str, Any]:
        """Return the schedules of a cluster, by name."""
        service = self._application.schedules
        found = service.find(cluster)
        return {
            "items": [
                schedules.schedule_view(one, service.next_times(one, _NEXT_IN_LIST))
                for one in found
            ],
            "next": None,
        }

    @requires("schedule:manage", "task:create")
    def create_schedule(self, cluster: str, new: NewSchedule) -> dict[str, Any]:
        """Store a schedule: who makes one may ask for its tasks, and they run for its maker."""
        if new.task.pipeline == DESTROY_CLUSTER:
            self.principal.require("cluster:destroy", self.project)
        made = self._application.schedules.create(cluster, new)
        return self.schedule(cluster, made.name)

    @requires("schedule:get")
    def schedule(self, cluster: str, name: str) -> dict[str, Any]:
        """Return a schedule with its next times, and since when it is refused."""
        service = self._application.schedules
        found = service.get(cluster, name)
        times, refusal = service.next_times(found, _NEXT), service.refusal(found)
        return schedules.schedule_details_view(found, times, refusal)

    @requires("schedule:get")
    def schedule_history(
        self, cluster: str, name: str, limit: int, cursor: str | None = None
    ) -> dict[str, Any]:
        """Return a page of what became of due times, newest first."""
        before = None if cursor is None else float(decode_cursor(cursor, float)[0])
        service = self._application.schedules
        found = service.history(service.get(cluster, name), limit + 1, before)
        rows, more = page_of(found, limit)
        return schedules.schedule_history_view(rows, more=more)

    @requires("schedule:manage", "task:create")
    def enable_schedule(self, cluster: str, name: str) -> dict[str, Any]:
        """Let a schedule start tasks again; one that destroys needs that permission."""
        if self._application.schedules.get(cluster, name).request["pipeline"] == DESTROY_CLUSTER:
            self.principal.require("cluster:destroy", self.project)
        self._application.schedules.enable(cluster, name)
        return self.schedule(cluster, name)

    @requires("schedule:manage")
    def disable_schedule(self, cluster: str, name: str) -> dict[str, Any]:
        """Let a schedule start nothing."""
        self._application.schedules.disable(cluster, name)
        return self.schedule(cluster, name)

    @requires("schedule:manage")
    def delete_schedule(self, cluster: str, name: str) -> None:
        """Delete a schedule with its history."""
        self._application.schedules.delete(cluster, name)

    @requires("schedule:get")
    def blackouts(self) -> dict[str, Any]:
        """Return the blackouts of the project, by name."""
        found = self._application.schedules.blackouts()
        return {"items": [schedules.blackout_view(one) for one in found], "next": None}

    @requires("schedule:manage")
    def add_blackout(self, asked: AskedBlackout) -> dict[str, Any]:
        """Store a blackout of the project, or of a cluster."""
        return schedules.blackout_view(self._application.schedules.add_blackout(asked))

    @requires("schedule:manage")
    def delete_blackout(self, blackout: str) -> None:
        """Delete a blackout, by its id."""
        self._application.schedules.delete_blackout(blackout)
