"""The log of a task, page by page."""

from __future__ import annotations

from fastapi import APIRouter
from starlette.responses import Response

from worldtree.api.answers import PAGE, JsonAnswer
from worldtree.api.authentication import Authorized
from worldtree.api.parameters import After, EventLimit, Filter, Name
from worldtree.app.page_cursors import DEFAULT_EVENTS

router = APIRouter(prefix="/tasks", tags=["tasks"])


@router.get("/{task}/logs", responses=PAGE)
def list_log_entries(
    app: Authorized,
    task: Name,
    node: Filter = None,
    host: Filter = None,
    after: After = 0,
    limit: EventLimit = DEFAULT_EVENTS,
) -> Response:
    """List ends of Ansible tasks and messages in order; `next` is the `after` of the next page."""
    return JsonAnswer(app.logs(task, node=node, host=host, after=after, limit=limit))
