"""What a principal can ask for about tasks; a part of ``AuthorizedApplication``."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from worldtree.app.documents.wanted_documents import WantedDocuments
from worldtree.app.permission_checks import requires
from worldtree.app.requests import RerunSelection, ResumeRequest, RollbackRequest
from worldtree.app.tasks.asked_parameters import refuse_wrong_parameters
from worldtree.app.tasks.asked_work import AskedResume, AskedRetry, AskedWork
from worldtree.app.tasks.cancel_request import request_cancel
from worldtree.app.tasks.finished_tasks import refuse_finished
from worldtree.app.tasks.task_reader import TaskReader
from worldtree.auth.principal import Principal
from worldtree.core.actor import Actor
from worldtree.core.list_order import TaskOrder
from worldtree.plan.pipeline_names import DESTROY_CLUSTER
from worldtree.results.status import TaskStatus
from worldtree.results.task_command import TaskCommand

if TYPE_CHECKING:
    from worldtree.app.service import Application
    from worldtree.store.store import TaskRecord


class AuthorizedTasks:
    """Reads tasks of a project, and asks for new ones."""

    def __init__(
        self,
        application: Application,
        principal: Principal,
        project: str,
        *,
        origin: str = "",
        traceparent: str | None = None,
    ) -> None:
        self.principal, self.project = principal, project
        self.actor = Actor("token", principal.name, origin)
        self._application = application.of(self.actor, project, traceparent)
        self._tasks = TaskReader(self._application)
        self._documents = WantedDocuments(self._application.store, self.actor)

    @requires("task:get")
    def list_tasks(
        self,
        limit: int,
        cursor: str | None = None,
        *,
        cluster: str | None = None,
        status: TaskStatus | None = None,
        command: TaskCommand | None = None,
        details: bool = False,
        order: TaskOrder = "-asked",
    ) -> dict[str, Any]:
        """Return a page of tasks in ``order``; payloads only with ``details``."""
        return self._tasks.page(
            limit,
            cursor,
            cluster=cluster,
            status=status,
            command=command,
            details=details,
            order=order,
        )

    @requires("task:get")
    def task(self, task: str, *, outputs: bool = False, details: bool = False) -> dict[str, Any]:
        """Return a task with its result; with ``outputs`` also Ansible tasks and their output."""
        return self._tasks.task(task, outputs=outputs, details=details)

    @requires("task:get")
    def events(
        self,
        task: str,
        *,
        after: int = 0,
        limit: int,
        outputs: bool = False,
        details: bool = False,
    ) -> dict[str, Any]:
        """Return the events of a task with numbers above ``after``."""
        return self._tasks.events(task, after=after, limit=limit, outputs=outputs, details=details)

    @requires("task:get")
    def task_diff(self, old: str, new: str) -> dict[str, Any]:
        """Return in which hosts of which nodes the results of two tasks differ."""
        return self._tasks.diff(old, new)

    @requires("task:cancel")
    def cancel(self, task: str) -> TaskRecord:
        """Ask for the end of a task; does not wait for it."""
        return request_cancel(self._application.store, self._tasks.find(task), self.actor)

    @requires("task:create")
    def resume(self, task: str, asked: AskedResume) -> TaskRecord:
        """Ask to continue a task."""
        return self._continue(task, RerunSelection(), asked)

    @requires("task:create")
    def retry(self, task: str, asked: AskedRetry) -> TaskRecord:
        """Ask to continue a task and to run chosen work again."""
        only = bool(asked.nodes or asked.hosts)
        rerun = RerunSelection(tuple(asked.nodes), tuple(asked.hosts), only=only)
        return self._continue(task, rerun, asked)

    def _continue(self, task: str, rerun: RerunSelection, asked: AskedResume) -> TaskRecord:
        record = self._tasks.find(task)
        if record.pipeline == DESTROY_CLUSTER:
            self.principal.require("cluster:destroy", self.project)
        refuse_finished(record, reruns=rerun.only)
        request = ResumeRequest(task=record.id, rerun=rerun, if_in_doubt=asked.if_in_doubt)
        found = self._application.submission.resume(request)
        # Its status changes when a worker begins; asked for is what is in the queue.
        return replace(found, status=TaskStatus.QUEUED)

    @requires("task:rollback")
    def roll_back(self, task: str) -> TaskRecord:
        """Ask for the rollback of a task; returns the new task."""
        record = self._tasks.find(task)
        return self._application.submission.roll_back(RollbackRequest(task=record.id))

    @requires("task:create")
    def submit(self, cluster: str, asked: AskedWork) -> TaskRecord:
        """Ask for a pipeline of a cluster's document; one that destroys needs that permission."""
        if asked.pipeline == DESTROY_CLUSTER:
            self.principal.require("cluster:destroy", self.project)
        document = self._documents.version(cluster, asked.version)
        refuse_wrong_parameters(asked)
        request = asked.task_request(document.digest)
        return self._application.submission.submit(cluster, request)
