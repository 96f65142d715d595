"""Follows a task of a service to its end: progress, Ctrl-C, result, exit code."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import click

from worldtree.cli.run_command import observe_task, show_ended
from worldtree.core.errors import WorldTreeError
from worldtree.remote.event_stream import EndFrame, EventStream, StatusFrame
from worldtree.remote.problems import read_task_problem
from worldtree.remote.results import read_places, read_result, result_data, with_document_name
from worldtree.remote.service import RemoteService
from worldtree.results.events import Event
from worldtree.results.status import TaskStatus
from worldtree.results.tree import TaskResult

if TYPE_CHECKING:
    from worldtree.app.requests import Cancellation

#: Seconds between two looks at whether the end was requested.
_CANCEL_POLL = 0.1


def run_and_follow(
    service: RemoteService,
    ask: Callable[[], str],
    *,
    output: str,
    events: str | None,
    layers: Sequence[Sequence[str]] = (),
    seen: int = 0,
    keep_tasks: bool = False,
    after: Callable[[TaskResult], Iterable[str]] = lambda _result: (),
    file: str | None = None,
) -> int:
    """Ask for a task, show its progress and result, and return the exit code.

    ``ask`` returns the id of the task; its events up to the number ``seen`` are known, and so are
    the ``layers`` of its plan where it is a new one. ``after`` returns lines below the table,
    ``file`` is the document that was sent. Raises what the service refuses, and the problem of a
    task that was refused before it began.
    """
    task, is_cancelled = follow_to_end(service, ask, events=events, layers=layers, seen=seen)
    view = service.task(task, outputs=keep_tasks or output != "table")
    refuse_unbegun(view, file)
    result = read_result(view)
    view = with_document_name(view, file)
    return show_ended(
        result,
        read_places(view),
        lambda: result_data(view),
        output=output,
        events=events,
        after=after,
        resumable=bool(view["resumable"]),
        cancelled=is_cancelled,
    )


def follow_to_end(
    service: RemoteService,
    ask: Callable[[], str],
    *,
    events: str | None = None,
    layers: Sequence[Sequence[str]] = (),
    seen: int = 0,
) -> tuple[str, bool]:
    """Ask for a task and show its progress; return its id, and whether its end was requested.

    The parameters are those of ``run_and_follow``.
    """
    with observe_task(layers, events=events) as observer:
        task = ask()
        click.echo(f"task {task} of {service.client.url}", err=True)
        with _cancel_when_requested(service, task, observer.cancellation):
            for frame in EventStream(service.client, task, after=seen, tell=_say).frames():
                if isinstance(frame, Event):
                    observer.on_event(frame)
                    _show_connections(frame)
                elif isinstance(frame, StatusFrame):
                    _say_waiting(frame)
    return task, observer.cancellation.requested


def follow_quietly(service: RemoteService, task: str, seen: int) -> TaskStatus:
    """Wait for the end of a task; return its status."""
    for frame in EventStream(service.client, task, after=seen, tell=_say).frames():
        if isinstance(frame, EndFrame):
            return frame.status
    raise AssertionError("a stream ends with its end")


def refuse_unbegun(view: Mapping[str, Any], file: str | None) -> None:
    """Raise why a task was refused before it began, or went on; its diagnostics name ``file``."""
    if view["problem"] is not None and view["status"] == TaskStatus.REFUSED.value:
        raise read_task_problem(view["problem"], file)


@contextmanager
def _cancel_when_requested(
    service: RemoteService, task: str, cancellation: Cancellation
) -> Iterator[None]:
    """Ask the service for the end of a task once a signal has requested it.

    From a thread, since a signal handler takes no locks, and this one reads a stream.
    """
    is_over = threading.Event()

    def watch() -> None:
        while not is_over.wait(_CANCEL_POLL):
            if not cancellation.requested:
                continue
            try:
                service.ask_of_task(task, "cancel")
            except WorldTreeError as problem:
                # One that has ended in the meantime is what was wanted.
                if problem.code != "task-finished":
                    _say(f"the end of the task could not be requested: {problem.message}")
                    _say(f"help: request it with `wt cancel {task}`")
            return

    thread = threading.Thread(target=watch, name="cancel", daemon=True)
    thread.start()
    try:
        yield
    finally:
        is_over.set()
        thread.join()


def _show_connections(event: Event) -> None:
    found = event.result.get("connections")
    if event.attempt is None and isinstance(found, list):
        from worldtree.app.requests import HostConnection
        from worldtree.cli.connection_report import show_connections

        show_connections([HostConnection(**one) for one in found])


def _say_waiting(frame: StatusFrame) -> None:
    if frame.status in (TaskStatus.QUEUED, TaskStatus.WAITING) and frame.message:
        _say(frame.message)


def _say(words: str) -> None:
    click.echo(words, err=True)
