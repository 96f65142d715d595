"""Types that callers of the application use, besides plans and results.

Each is imported on first use: what runs tasks takes half of the time in which `wt plan` starts.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from worldtree.app.tasks.task_requests import DoubtAnswer as DoubtAnswer
    from worldtree.app.tasks.task_requests import Mode as Mode
    from worldtree.app.tasks.task_requests import ReplanRequest as ReplanRequest
    from worldtree.app.tasks.task_requests import RerunSelection as RerunSelection
    from worldtree.app.tasks.task_requests import ResumeRequest as ResumeRequest
    from worldtree.app.tasks.task_requests import RollbackRequest as RollbackRequest
    from worldtree.app.tasks.task_requests import TaskRequest as TaskRequest
    from worldtree.app.tasks.task_runner import TaskObserver as TaskObserver
    from worldtree.compile.policy_checks import irreversible as irreversible
    from worldtree.compile.policy_checks import refuse_irreversible as refuse_irreversible
    from worldtree.compile.selection import Selection as Selection
    from worldtree.engine.cancellation import Cancellation as Cancellation
    from worldtree.engine.notices import Notices as Notices
    from worldtree.runner.connect.connection_check import HostConnection as HostConnection

#: Name -> its module; of all others that are imported above it is the module of requests.
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
    """Return a type that is imported above, which this module has as an attribute from then on."""
    module = None if name.startswith("_") else import_module(_MODULES.get(name, _REQUESTS))
    if module is None or not hasattr(module, name):
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    globals()[name] = found = getattr(module, name)
    return found
