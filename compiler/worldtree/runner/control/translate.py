"""Translates lines of a journal into events: a pure function."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from worldtree.core.check_mode_rules import is_left_out
from worldtree.core.journal_events import (
    FACTS_SET_EVENT,
    HANDLERS_NOTIFIED_EVENT,
    HIDDEN_REASON,
    PLAY_ENDED_EVENT,
)
from worldtree.results.events import Event, EventKind
from worldtree.runner.inside import censored_results

_PLAY_EVENTS = {
    "playbook_on_play_start": EventKind.PLAY_STARTED,
    "playbook_on_no_hosts_remaining": EventKind.PLAY_ABORTED,
    "playbook_on_no_hosts_matched": EventKind.PLAY_EMPTY,
}
_HOST_EVENTS = {
    FACTS_SET_EVENT: EventKind.FACTS_SET,
    HANDLERS_NOTIFIED_EVENT: EventKind.HANDLERS_NOTIFIED,
}
_TASK_EVENTS = {
    "runner_on_start": (EventKind.HOST_TASK_STARTED, None),
    "runner_on_ok": (EventKind.HOST_TASK_FINISHED, "ok"),
    "runner_on_failed": (EventKind.HOST_TASK_FINISHED, "failed"),
    "runner_on_unreachable": (EventKind.HOST_TASK_FINISHED, "unreachable"),
    "runner_on_skipped": (EventKind.HOST_TASK_FINISHED, "skipped"),
    "runner_item_on_ok": (EventKind.HOST_ITEM_FINISHED, "ok"),
    "runner_item_on_failed": (EventKind.HOST_ITEM_FINISHED, "failed"),
    "runner_item_on_skipped": (EventKind.HOST_ITEM_FINISHED, "skipped"),
    "runner_retry": (EventKind.HOST_TASK_RETRIED, "failed"),
}
_MESSAGE_LEVELS = {
    "verbose": "info",
    "warning": "warning",
    "deprecated": "warning",
    "system_warning": "warning",
    "error": "error",
}
#: What Ansible says of a loop as a whole.
_OF_LOOPS = ("All items completed", "One or more items failed")


def translate(fields: Mapping[str, Any], attempt: str, line: int) -> Event | None:
    """Return the event for a journal's ``line``, or None for a line that is of no use."""
    kind = str(fields.get("event", ""))
    time = float(fields.get("created") or 0.0)
    where: dict[str, Any] = {"time": time, "attempt": attempt, "line": line}
    if kind in _TASK_EVENTS:
        return _task_event(kind, fields, where)
    if kind in _PLAY_EVENTS:
        promise = {"reports_end": True} if fields.get("reports_end") else {}
        return Event(kind=_PLAY_EVENTS[kind], node=fields.get("play"), result=promise, **where)
    if kind == PLAY_ENDED_EVENT:
        ends = dict(fields.get("res") or {})
        return Event(kind=EventKind.PLAY_ENDED, node=fields.get("play"), result=ends, **where)
    if kind in _HOST_EVENTS:
        play, host = fields.get("play"), fields.get("host")
        said = dict(fields.get("res") or {})
        return Event(kind=_HOST_EVENTS[kind], node=play, host=host, result=said, **where)
    if kind == "playbook_on_stats":
        counts = dict(fields.get("stats") or {})
        calls = fields.get("module_calls")
        more = {"module_calls": calls} if isinstance(calls, dict) else {}
        return Event(kind=EventKind.RUN_STATS, result={**counts, **more}, **where)
    if kind in _MESSAGE_LEVELS:
        return Event(
            kind=EventKind.RUN_MESSAGE,
            node=fields.get("play"),
            status=_MESSAGE_LEVELS[kind],
            message=fields.get("text"),
            **where,
        )
    return None


def _task_event(kind: str, fields: Mapping[str, Any], where: Mapping[str, Any]) -> Event:
    ours, status = _TASK_EVENTS[kind]
    result = dict(fields.get("res") or {})
    if status == "ok" and result.get("changed"):
        status = "changed"
    message = _message(result, kind.rpartition("_")[2], fields)
    if ours is not EventKind.HOST_TASK_FINISHED:
        # The whole result comes once, with the end of the task.
        label = result.get("_ansible_item_label", result.get("item"))
        attempts = result.get("attempts")
        result = {}
        if label is not None:
            result["item"] = label
        if attempts is not None:
            result["attempts"] = attempts
    return Event(
        kind=ours,
        node=fields.get("play"),
        host=fields.get("host"),
        name=fields.get("task"),
        action=fields.get("action"),
        role=fields.get("role"),
        path=fields.get("path"),
        status=status,
        ignored=bool(fields.get("ignored")),
        last=bool(fields.get("last")),
        delegated_to=fields.get("delegate_to"),
        started=fields.get("start"),
        ended=fields.get("end"),
        message=message,
        stdout=_take_stream(result, "stdout"),
        stderr=_take_stream(result, "stderr"),
        result=result,
        **where,
    )


def _message(result: dict[str, Any], status: str, fields: Mapping[str, Any]) -> str | None:
    """Return the message of a result; that of a loop has those of its failed items instead."""
    message = result.get("msg")
    text = message if isinstance(message, str) and message else None
    # An include has the reason there (core 2.19); its message is that of the loop around it.
    reason = result.get("reason")
    if status == "failed" and isinstance(reason, str) and reason:
        text = reason if text in (None, *_OF_LOOPS) else f"{text}\n{reason}"
    # `include_vars` has the reason there, with the paths that it searched.
    other = result.get("message")
    if status == "failed" and isinstance(other, str) and other and other not in (text or ""):
        text = f"{other}\n{text}" if text else other
    items = result.get("results")
    if isinstance(items, list):
        failed = [
            f"item {item.get('_ansible_item_label', item.get('item'))}: "
            f"{item.get('msg', item.get(HIDDEN_REASON, 'failed'))}"
            for item in items
            if isinstance(item, dict) and _item_failed(item)
        ]
        if failed and text in _OF_LOOPS:
            text = None
        text = "\n".join([*([text] if text else []), *failed]) or None
    said = [f"{name}: {data['msg']}" for name, data in _failed_modules(result) if "msg" in data]
    text = "\n".join([*([text] if text else []), *said]) or None
    if text is None and is_left_out(result):
        text = str(result["false_condition"])
    if text is None and "censored" in result:
        text = _hidden_message(result, status, fields)
    if text is not None and text == message:
        del result["msg"]
    return text


def _hidden_message(result: dict[str, Any], status: str, fields: Mapping[str, Any]) -> str:
    """Return what may be shown of a result that ``no_log`` hides, and how to see the rest."""
    reason = result.pop(HIDDEN_REASON, None)
    is_all = (
        status in ("skipped", "unreachable")
        or fields.get("action") == censored_results.PUBLISH_ACTION
    )
    if is_all and reason:
        return str(reason)
    if status not in ("failed", "unreachable", "retry"):
        return str(result["censored"])
    how = "`noLog: false` on the step shows it, redacted"
    if fields.get("role"):
        how += ", unless the role itself hides it"
    if reason:
        return f"{reason} (the rest is hidden; {how})"
    return f"the output is hidden; {how}"


def _item_failed(item: Mapping[str, Any]) -> bool:
    # Core 2.21 does not set ``failed`` on an item, but ``exception``.
    return bool(item.get("failed") or item.get("unreachable") or "exception" in item)


def _failed_modules(result: Mapping[str, Any]) -> list[tuple[str, dict[str, Any]]]:
    """Return the modules that failed within `gather_facts`, with their results."""
    failed = result.get("failed_modules")
    found = failed.items() if isinstance(failed, dict) else ()
    return [(str(name), data) for name, data in found if isinstance(data, dict)]


def _take_stream(result: dict[str, Any], name: str) -> str | None:
    """Remove an output stream and its list of lines from the result; return the stream.

    Of a module that ended without a result, Ansible has what it printed as ``module_stdout`` and
    ``module_stderr``. What several modules within `gather_facts` printed is joined.
    """
    found: str | None = None
    for key in (name, f"module_{name}"):
        if isinstance(result.get(key), str):
            found = found or result.pop(key)
            result.pop(key, None)
            if isinstance(result.get(f"{key}_lines"), list):
                del result[f"{key}_lines"]
    within = [_take_stream(data, name) for _, data in _failed_modules(result)]
    return found or "".join(filter(None, within)) or found
