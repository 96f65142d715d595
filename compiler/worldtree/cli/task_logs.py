"""Shows the log of a task as text."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime
from fnmatch import fnmatchcase

import click

from worldtree.app.tasks.task_places import LogPlaces, Places
from worldtree.app.views.loop_items import LoopItem, loop_items
from worldtree.app.views.text import clean
from worldtree.cli.command import HintedUsageError
from worldtree.cli.file_diffs import coloured_diff
from worldtree.cli.progress.style import COLOURS, format_duration
from worldtree.cli.terminal import use_colour
from worldtree.core.suggestions import did_you_mean
from worldtree.plan.ids import without_pipeline
from worldtree.results.events import Event, EventKind
from worldtree.results.rescued_failures import RescuedFailures
from worldtree.results.tree import TaskResult

_LOST = ("failed", "unreachable")


def filter_entries(
    result: TaskResult,
    entries: Iterable[Event],
    node: str | None,
    host: str | None,
    *,
    failed: bool,
    rescued: RescuedFailures,
) -> Iterator[Event]:
    """Return the selected ``entries``; raises ``HintedUsageError`` for an unknown node or host.

    ``node`` is a node's id or a pattern, with or without the pipeline.
    """
    if host is not None:
        _require_known(
            "host", host, sorted({name for one in result.nodes for name in one.hosts}), result
        )
    nodes = None
    if node is not None:
        ids = [one.id for one in result.nodes]
        nodes = {
            name
            for name in ids
            if any(fnmatchcase(n, node) for n in (name, without_pipeline(name)))
        }
        if not nodes:
            _require_known("node", node, [without_pipeline(name) for name in ids], result)
    return (
        entry
        for entry in entries
        if (nodes is None or entry.node in nodes)
        and (not failed or (_is_failure(entry) and entry not in rescued))
    )


def write_entry(entry: Event, rescued: RescuedFailures, places: LogPlaces) -> None:
    """Print ``entry`` on stdout: a head line, then its message and output."""
    colour = use_colour()
    for line in _lines(entry, rescued, places):
        click.echo(line, color=colour)


def _lines(entry: Event, rescued: RescuedFailures, places: LogPlaces) -> Iterator[str]:
    at = datetime.fromtimestamp(entry.time, UTC).strftime("%H:%M:%S")
    if entry.kind is EventKind.HOST_TASK_RETRIED:
        status, style = "failed, retried", "yellow"
    else:
        status = entry.status or ""
        style = COLOURS.get(status, "yellow")
        if entry.ignored or entry in rescued:
            status, style = f"{status}, {'ignored' if entry.ignored else 'rescued'}", "yellow"
    took = ""
    if entry.started is not None and entry.ended is not None:
        took = f" ({format_duration(entry.ended - entry.started)})"
    # A message without a run is one of this program.
    sayer = "worldtree" if entry.attempt is None else "Ansible"
    where = " ▸ ".join(filter(None, [without_pipeline(entry.node or ""), entry.name or sayer]))
    outcome = f"{click.style(status, fg=style)}{took}"
    yield f"{at} {entry.host + ' ' if entry.host else ''}{outcome} {clean(where)}"
    if entry.status in _LOST and (place := _place(places.of(entry))):
        yield f"    at {clean(place)}"
    items = list(loop_items(entry.result))
    yield from _texts(_message(entry, items), entry.stdout, entry.stderr, "    ")
    for host in entry.result.get("connections", ()):
        if host["state"] == "failed":
            yield f"    {host['host']}: {clean(host['message'])} [{host['slug']}]"
    for item in items:
        word = click.style(item.status, fg=COLOURS.get(item.status, "yellow"))
        yield f"    {word} item {clean(item.label)}"
        yield from _texts(item.message, item.stdout, item.stderr, "      ")
    yield from (f"    {line}" for line in coloured_diff(entry.result))


def _place(places: Places) -> str:
    """Return where the error is, and where the task is if that is in another file."""
    task, error = places
    if task is None or error is None:
        return error or task or ""
    if task.partition(":")[0] == error.partition(":")[0]:
        return error
    return f"{error}, in the task at {task}"


def _message(entry: Event, items: Sequence[LoopItem]) -> str | None:
    """Return the task's message; of a loop without those of its failed items, which follow."""
    if not items or not any(item.status in _LOST for item in items):
        return entry.message
    return str(entry.result.get("msg") or "")


def _texts(message: str | None, out: str | None, err: str | None, indent: str) -> Iterator[str]:
    for symbol, text in (("", message), ("| ", out), ("! ", err)):
        for line in text.rstrip("\n").split("\n") if text else ():
            yield f"{indent}{symbol}{clean(line)}"


def _is_failure(entry: Event) -> bool:
    if entry.kind is EventKind.RUN_MESSAGE:
        return entry.status == "error"
    return entry.status in _LOST and not entry.ignored


def _require_known(what: str, word: str, known: Sequence[str], result: TaskResult) -> None:
    if word in known:
        return
    hint = did_you_mean(word, known) or f"`wt tasks show {result.task_id}` lists them"
    raise HintedUsageError(f"task {result.task_id} has no {what} `{word}`", hint=hint)
