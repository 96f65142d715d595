"""Archives of projects as JSON-ready data."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from worldtree.app.page_cursors import encode_cursor
from worldtree.results.json_view import utc_text

if TYPE_CHECKING:
    from worldtree.store.archive_quota import ArchiveQuota
    from worldtree.store.archives import ArchiveRecord


def archive_view(record: ArchiveRecord) -> dict[str, Any]:
    """Return an archive without its content."""
    return {
        "digest": record.digest,
        "name": record.name,
        "kind": record.kind,
        "size": record.size,
        "created": utc_text(record.created),
        "created_by": record.actor.name,
    }


def archive_page_view(records: Sequence[ArchiveRecord], *, more: bool) -> dict[str, Any]:
    """Return a page of archives."""
    last = records[-1] if more else None
    return {
        "items": [archive_view(one) for one in records],
        "next": None if last is None else encode_cursor(last.created, last.digest),
    }


def archive_quota_view(quota: ArchiveQuota, used: tuple[int, int]) -> dict[str, Any]:
    """Return what a project may keep, and what it has: a number, and bytes."""
    count, size = used
    return {"count": quota.count, "bytes": quota.bytes, "used": {"count": count, "bytes": size}}
