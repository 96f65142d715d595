"""Types that callers of the application use, besides plans and results.

Each is imported on first use: what runs tasks takes half of the time in which `wt plan` starts.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
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

#: Name -> its module; of all others it is the module of requests.
_MODULES = {
    "Cancellation": "worldtree.engine.cancellation",
    "HostConnection": "worldtree.runner.connect.connection_check",
    "Notices": "worldtree.engine.notices",
    "Selection": "worldtree.compile.selection",
    "TaskObserver": "worldtree.app.tasks.task_runner",
    "irreversible": "worldtree.compile.policy_checks",
    "refuse_irreversible": "worldtree.compile.policy_checks",
}
_REQUESTS = "worldtree.app.tasks.task_requests"


def __getattr__(name: str) -> Any:
    """Return a type of ``__all__``, which this module has as an attribute from then on."""
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    found = getattr(import_module(_MODULES.get(name, _REQUESTS)), name)
    globals()[name] = found
    return found
