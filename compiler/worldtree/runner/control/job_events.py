"""Translates ansible-runner's events to the lines of our journal: a pure function."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

from worldtree.ansible.bundle.play_habits import PlayHabits
from worldtree.core.journal_events import PLAY_ENDED_EVENT
from worldtree.runner.control.recorded_ends import RunTargets, find_play_ends
from worldtree.runner.control.recorded_run import RecordedRun
from worldtree.runner.inside.journal import CLOSING_EVENT, kept_result
from worldtree.runner.process.run_monitor import RunMonitor, plain_text

_MESSAGES = frozenset({"warning", "deprecated", "system_warning", "error"})
_PLAY_EVENTS = frozenset({"playbook_on_no_hosts_remaining", "playbook_on_no_hosts_matched"})
_STATS = ("ok", "changed", "failures", "dark", "skipped", "rescued", "ignored", "processed")
_START = "--start-at-task"
#: Why a result is empty: ansible-runner drops those over ``MAX_EVENT_RES`` characters.
_DROPPED = "ansible-runner dropped this result, because it was too large (MAX_EVENT_RES)"


def journal_lines(
    run: RecordedRun, targets: RunTargets, habits: PlayHabits
) -> Iterator[dict[str, Any]]:
    """Yield a run's events as lines of a journal, with the ends of plays that are proven.

    A play that has no name of a node, such as a barrier's, is not in them, but its failures are, as
    messages. Of a run that left out tasks, plays of which nothing ran are not in them either.
    """
    nodes = targets.hosts.keys() & _begun(run) if run.selection else targets.hosts.keys()
    ends = find_play_ends(run.events, targets, habits, run.rc)
    changes = _Changes(run)
    roles: dict[Any, str | None] = {}
    for position, event in enumerate(run.events):
        kind, data = event["event"], event["event_data"]
        line = {"event": kind, "created": _seconds(event.get("created"))}
        if position in ends:
            play = _play_before(run, position)
            if play in nodes:
                res = {"hosts": ends[position], "whole": False}
                yield {**line, "event": PLAY_ENDED_EVENT, "play": play, "res": res}
        play = data.get("play")
        is_node = play in nodes
        if kind == "playbook_on_task_start":
            # With the strategy `free`, later events without a role have that of the newest task.
            roles[data.get("task_uuid")] = _role(data)
        if kind == CLOSING_EVENT:
            yield {**line, "play": None, "stats": {name: data.get(name) or {} for name in _STATS}}
        elif kind == "playbook_on_play_start" and is_node:
            yield {**line, "play": play, "reports_end": True}
        elif kind in _PLAY_EVENTS and is_node:
            yield {**line, "play": play}
        elif kind in _MESSAGES and (text := plain_text(event)):
            yield {**line, "play": play if is_node else None, "text": text}
        elif _is_of_host(event):
            if is_node:
                role = roles.get(data.get("task_uuid"), _role(data))
                yield {**line, "play": play, **_task_fields(kind, data, changes, role)}
            elif kind == "runner_on_failed" and not data.get("ignore_errors"):
                said = (data.get("res") or {}).get("msg") or "failed"
                text = f"{play}: {data['host']}: {said}"
                yield {**line, "event": "error", "play": None, "text": text}


def cut_plays(run: RecordedRun) -> frozenset[str]:
    """Return the plays of which the run ran some tasks, and may have left out others.

    `--start-at-task` leaves out tasks until the first that runs, and all of the plays before it;
    other options may leave out tasks of each play.
    """
    if not run.selection:
        return frozenset()
    begun = _begun(run)
    return frozenset(begun[:1] if [*run.selection] == [_START] else begun)


def recorded_outcome(run: RecordedRun, bundle: Path) -> dict[str, Any]:
    """Return how the run ended, as the fields of a ``RunOutcome`` in JSON."""
    monitor = RunMonitor(str(bundle))
    for event in run.events:
        monitor.add(event)
    cut_off = run.state if run.state in ("cancelled", "timeout") and not run.is_complete else None
    if cut_off is not None:
        monitor.cut_off()
    return {**monitor.end(cut_off, run.rc, ""), "leftovers": []}


class _Changes:
    """Finds out whether a task whose result was dropped changed a host, from the statistics."""

    def __init__(self, run: RecordedRun) -> None:
        known: dict[str, int] = {}
        counted: Mapping[str, int] | None = None
        for event in run.events:
            data = event["event_data"]
            if event["event"] == "runner_on_ok" and (data.get("res") or {}).get("changed"):
                known[data.get("host", "")] = known.get(data.get("host", ""), 0) + 1
            elif event["event"] == CLOSING_EVENT:
                counted = data.get("changed") or {}
        self._known, self._counted = known, counted

    def is_possible(self, host: str) -> bool:
        """Whether a task of unknown result may have changed the host."""
        return self._counted is None or self._counted.get(host, 0) > self._known.get(host, 0)


def _begun(run: RecordedRun) -> list[str]:
    """Return the plays with an event of a host, in order."""
    found = (str(event["event_data"].get("play")) for event in run.events if _is_of_host(event))
    return list(dict.fromkeys(found))


def _is_of_host(event: Mapping[str, Any]) -> bool:
    return event["event"].startswith("runner_") and bool(event["event_data"].get("host"))


def _role(data: Mapping[str, Any]) -> str | None:
    return data.get("resolved_role") or data.get("role")


def _task_fields(
    kind: str, data: Mapping[str, Any], changes: _Changes, role: str | None
) -> dict[str, Any]:
    res = kept_result(data.get("res") or {})
    if kind == "runner_on_ok" and not res:
        res = {"changed": changes.is_possible(str(data["host"])), "msg": _DROPPED}
    fields = {
        "host": data["host"],
        "task": data.get("task"),
        "action": data.get("resolved_action") or data.get("task_action"),
        "role": role,
        "path": data.get("task_path"),
    }
    if kind == "runner_on_start":
        return fields
    return {
        **fields,
        "start": _seconds(data.get("start")) if data.get("start") else None,
        "end": _seconds(data.get("end")) if data.get("end") else None,
        "ignored": bool(data.get("ignore_errors")),
        "res": res,
    }


def _play_before(run: RecordedRun, position: int) -> str:
    """Return the play that the event at a position ends."""
    for event in reversed(run.events[:position]):
        if event["event"] == "playbook_on_play_start":
            return str(event["event_data"].get("play", ""))
    return ""


def _seconds(text: Any) -> float:
    """Return UTC epoch seconds of an ISO time; 0 for another text."""
    try:
        return datetime.fromisoformat(str(text)).timestamp()
    except ValueError:
        return 0.0
