"""Creates what a service adds: the queue, plans with approvals, schedules, notifications."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

from worldtree.app.services.task_services import TaskServices

if TYPE_CHECKING:
    from worldtree.app.approvals.approved_runs import ApprovedRuns
    from worldtree.app.approvals.plans import PlanService
    from worldtree.app.idempotency import IdempotencyService
    from worldtree.app.notifications.notification_service import NotificationService
    from worldtree.app.schedules.schedule_service import ScheduleService
    from worldtree.app.tasks.queued_tasks import QueuedTaskService
    from worldtree.app.tasks.submission import SubmissionService
    from worldtree.app.tasks.work_queue import WorkQueue
    from worldtree.app.tasks.worker_register import WorkerRegister


class QueueServices(TaskServices):
    """Puts tasks into the queue, decides on plans, keeps schedules and channels."""

    @cached_property
    def submission(self) -> SubmissionService:
        """Puts tasks into the queue of the service."""
        from worldtree.app.tasks.submission import SubmissionService

        return SubmissionService(self._ports, lambda: self.store, lambda: self.contents)

    @cached_property
    def queued_tasks(self) -> QueuedTaskService:
        """Runs tasks of the queue."""
        from worldtree.app.tasks.queued_tasks import QueuedTaskService

        return QueuedTaskService(
            self.settings,
            self._ports,
            lambda: self.store,
            apply=lambda: self.apply,
            resume=lambda: self.resume,
            rollback=lambda: self.rollback,
            cancel=lambda: self.cancel,
            drift=lambda: self.drift,
            approved=lambda: self.approved_runs,
            contents=lambda: self.contents,
        )

    @cached_property
    def work_queue(self) -> WorkQueue:
        """The queue as workers use it."""
        from worldtree.app.shared_files.database_key import check_key
        from worldtree.app.tasks.work_queue import WorkQueue

        return WorkQueue(
            lambda: self.store, check_machine=lambda: check_key(self.settings, self.store)
        )

    @cached_property
    def workers(self) -> WorkerRegister:
        """The workers of all machines."""
        from worldtree.app.tasks.worker_register import WorkerRegister

        return WorkerRegister(lambda: self.store)

    @cached_property
    def plans(self) -> PlanService:
        """Compiles plans without running them, and decides on them."""
        from worldtree.app.approvals.plans import PlanService

        return PlanService(self.settings, self._ports, lambda: self.store, lambda: self.contents)

    @cached_property
    def approved_runs(self) -> ApprovedRuns:
        """Prepares the runs of approved plans."""
        from worldtree.app.approvals.approved_runs import ApprovedRuns

        return ApprovedRuns(self.settings, self._ports, lambda: self.store)

    @cached_property
    def schedules(self) -> ScheduleService:
        """Makes and shows schedules."""
        from worldtree.app.schedules.schedule_service import ScheduleService

        return ScheduleService(self._ports, lambda: self.store)

    @cached_property
    def notifications(self) -> NotificationService:
        """Makes and shows channels of notifications."""
        from worldtree.app.notifications.notification_service import NotificationService

        return NotificationService(self.settings, self._ports, lambda: self.store)

    @cached_property
    def idempotency(self) -> IdempotencyService:
        """Lets requests with a key do their work once."""
        from worldtree.app.idempotency import IdempotencyService

        return IdempotencyService(lambda: self.store)
