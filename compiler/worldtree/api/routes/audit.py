"""The audit log of a project's tasks."""

from __future__ import annotations

from fastapi import APIRouter
from starlette.responses import Response

from worldtree.api.answers import PAGE, JsonAnswer
from worldtree.api.authentication import Authorized
from worldtree.api.parameters import Cursor, Filter, Limit
from worldtree.app.page_cursors import DEFAULT_PAGE

router = APIRouter(prefix="/audit", tags=["audit"])


@router.get("", responses=PAGE)
def list_entries(
    app: Authorized, limit: Limit = DEFAULT_PAGE, cursor: Cursor = None, cluster: Filter = None
) -> Response:
    """List who did what to tasks, newest first."""
    return JsonAnswer(app.audit(limit, cursor, cluster=cluster))
