"""Pages of lists: items without payloads, and the cursor of the next page."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from worldtree.app.page_cursors import encode_cursor
from worldtree.app.views.page_positions import cluster_cursor, task_cursor, version_cursor
from worldtree.app.views.tasks import audit_entry_view, task_item_view
from worldtree.core.list_order import ClusterOrder, TaskOrder, VersionOrder
from worldtree.results.events import Event
from worldtree.results.json_view import utc_text
from worldtree.results.log_level import LOG_EVENT_KINDS

if TYPE_CHECKING:
    from worldtree.app.tasks.task_places import TaskPlaces
    from worldtree.store.audit import AuditEntry
    from worldtree.store.cluster_pages import ClusterSummary, NewestTask, VersionSummary
    from worldtree.store.documents import DocumentVersion
    from worldtree.store.task_record import HostCounts, TaskRecord

#: Keys of a task that a list leaves out: what was asked for, and why it was refused.
_PAYLOADS = ("request", "problem")


def task_page_view(
    found: Sequence[tuple[TaskRecord, HostCounts]],
    *,
    more: bool,
    details: bool = False,
    order: TaskOrder = "-asked",
) -> dict[str, Any]:
    """Return tasks as ``task_list_view``; with ``more`` a next page.

    Without ``details`` their payloads are left out.
    """
    items = [task_item_view(task, counts) for task, counts in found]
    left_out = () if details else _PAYLOADS
    last = found[-1][0] if more and found else None
    return {
        "items": [{k: v for k, v in one.items() if k not in left_out} for one in items],
        "next": None if last is None else task_cursor(last, order),
    }


def cluster_view(found: ClusterSummary) -> dict[str, Any]:
    """Return a cluster with its newest task and its wanted document, without the text."""
    document = None
    if found.document is not None:
        document = {"digest": found.document, "version": found.version}
    return {
        "name": found.name,
        "created": utc_text(found.created),
        "document": document,
        "newest_task": None if found.task is None else _newest(found.task),
    }


def _newest(task: NewestTask) -> dict[str, Any]:
    return {**asdict(task), "created": utc_text(task.created)}


def cluster_page_view(
    found: Sequence[ClusterSummary], *, more: bool, order: ClusterOrder = "name"
) -> dict[str, Any]:
    """Return clusters in ``order``."""
    return {
        "items": [cluster_view(one) for one in found],
        "next": cluster_cursor(found[-1], order) if more and found else None,
    }


def version_page_view(
    found: Sequence[VersionSummary], *, more: bool, order: VersionOrder = "-version"
) -> dict[str, Any]:
    """Return versions of a document without their texts in ``order``."""
    return {
        "items": [{**asdict(one), "created": utc_text(one.created)} for one in found],
        "next": version_cursor(found[-1].version, order) if more and found else None,
    }


def document_view(found: DocumentVersion) -> dict[str, Any]:
    """Return a version of a document with its text."""
    return {**asdict(found), "created": utc_text(found.created)}


def stored_view(found: DocumentVersion) -> dict[str, Any]:
    """Return a version that was just stored, without its text."""
    return {key: value for key, value in document_view(found).items() if key != "body"}


def event_page_view(
    events: Sequence[Event], *, more: bool, places: TaskPlaces | None = None
) -> dict[str, Any]:
    """Return events; ``next`` is the ``after`` of the next page, null at the end.

    With ``places``, entries of the log also have the places of their Ansible task and its error.
    """
    return {
        "items": [{**event.model_dump(mode="json"), **_placed(event, places)} for event in events],
        "next": events[-1].seq if more and events else None,
    }


def _placed(event: Event, places: TaskPlaces | None) -> dict[str, Any]:
    if places is None or event.kind not in LOG_EVENT_KINDS:
        return {}
    found = places.of(event)
    return {"place": found.task, "error_place": found.error}


def audit_page_view(entries: Sequence[AuditEntry], *, more: bool) -> dict[str, Any]:
    """Return audit entries, newest first."""
    return {
        "items": [audit_entry_view(one) for one in entries],
        "next": encode_cursor(entries[-1].id) if more and entries else None,
    }


def accepted_view(task: TaskRecord) -> dict[str, Any]:
    """Return a task that was asked for."""
    return {"task_id": task.id, "cluster": task.cluster, "status": task.status.value}


def permissions_view(name: str, project: str, permissions: Iterable[str]) -> dict[str, Any]:
    """Return what a principal may do in a project."""
    return {"name": name, "project": project, "permissions": sorted(permissions)}
