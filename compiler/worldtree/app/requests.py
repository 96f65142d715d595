"""Types that callers of the application use, besides plans and results."""

from __future__ import annotations

from worldtree.app.tasks.task_runner import TaskObserver
from worldtree.compile.policy_checks import irreversible, refuse_irreversible
from worldtree.compile.selection import Selection
from worldtree.engine.cancellation import Cancellation
from worldtree.engine.debugger import Breakpoints
from worldtree.runner.connect.connection_check import HostConnection

__all__ = [
    "Breakpoints",
    "Cancellation",
    "HostConnection",
    "Selection",
    "TaskObserver",
    "irreversible",
    "refuse_irreversible",
]
