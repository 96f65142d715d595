"""Channels of notifications and deliveries as plain data."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from worldtree.app.page_cursors import encode_cursor
from worldtree.results.json_view import utc_text

if TYPE_CHECKING:
    from worldtree.store.channels import ChannelRecord
    from worldtree.store.deliveries import DeliveryRecord


def channel_view(found: ChannelRecord) -> dict[str, Any]:
    """Return a channel; secrets are references there."""
    return {
        "name": found.name,
        "kind": found.kind,
        "settings": dict(found.settings),
        "events": list(found.events),
        "quiet_hours": None if found.quiet is None else dict(found.quiet),
        "created": utc_text(found.created),
    }


def delivery_view(found: DeliveryRecord, channels: dict[str, str]) -> dict[str, Any]:
    """Return a delivery with its notice; ``channels`` has the names of channels by id."""
    notice = found.notice
    return {
        "id": found.id,
        "channel": channels.get(found.channel),
        "status": found.status,
        "tries": found.tries,
        "next_try": utc_text(found.next_try),
        "ended": utc_text(found.ended),
        "message": found.message,
        "summary_in": found.summary,
        "event": notice.kind,
        "cluster": notice.cluster,
        "task_id": notice.task,
        "summary": notice.body.get("summary"),
        "created": utc_text(notice.created),
    }


def delivery_page_view(
    found: Sequence[DeliveryRecord], channels: dict[str, str], *, more: bool
) -> dict[str, Any]:
    """Return a page of deliveries, newest first."""
    return {
        "items": [delivery_view(one, channels) for one in found],
        "next": encode_cursor(found[-1].id) if more and found else None,
    }
