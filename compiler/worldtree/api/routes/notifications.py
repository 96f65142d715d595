"""Channels of notifications, and what was delivered to them."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Path
from starlette.responses import Response

from worldtree.api.answers import PAGE, JsonAnswer
from worldtree.api.authentication import Authorized
from worldtree.api.bodies import json_only
from worldtree.api.parameters import Cursor, Filter, Limit, Name
from worldtree.app.notifications.notification_service import NewChannel
from worldtree.app.page_cursors import DEFAULT_PAGE

router = APIRouter(prefix="/notifications", tags=["notifications"])
_Delivery = Annotated[int, Path(ge=1, le=2**31 - 2)]


@router.get("/channels", responses=PAGE)
def list_channels(app: Authorized) -> Response:
    """List the channels of the project."""
    return JsonAnswer(app.channels())


@router.post("/channels", status_code=201, dependencies=[Depends(json_only)])
def create_channel(app: Authorized, new: NewChannel) -> Response:
    """Create a channel; its secrets are references, which are resolved for each delivery."""
    return JsonAnswer(app.create_channel(new), 201)


@router.get("/channels/{channel}")
def get_channel(app: Authorized, channel: Name) -> Response:
    """Return a channel."""
    return JsonAnswer(app.channel(channel))


@router.delete("/channels/{channel}", status_code=204)
def delete_channel(app: Authorized, channel: Name) -> Response:
    """Delete a channel with its deliveries."""
    app.delete_channel(channel)
    return Response(status_code=204)


@router.post("/channels/{channel}/test", status_code=202)
def test_channel(app: Authorized, channel: Name) -> Response:
    """Ask for a test delivery; its end is in the list of deliveries."""
    return JsonAnswer(app.test_channel(channel), 202)


@router.get("/deliveries", responses=PAGE)
def list_deliveries(
    app: Authorized, limit: Limit = DEFAULT_PAGE, cursor: Cursor = None, channel: Filter = None
) -> Response:
    """List deliveries, newest first, also of one channel."""
    return JsonAnswer(app.deliveries(limit, cursor, channel=channel))


@router.post("/deliveries/{delivery}/replay", status_code=202)
def replay_delivery(app: Authorized, delivery: _Delivery) -> Response:
    """Deliver again, with the same id."""
    return JsonAnswer(app.replay_delivery(delivery), 202)
