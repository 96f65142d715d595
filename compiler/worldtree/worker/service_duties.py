"""What a worker of a service does beside its tasks."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from worldtree.app.approvals.windows import PlanWindows
from worldtree.app.hosts.certificate_scan import CertificateScan
from worldtree.app.idempotency import KeySweep
from worldtree.app.schedules.schedule_runner import ScheduleRunner
from worldtree.app.tasks.event_numbers import EventNumbers
from worldtree.app.tasks.interrupted_tasks import InterruptedTasks
from worldtree.worker.notification_duty import NotificationDuty

if TYPE_CHECKING:
    from worldtree.app.service import Application
    from worldtree.worker.duties import Duty


def service_duties(application: Application) -> Sequence[Duty]:
    """Return the duties of a worker of this application."""
    return (
        InterruptedTasks(lambda: application.store),
        PlanWindows(lambda: application.store),
        KeySweep(lambda: application.store),
        EventNumbers(lambda: application.store),
        CertificateScan(lambda: application.store),
        ScheduleRunner(lambda: application.store),
        NotificationDuty(application.notifications.notifier().run_once),
    )
