"""What the caller may do."""

from __future__ import annotations

from fastapi import APIRouter
from starlette.responses import Response

from worldtree.api.answers import JsonAnswer
from worldtree.api.authentication import Authorized

router = APIRouter(prefix="/me", tags=["me"])


@router.get("/permissions")
def my_permissions(app: Authorized) -> Response:
    """Return the caller's name and permissions in the project."""
    return JsonAnswer(app.permissions())
