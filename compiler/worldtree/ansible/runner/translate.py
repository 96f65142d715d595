"""ansible-runner's event dicts become our events: a pure function without memory."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from worldtree.results.events import Event, EventKind

_ANSI = re.compile(r"\x1b\[[0-9;]*[A-Za-z]")
#: How Ansible's own display begins the line of a changed host; all that is left of a hidden result.
_CHANGED_LINE = re.compile(r"^changed: \[", re.MULTILINE)
#: ``[web1 -> lb1]``, or with the address behind: ``[web1 -> lb1(10.0.0.5)]``.
_DELEGATED = re.compile(r"\[\S+ -> ([^\](\s]+)")

_PLAY_EVENTS = {
    "playbook_on_play_start": EventKind.PLAY_STARTED,
    "playbook_on_no_hosts_remaining": EventKind.PLAY_ABORTED,
    "playbook_on_no_hosts_matched": EventKind.PLAY_EMPTY,
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
_STATS = ("ok", "changed", "failures", "dark", "skipped", "rescued", "ignored", "processed")
#: Keys of an action's result that say nothing about the work or stand in a field of the event.
_NOISE = {"_ansible_no_log", "_ansible_verbose_always", "_ansible_verbose_override", "invocation"}


def translate(raw: Mapping[str, Any], attempt: str | None = None) -> Event | None:
    """Return our event for one of ansible-runner's, or None when it says nothing of use."""
    kind = str(raw.get("event", ""))
    data: Mapping[str, Any] = raw.get("event_data") or {}
    time = _epoch(raw.get("created")) or 0.0
    if kind in _TASK_EVENTS:
        return _task_event(kind, raw, data, time, attempt)
    if kind in _PLAY_EVENTS:
        node = data.get("name") or data.get("play")
        return Event(kind=_PLAY_EVENTS[kind], time=time, attempt=attempt, node=node)
    if kind == "playbook_on_stats":
        counts = {key: dict(data.get(key) or {}) for key in _STATS}
        return Event(kind=EventKind.RUN_STATS, time=time, attempt=attempt, result=counts)
    if kind in _MESSAGE_LEVELS:
        text = plain_text(raw)
        if text:
            return Event(
                kind=EventKind.RUN_MESSAGE,
                time=time,
                attempt=attempt,
                node=data.get("play"),
                status=_MESSAGE_LEVELS[kind],
                message=text,
            )
    return None


def plain_text(raw: Mapping[str, Any]) -> str:
    """Return what Ansible displayed with an event, without colours."""
    return _ANSI.sub("", str(raw.get("stdout") or "")).replace("\r\n", "\n").strip()


def _task_event(
    kind: str, raw: Mapping[str, Any], data: Mapping[str, Any], time: float, attempt: str | None
) -> Event:
    ours, status = _TASK_EVENTS[kind]
    result = dict(data.get("res") or {})
    if status == "ok" and _is_changed(result, raw):
        status = "changed"
    message = _message(result)
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
        time=time,
        attempt=attempt,
        node=data.get("play"),
        host=data.get("host"),
        name=data.get("task"),
        action=data.get("resolved_action") or data.get("task_action"),
        role=data.get("resolved_role") or data.get("role"),
        path=data.get("task_path"),
        status=status,
        ignored=bool(data.get("ignore_errors")),
        delegated_to=_delegated(result, raw),
        started=_epoch(data.get("start")),
        ended=_epoch(data.get("end")),
        message=message,
        stdout=_stream(result, "stdout"),
        stderr=_stream(result, "stderr"),
        result={key: value for key, value in result.items() if key not in _NOISE},
    )


def _is_changed(result: Mapping[str, Any], raw: Mapping[str, Any]) -> bool:
    if "changed" in result:
        return bool(result["changed"])
    # no_log leaves nothing of the result; Ansible's display still says it.
    return "censored" in result and bool(_CHANGED_LINE.search(plain_text(raw)))


def _message(result: dict[str, Any]) -> str | None:
    """Say why or what; a loop's own message is only that items failed, so theirs are added."""
    message = result.get("msg")
    text = message if isinstance(message, str) and message else None
    items = result.get("results")
    if isinstance(items, list):
        failed = [
            f"item {item.get('_ansible_item_label', item.get('item'))}: {item.get('msg', 'failed')}"
            for item in items
            if isinstance(item, dict) and _is_lost_item(item)
        ]
        text = "\n".join([*([text] if text else []), *failed]) or None
    if text is None and "censored" in result:
        text = str(result["censored"])
    if text is not None and text == message:
        del result["msg"]
    return text


def _is_lost_item(item: Mapping[str, Any]) -> bool:
    # Core 2.21 does not say ``failed`` of an item, but why.
    return bool(item.get("failed") or item.get("unreachable") or "exception" in item)


def _stream(result: dict[str, Any], name: str) -> str | None:
    """Take an output stream and its copy in lines out of the result."""
    value = result.get(name)
    if not isinstance(value, str):
        return None
    del result[name]
    if isinstance(result.get(f"{name}_lines"), list):
        del result[f"{name}_lines"]
    return value


def _delegated(result: dict[str, Any], raw: Mapping[str, Any]) -> str | None:
    """Return the host that did the work; core 2.19 names it in its display only."""
    found = result.pop("_ansible_delegated_vars", None)
    if isinstance(found, Mapping) and "ansible_delegated_host" in found:
        return str(found["ansible_delegated_host"])
    if found is None and "censored" not in result:
        return None
    match = _DELEGATED.search(plain_text(raw))
    return match.group(1) if match else None


def _epoch(value: object) -> float | None:
    return datetime.fromisoformat(value).timestamp() if isinstance(value, str) and value else None
