"""The audit log of a project, and the check of the whole log."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query
from starlette.responses import Response

from worldtree.api.answers import PAGE, JsonAnswer
from worldtree.api.authentication import Authorized
from worldtree.api.parameters import After, Cursor, EventLimit, Filter, Limit
from worldtree.app.page_cursors import DEFAULT_PAGE, MAX_EVENTS

router = APIRouter(prefix="/audit", tags=["audit"])


@router.get("", responses=PAGE)
def list_entries(
    app: Authorized,
    limit: Limit = DEFAULT_PAGE,
    cursor: Cursor = None,
    cluster: Filter = None,
    everywhere: Annotated[
        bool, Query(description="Entries of all projects, and of those that belong to none.")
    ] = False,
) -> Response:
    """List who did what in the project, newest first."""
    return JsonAnswer(app.audit(limit, cursor, cluster=cluster, everywhere=everywhere))


@router.get("/export", responses=PAGE)
def export_entries(app: Authorized, after: After = 0, limit: EventLimit = MAX_EVENTS) -> Response:
    """List the entries of all projects, oldest first, with the links of the chain.

    `next` is the `after` of the next page, null where no more is there yet.
    """
    return JsonAnswer(app.export_audit(after, limit))


@router.get("/verify")
def verify_entries(
    app: Authorized,
    head: Annotated[
        str | None, Query(max_length=100, description="Head of an earlier report, to be found.")
    ] = None,
) -> Response:
    """Check that no entry of any project was changed, removed or inserted."""
    return JsonAnswer(app.verify_audit(head))
