"""What the queue keeps of a request, as JSON."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, Literal

from pydantic import Field, TypeAdapter

from worldtree.app.tasks.task_requests import Request, ResumeRequest, RollbackRequest, TaskRequest


class RunWork(Request):
    """Begin a task."""

    kind: Literal["run"] = "run"
    request: TaskRequest


class ApprovedWork(Request):
    """Begin a task that runs an approved plan; ``request`` is that of the plan."""

    kind: Literal["approved"] = "approved"
    #: Id of the plan.
    proposal: str
    request: TaskRequest


class RollbackWork(Request):
    """Begin a task that rolls another one back."""

    kind: Literal["rollback"] = "rollback"
    request: RollbackRequest


class ResumeWork(Request):
    """Continue a task."""

    kind: Literal["resume"] = "resume"
    request: ResumeRequest


class CancelWork(Request):
    """End what a task left on its hosts when its process died."""

    kind: Literal["cancel"] = "cancel"


AnyWork = RunWork | ApprovedWork | RollbackWork | ResumeWork | CancelWork
_ADAPTER: TypeAdapter[AnyWork] = TypeAdapter(Annotated[AnyWork, Field(discriminator="kind")])


def read_work(data: Mapping[str, Any]) -> AnyWork:
    """Return the work that ``model_dump(mode="json")`` gave. Raises ``ValidationError``."""
    return _ADAPTER.validate_python(data)
