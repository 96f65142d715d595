"""Types that callers of the application use, besides plans and results."""

from __future__ import annotations

from worldtree.app.tasks.task_requests import (
    DoubtAnswer,
    Mode,
    ReplanRequest,
    RerunSelection,
    ResumeRequest,
    RollbackRequest,
    TaskRequest,
)
from worldtree.app.tasks.task_runner import TaskObserver
from worldtree.compile.policy_checks import irreversible, refuse_irreversible
from worldtree.compile.selection import Selection
from worldtree.engine.cancellation import Cancellation
from worldtree.engine.notices import Notices
from worldtree.runner.connect.connection_check import HostConnection

__all__ = [
    "Cancellation",
    "DoubtAnswer",
    "HostConnection",
    "Mode",
    "Notices",
    "ReplanRequest",
    "RerunSelection",
    "ResumeRequest",
    "RollbackRequest",
    "Selection",
    "TaskObserver",
    "TaskRequest",
    "irreversible",
    "refuse_irreversible",
]
