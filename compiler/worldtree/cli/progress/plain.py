"""Progress as plain lines on stderr, for logs and pipes; never rewrites a line."""

from __future__ import annotations

from datetime import UTC, datetime

import click

from worldtree.cli.output import count
from worldtree.cli.progress.state import ProgressState
from worldtree.cli.progress.words import (
    SIGNS,
    duration,
    failure_lines,
    host_counts,
    more_failures,
    node_lines,
    short,
)
from worldtree.cli.terminal import write_now
from worldtree.results.events import Event, EventKind


class PlainProgress:
    """Prints a line when a node starts, ends, is skipped, or fails on a host."""

    def __init__(self) -> None:
        self._state = ProgressState()

    def add(self, event: Event) -> None:
        """Show ``event``."""
        failure = self._state.add(event)
        if failure is not None:
            head, *rest = failure_lines(failure)
            self._say(event, f"! {head}")
            for line in rest:
                self._say(event, f"  {line}")
        if event.kind is EventKind.NODE_STARTED and event.node:
            hosts = count(len(self._state.running[event.node].hosts), "host")
            self._say(event, f"{SIGNS['running']} {short(event.node)} ({hosts})")
        elif event.kind is EventKind.NODE_FINISHED and event.node:
            node = self._state.done[event.node]
            took = duration((node.ended or node.started) - node.started)
            parts = [f"{SIGNS.get(node.status, '?')} {short(node.id)} {node.status}", took]
            self._say(event, ", ".join(filter(None, [*parts, host_counts(node)])))
            for line in [*node_lines(event.message), *more_failures(node)]:
                self._say(event, line)
        elif event.kind is EventKind.NODE_SKIPPED and event.node and event.host is None:
            because = f" because of {short(event.caused_by)}" if event.caused_by else ""
            self._say(event, f"{SIGNS['skipped']} {short(event.node)} skipped{because}")

    def ending(self, words: str) -> None:
        """Say that the task was asked to end."""
        write_now(words)

    def close(self) -> None:
        """Nothing is held back, so there is nothing to finish."""

    def _say(self, event: Event, text: str) -> None:
        at = datetime.fromtimestamp(event.time, UTC).strftime("%H:%M:%S")
        click.echo(f"{at} {text}", err=True)
