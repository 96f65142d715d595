"""``wt --server URL resume``, ``retry``, ``rollback``, ``cancel``: go on with a task, or end it."""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping
from typing import Any

import click

from worldtree.cli.remote.connect import open_service
from worldtree.cli.remote.follow import follow_quietly, run_and_follow
from worldtree.cli.remote.task_argument import choose_task
from worldtree.core.errors import RefusedError
from worldtree.results.task_command import ENDED_COMMANDS, TaskCommand


def resume(*, interrupted: str | None, **more: Any) -> int:
    """Continue a task."""
    return _continue("resume", {"if_in_doubt": interrupted}, **more)


def retry(
    *, interrupted: str | None, nodes: tuple[str, ...], hosts: tuple[str, ...], **more: Any
) -> int:
    """Continue a task, and run chosen work again."""
    body = {"if_in_doubt": interrupted, "nodes": list(nodes), "hosts": list(hosts)}
    return _continue("retry", body, **more)


def rollback(*, task: str, yes: bool, output: str, events: str | None, wait: bool) -> int:
    """Undo a task, as a task of its own."""
    del wait
    service = open_service()
    view = choose_task(service, task, (TaskCommand.ROLLBACK, *ENDED_COMMANDS))
    _confirm(yes, lambda: f"Roll back task {view['task_id']} on `{view['cluster']}`?")
    return run_and_follow(
        service,
        lambda: service.ask_of_task(view["task_id"], "rollback"),
        output=output,
        events=events,
    )


def cancel(*, task: str) -> None:
    """Ask for the end of a task, and wait for it."""
    service = open_service()
    view = choose_task(service, task, refused=False)
    ended = service.ask_of_task(view["task_id"], "cancel")
    status = follow_quietly(service, ended, view["last_event"])
    click.echo(f"task {ended} is {status}", err=True)
    if service.task(ended)["resumable"]:
        click.echo(f"continue: wt resume {ended}", err=True)


def _continue(
    what: str,
    body: Mapping[str, Any],
    *,
    task: str,
    yes: bool,
    output: str,
    events: str | None,
    wait: bool,
) -> int:
    del wait
    service = open_service()
    view = choose_task(service, task, ENDED_COMMANDS)
    _confirm(yes, lambda: f"Continue {view['pipeline']} on `{view['cluster']}`?")
    return run_and_follow(
        service,
        lambda: service.ask_of_task(view["task_id"], what, body),
        output=output,
        events=events,
        seen=view["last_event"],
    )


def _confirm(yes: bool, question: Callable[[], str]) -> None:
    """Ask on stderr; raises ``RefusedError`` without a terminal, or without the consent."""
    if yes:
        return
    command = click.get_current_context().info_name
    if not sys.stdin.isatty():
        raise RefusedError(
            f"`wt {command}` needs confirmation, and there is no terminal",
            code="not-confirmed",
            hint="add --yes",
        )
    if not click.confirm(question(), err=True):
        raise RefusedError(f"{command} was not confirmed", code="not-confirmed")
