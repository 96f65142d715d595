"""``wt --server URL tasks``: tasks of a service, their results and logs."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import click

from worldtree.app.tasks.task_places import Places
from worldtree.cli.output import write_data
from worldtree.cli.remote.connect import open_service
from worldtree.cli.remote.task_argument import choose_shown_task, say_shown
from worldtree.core.next_steps import NextStep
from worldtree.remote.problems import read_steps
from worldtree.remote.results import read_places, read_result, shown_data
from worldtree.results.events import Event, EventKind
from worldtree.results.log_level import LOG_EVENT_KINDS
from worldtree.results.rescued_failures import RescuedFailures


def list_(*, cluster: str | None, limit: int, order: str | None, output: str) -> None:
    """List tasks, by default newest first."""
    from worldtree.cli.task_list import write_tasks

    found = open_service().tasks(cluster, limit, order)
    if output != "table":
        write_data({"items": found}, output)
    elif found:
        write_tasks(found)
    else:
        click.echo("no tasks yet: `wt apply` creates the first", err=True)


def show(*, task: str, cluster: str | None, whole: bool, output: str) -> None:
    """Show a task's result per node and host."""
    from worldtree.cli.next_steps import next_step_text
    from worldtree.cli.result_table import module_call_lines, write_result
    from worldtree.cli.task_list import write_asked, write_wait

    service = open_service()
    chosen = choose_shown_task(service, task, cluster)
    view = service.task(chosen, outputs=output != "table")
    say_shown(view, task)
    if output != "table":
        write_data(shown_data(view), output)
    elif view["started"] is not None:
        result = read_result(view)
        write_result(result, read_places(view), whole=whole)
        for line in module_call_lines(result.module_calls):
            click.echo(line)
        write_wait(view)
        for step in read_steps(view):
            click.echo(next_step_text(NextStep(**step)))
    else:
        write_asked(view)


def logs(
    *,
    task: str,
    cluster: str | None,
    node: str | None,
    host: str | None,
    failed: bool,
    output: str,
) -> None:
    """Show the log of a task, in order and with full output."""
    from worldtree.app.views.tasks import logs_view
    from worldtree.cli.task_logs import filter_entries, write_entry

    service = open_service()
    view = service.task(choose_shown_task(service, task, cluster))
    say_shown(view, task)
    log = _Log()
    every = log.read(service.events(view["task_id"]))
    rescued = RescuedFailures(log.ends)
    of_host = [entry for entry in every if host is None or entry.host == host]
    entries = filter_entries(read_result(view), of_host, node, host, failed=failed, rescued=rescued)
    if output != "table":
        write_data(logs_view(entries, rescued, log), output)
        return
    empty = True
    for entry in entries:
        write_entry(entry, rescued, log)
        empty = False
    if empty:
        click.echo("no matching entries", err=True)


class _Log:
    """The entries of a log with their places, and the ends of plays."""

    def __init__(self) -> None:
        self.ends: list[Event] = []
        self._places: dict[int, Places] = {}

    def read(self, events: Iterator[tuple[Event, Mapping[str, Any]]]) -> list[Event]:
        """Return the entries among ``events``, each with its item of the page."""
        found = []
        for event, item in events:
            if event.kind is EventKind.PLAY_ENDED:
                self.ends.append(event)
            elif event.kind in LOG_EVENT_KINDS:
                self._places[event.seq] = Places(item.get("place"), item.get("error_place"))
                found.append(event)
        return found

    def of(self, entry: Event) -> Places:
        """Return the places of one entry."""
        return self._places[entry.seq]
