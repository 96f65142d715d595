"""Tasks, their results and logs, and what maintenance did to them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from worldtree.app.views.plans import reasons_view
from worldtree.core.shown_results import shown_result
from worldtree.results.events import Event
from worldtree.results.json_view import task_json, utc_text
from worldtree.results.rescued_failures import RescuedFailures
from worldtree.results.tree import TaskResult

if TYPE_CHECKING:
    from worldtree.app.tasks.import_runs import ImportedRun
    from worldtree.app.tasks.run_reasons import Reasons
    from worldtree.app.tasks.task_places import FailurePlaces, LogPlaces, Places
    from worldtree.core.next_steps import NextStep
    from worldtree.store.audit import AuditEntry
    from worldtree.store.audit_chain import ChainReport
    from worldtree.store.prune import PruneResult
    from worldtree.store.rebuild import RebuildResult
    from worldtree.store.store import TaskRecord
    from worldtree.store.task_record import HostCounts
    from worldtree.store.unended_tasks import QueueEntry


def result_view(
    result: TaskResult, places: FailurePlaces, reasons: Reasons | None = None
) -> dict[str, Any]:
    """Return a task's result: nodes, hosts, and the Ansible tasks where they were kept.

    ``places`` are those of failures. With ``reasons``, nodes also have those for which they ran
    although only what changed was to.
    """
    view = task_json(result)
    for node in view["nodes"]:
        for name, host in node["hosts"].items():
            at = places.get((node["id"], name))
            host["place"] = at.task if at is not None else None
            host["error_place"] = at.error if at is not None else None
    if reasons is not None:
        for node in view["nodes"]:
            node["reasons"] = reasons_view(reasons, node["id"], node["hosts"])
    return view


def task_view(
    task: TaskRecord,
    result: TaskResult,
    places: FailurePlaces,
    next_steps: Sequence[NextStep] = (),
) -> dict[str, Any]:
    """Return a task with its result, who asked for it, why it was refused, and what can be done."""
    steps = [asdict(step) for step in next_steps]
    return {**result_view(result, places), **_asked(task), "next_steps": steps}


def queue_entry_view(entry: QueueEntry | None) -> dict[str, Any] | None:
    """Return what the queue has of a task."""
    return None if entry is None else {**asdict(entry), "asked": utc_text(entry.asked)}


def import_view(found: Iterable[ImportedRun]) -> dict[str, Any]:
    """Return the imported runs: where each was recorded, and its task."""
    return {
        "items": [
            {
                "directory": str(run.directory),
                "task_id": run.result.task_id,
                "status": run.result.status.value,
                "known": run.was_known,
                "other_hosts": list(run.other_hosts),
            }
            for run in found
        ]
    }


def task_list_view(found: Iterable[tuple[TaskRecord, HostCounts]]) -> dict[str, Any]:
    """Return tasks with the number of hosts, changed hosts and failed hosts of each."""
    return {"items": [task_item_view(task, counts) for task, counts in found]}


def task_item_view(task: TaskRecord, counts: HostCounts) -> dict[str, Any]:
    """Return a task of a list."""
    return {
        "id": task.id,
        "cluster": task.cluster,
        "pipeline": task.pipeline,
        "status": task.status.value,
        "message": task.message,
        "created": utc_text(task.created),
        "started": utc_text(task.started),
        "ended": utc_text(task.ended),
        "duration": duration(task.started, task.ended),
        # The task that this one rolls back, or continues with a new plan.
        "parent": task.parent,
        **_asked(task),
        **counts._asdict(),
    }


def _asked(task: TaskRecord) -> dict[str, Any]:
    return {
        "command": task.command,
        "asked": utc_text(task.asked),
        "actor": None if task.actor is None else asdict(task.actor),
        "request": task.request,
        # Why it was refused.
        "problem": task.problem,
    }


def duration(started: float | None, ended: float | None) -> float | None:
    """Return the seconds between two times; None unless both are known."""
    return None if started is None or ended is None else round(ended - started, 3)


def logs_view(
    entries: Iterable[Event], rescued: RescuedFailures, places: LogPlaces
) -> dict[str, Any]:
    """Return log entries: ends of Ansible tasks, and Ansible's own messages."""
    return {
        "items": [log_entry_view(entry, entry in rescued, places.of(entry)) for entry in entries]
    }


def log_entry_view(entry: Event, rescued: bool, places: Places) -> dict[str, Any]:
    """Return an entry of a log."""
    return {
        "seq": entry.seq,
        "kind": entry.kind.value,
        "time": utc_text(entry.time),
        "attempt": entry.attempt,
        "node": entry.node,
        "host": entry.host,
        "name": entry.name,
        "action": entry.action,
        "role": entry.role,
        "path": entry.path,
        "place": places.task,
        "error_place": places.error,
        "status": entry.status,
        "ignored": entry.ignored,
        "rescued": rescued,
        "delegated_to": entry.delegated_to,
        "started": utc_text(entry.started),
        "ended": utc_text(entry.ended),
        "duration": duration(entry.started, entry.ended),
        "message": entry.message,
        "stdout": entry.stdout,
        "stderr": entry.stderr,
        "result": shown_result(entry.result),
    }


def audit_view(entries: Sequence[AuditEntry]) -> dict[str, Any]:
    """Return audit entries."""
    return {"items": [audit_entry_view(entry) for entry in entries]}


def audit_entry_view(entry: AuditEntry) -> dict[str, Any]:
    """Return an audit entry."""
    return {
        "time": utc_text(entry.time),
        "who": entry.who,
        "what": entry.what,
        "cluster": entry.cluster,
        "task_id": entry.task,
        "detail": entry.detail,
        "project": entry.project,
        "address": entry.address,
        "result": entry.result,
    }


def audit_export_view(entry: AuditEntry) -> dict[str, Any]:
    """Return an audit entry with what the chain is made of: its number, exact time and link."""
    return {**audit_entry_view(entry), "id": entry.id, "epoch": entry.time, "link": entry.chain}


def audit_report_view(found: ChainReport) -> dict[str, Any]:
    """Return whether the audit log is as it was written."""
    return {
        "intact": found.is_intact,
        "entries": found.entries,
        "uncovered": found.uncovered,
        "head": found.head or None,
        "first_misfit": found.misfit,
        "missing_links": list(found.missing),
    }


def rebuild_view(found: RebuildResult) -> dict[str, Any]:
    """Return what rebuilding a task's rows found."""
    return {
        "task_id": found.task,
        "events": found.events,
        "rows": dict(found.rows),
        "identical": not found.differences,
        "differences": list(found.differences),
    }


def prune_view(found: PruneResult) -> dict[str, Any]:
    """Return what pruning deleted, or would delete."""
    return {
        "items": [
            {
                "id": task.id,
                "cluster": task.cluster,
                "command": task.command,
                "status": task.status.value,
            }
            for task in found.tasks
        ],
        "events": found.events,
        "directories": [str(path) for path in found.directories],
        "bytes": found.size,
        "needed": found.needed,
    }
