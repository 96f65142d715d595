"""Results of tasks as the API shows them, read back into the tree that commands show."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

from worldtree.app.tasks.task_places import FailurePlaces, Places
from worldtree.core.errors import WorldTreeError
from worldtree.remote.problems import read_steps, shown_place
from worldtree.results.events import Event
from worldtree.results.host_reason import HostReason
from worldtree.results.status import HostStatus, NodeStatus, TaskStatus
from worldtree.results.tree import HostResult, ModuleCalls, NodeResult, PlayTaskResult, TaskResult

_PLAY_TASK = (
    *("name", "action", "role", "path", "status", "changed", "ignored", "delegated_to"),
    *("message", "stdout", "stderr", "result"),
)
#: Keys of the API's view of a task that `-o json` of a command does not have.
_ONLY_API = (
    *("document", "parent", "cancel_requested", "resumable", "last_event"),
    *("queued", "trace_id", "next_commands"),
)
#: Places of the failure on a host.
_PLACES = ("place", "error_place")
#: Those that the result of a run does not have, either.
_ASKED = ("command", "asked", "actor", "request", "problem", "next_steps", "waits_for")


def read_result(view: Mapping[str, Any]) -> TaskResult:
    """Return the result tree of the view of a task. Raises ``WorldTreeError`` for other data."""
    try:
        return TaskResult(
            task_id=view["task_id"],
            cluster=view["cluster"],
            pipeline=view["pipeline"],
            status=TaskStatus(view["status"]),
            message=view["message"],
            started=epoch(view["started"]),
            ended=epoch(view["ended"]),
            nodes=tuple(_node(one) for one in view["nodes"]),
            left_out=view["left_out"],
            parameters=view["parameters"],
            cut=view["cut"],
            interrupted_hosts=tuple(view["interrupted_hosts"]),
            # A service of an earlier version has none.
            module_calls=ModuleCalls(**view.get("module_calls", {})),
        )
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise unreadable_answer("the result of a task") from error


def with_document_name(view: Mapping[str, Any], file: str | None) -> dict[str, Any]:
    """Return the view of a task whose places call the document ``file``, unless that is None."""
    nodes = [
        {**node, "hosts": {name: _placed(host, file) for name, host in node["hosts"].items()}}
        for node in view["nodes"]
    ]
    return {**view, "nodes": nodes}


def read_places(view: Mapping[str, Any]) -> FailurePlaces:
    """Return the places of the failures in the view of a task."""
    return {
        (node["id"], name): Places(host["place"], host["error_place"])
        for node in view["nodes"]
        for name, host in node["hosts"].items()
        if host.get("place") or host.get("error_place")
    }


def read_event(data: Mapping[str, Any]) -> Event:
    """Return an event of a stream or page. Raises ``WorldTreeError`` for other data."""
    own = {name: value for name, value in data.items() if name in Event.model_fields}
    try:
        return Event.model_validate(own)
    except ValueError as error:
        raise unreadable_answer("an event") from error


def result_data(view: Mapping[str, Any]) -> dict[str, Any]:
    """Return what `-o json` of a command that ran a task prints."""
    return {k: v for k, v in view.items() if k not in (*_ONLY_API, *_ASKED)}


def shown_data(view: Mapping[str, Any]) -> dict[str, Any]:
    """Return what `wt tasks show -o json` prints."""
    found = {k: v for k, v in view.items() if k not in _ONLY_API}
    found["next_steps"] = read_steps(view)
    if problem := found["problem"]:
        shown = {k: v for k, v in problem.items() if k != "next_commands"}
        found["problem"] = {**shown, "next_steps": read_steps(problem)}
    return found


def epoch(text: str | None) -> float | None:
    """Return a time in ISO 8601 as epoch seconds."""
    return None if text is None else datetime.fromisoformat(text).timestamp()


def unreadable_answer(what: str) -> WorldTreeError:
    """Return the error for an answer that has another form than this program knows."""
    return WorldTreeError(
        f"the service's answer for {what} has another form than this program knows",
        code="server-answer-unreadable",
        hint="use the version of `wt` that the service has: `wt --version`",
    )


def _placed(host: Mapping[str, Any], file: str | None) -> dict[str, Any]:
    places = {name: shown_place(host[name], file) for name in _PLACES if name in host}
    return {**host, **places}


def _node(data: Mapping[str, Any]) -> NodeResult:
    return NodeResult(
        id=data["id"],
        status=NodeStatus(data["status"]),
        caused_by=data["caused_by"],
        message=data["message"],
        started=epoch(data["started"]),
        ended=epoch(data["ended"]),
        attempts=data["attempts"],
        hosts={name: _host(one) for name, one in data["hosts"].items()},
    )


def _host(data: Mapping[str, Any]) -> HostResult:
    reason = data["reason"]
    return HostResult(
        status=HostStatus(data["status"]),
        changed=data["changed"],
        message=data["message"],
        reason=None if reason is None else HostReason(reason),
        caused_by=data["caused_by"],
        started=epoch(data["started"]),
        ended=epoch(data["ended"]),
        attempts=data["attempts"],
        tasks=tuple(_play_tasks(data)),
    )


def _play_tasks(data: Mapping[str, Any]) -> Iterator[PlayTaskResult]:
    for one in data.get("tasks", ()):
        yield PlayTaskResult(
            started=epoch(one["started"]),
            ended=epoch(one["ended"]),
            **{name: one[name] for name in _PLAY_TASK},
        )
