"""Tasks: lists, results, events, and what can be done about them."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Query
from starlette.requests import Request
from starlette.responses import Response

from worldtree.api.answers import ACCEPTED, PAGE, JsonAnswer, accepted
from worldtree.api.authentication import Authorized
from worldtree.api.bodies import json_only
from worldtree.api.parameters import ORDER, After, Cursor, EventLimit, Filter, Limit, Name
from worldtree.api.problem_links import task_links
from worldtree.app.page_cursors import DEFAULT_EVENTS, DEFAULT_PAGE
from worldtree.app.tasks.asked_work import AskedResume, AskedRetry
from worldtree.core.list_order import TaskOrder
from worldtree.results.status import TaskStatus
from worldtree.results.task_command import TaskCommand

router = APIRouter(prefix="/tasks", tags=["tasks"])
Outputs = Annotated[bool, Query(description="With the output of Ansible tasks that succeeded.")]
#: What costs more to find out, for callers that show it.
ListDetails = Annotated[bool, Query(description="With what was asked for, and why it was refused.")]
TaskDetails = Annotated[
    bool,
    Query(
        description="With the places of failures, whether the task can be continued, the number of "
        "its last event, and what can be done as commands."
    ),
]
EventDetails = Annotated[bool, Query(description="With the places of Ansible tasks.")]
_JSON = [Depends(json_only)]


@router.get("", responses=PAGE)
def list_tasks(
    app: Authorized,
    limit: Limit = DEFAULT_PAGE,
    cursor: Cursor = None,
    cluster: Filter = None,
    status: TaskStatus | None = None,
    command: TaskCommand | None = None,
    details: ListDetails = False,
    order: Annotated[TaskOrder, ORDER] = "-asked",
) -> Response:
    """List tasks, by default the last one asked for first; with `details` also what was asked for.

    Those of a cluster, where the list is sorted by that, have the default order.
    """
    found = app.list_tasks(
        limit,
        cursor,
        cluster=cluster,
        status=status,
        command=command,
        details=details,
        order=order,
    )
    return JsonAnswer(found)


@router.get("/{task}")
def get_task(
    app: Authorized,
    task: Name,
    request: Request,
    outputs: Outputs = False,
    details: TaskDetails = False,
) -> Response:
    """Return a task with its status and the results of its nodes and hosts."""
    found = app.task(task, outputs=outputs, details=details)
    return JsonAnswer(task_links(found, request.scope, details=details))


@router.get("/{task}/graph")
def get_task_graph(app: Authorized, task: Name) -> Response:
    """Return the graph of a task, with the status of each node."""
    return JsonAnswer(app.task_graph(task))


@router.get("/{task}/diff/{other}")
def diff_tasks(app: Authorized, task: Name, other: Name) -> Response:
    """Return in which hosts of which nodes the results of two tasks differ."""
    return JsonAnswer(app.task_diff(task, other))


@router.get("/{task}/events", responses=PAGE)
def list_events(
    app: Authorized,
    task: Name,
    after: After = 0,
    limit: EventLimit = DEFAULT_EVENTS,
    outputs: Outputs = False,
    details: EventDetails = False,
) -> Response:
    """List the events of a task in order; `next` is the `after` of the next page."""
    found = app.events(task, after=after, limit=limit, outputs=outputs, details=details)
    return JsonAnswer(found)


@router.post("/{task}/cancel", status_code=202, responses=ACCEPTED)
def cancel_task(app: Authorized, task: Name, request: Request) -> Response:
    """Ask for the end of a task."""
    return accepted(app.cancel(task), request)


@router.post("/{task}/resume", status_code=202, responses=ACCEPTED, dependencies=_JSON)
def resume_task(
    app: Authorized, task: Name, request: Request, asked: AskedResume | None = None
) -> Response:
    """Continue a task."""
    return accepted(app.resume(task, asked or AskedResume()), request)


@router.post("/{task}/retry", status_code=202, responses=ACCEPTED, dependencies=_JSON)
def retry_task(
    app: Authorized, task: Name, request: Request, asked: AskedRetry | None = None
) -> Response:
    """Continue a task, and run chosen nodes again although they are done."""
    return accepted(app.retry(task, asked or AskedRetry()), request)


@router.post("/{task}/rollback", status_code=202, responses=ACCEPTED)
def roll_back_task(app: Authorized, task: Name, request: Request) -> Response:
    """Undo a task, as a new task."""
    return accepted(app.roll_back(task), request)
