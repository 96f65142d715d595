"""Workers, of all machines."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query
from starlette.responses import Response

from worldtree.api.answers import PAGE, JsonAnswer
from worldtree.api.authentication import Access
from worldtree.api.parameters import Name

router = APIRouter(prefix="/workers", tags=["workers"])
Gone = Annotated[bool, Query(alias="all", description="Also those that ended or were fenced.")]


@router.get("", responses=PAGE)
def list_workers(app: Access, gone: Gone = False) -> Response:
    """List the workers in the order of their start."""
    return JsonAnswer(app.workers(gone=gone))


@router.get("/{worker}")
def get_worker(app: Access, worker: Name) -> Response:
    """Return a worker, by its id or the beginning of it, with the tasks that it works on."""
    return JsonAnswer(app.worker(worker))
