"""The plain display for logs and pipes: lines on stderr that are never redrawn."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from datetime import UTC, datetime

import click

from worldtree.cli.output import count
from worldtree.cli.progress.progress_state import ProgressState
from worldtree.cli.progress.style import (
    SYMBOLS,
    failure_lines,
    format_duration,
    host_counts,
    more_failures,
    node_lines,
    outcome_symbol,
    rescued_lines,
    words_without_run,
)
from worldtree.cli.terminal import write_unbuffered
from worldtree.plan.abbreviations import abbreviated_hosts
from worldtree.plan.ids import without_pipeline
from worldtree.results.events import Event, EventKind

#: Seconds without output after which running nodes are printed.
HEARTBEAT_INTERVAL = 30.0
#: Most nodes that are named then.
_NAMED = 3


class PlainProgress:
    """Prints a line when a node starts, ends, is skipped, or fails on a host.

    In longer pauses it prints the running nodes, so that the log does not look dead. ``clock``
    returns epoch seconds.
    """

    def __init__(self, clock: Callable[[], float] = time.time) -> None:
        self._state = ProgressState()
        self._clock = clock
        self._said = clock()
        self._lock = threading.Lock()
        self._closed = threading.Event()
        self._watch: threading.Thread | None = None

    def add(self, event: Event) -> None:
        """Show ``event``."""
        with self._lock:
            self._show(event)
        if self._watch is None and event.kind is EventKind.NODE_STARTED:
            self._watch = threading.Thread(target=self._heartbeat, name="heartbeat", daemon=True)
            self._watch.start()

    def tick(self) -> None:
        """Print the running nodes after ``HEARTBEAT_INTERVAL`` seconds without output."""
        with self._lock:
            now = self._clock()
            running = [node for node in self._state.running.values() if node.runs]
            if not running or now - self._said < HEARTBEAT_INTERVAL:
                return
            running.sort(key=lambda node: node.started)
            for node in running[:_NAMED]:
                left = node.left()
                hosts = f" on {abbreviated_hosts(left)}" if left else ""
                took = format_duration(max(0.0, now - node.started))
                self._say(now, f"still running: {without_pipeline(node.id)}{hosts} for {took}")
            if len(running) > _NAMED:
                self._say(now, f"still running: {len(running) - _NAMED} more")

    def _heartbeat(self) -> None:
        while not self._closed.wait(1.0):
            self.tick()

    def _show(self, event: Event) -> None:
        failure = self._state.add(event)
        if failure is not None:
            head, *rest = failure_lines(failure)
            self._say(event.time, f"! {head}")
            for line in rest:
                self._say(event.time, f"  {line}")
        for line in rescued_lines(self._state.rescued):
            self._say(event.time, f"{SYMBOLS['succeeded']} {line}")
        if event.kind is EventKind.NODE_STARTED and event.node:
            begun = self._state.running[event.node]
            again = " again" if begun.tries > 1 else ""
            hosts = count(len(begun.hosts), "host")
            self._say(
                event.time, f"{SYMBOLS['running']} {without_pipeline(event.node)}{again} ({hosts})"
            )
        elif event.kind is EventKind.NODE_FINISHED and event.node:
            node = self._state.done[event.node]
            head = f"{SYMBOLS.get(outcome_symbol(node), '?')} {without_pipeline(node.id)}"
            if node.ran:
                took = format_duration((node.ended or node.started) - node.started)
                parts = [f"{head} {outcome_symbol(node)}", took]
            else:
                parts = [f"{head} {words_without_run(node)}"]
            self._say(event.time, ", ".join(filter(None, [*parts, host_counts(node)])))
            for line in [*node_lines(event.message), *more_failures(node)]:
                self._say(event.time, line)
        elif event.kind is EventKind.NODE_SKIPPED and event.node and event.host is None:
            because = f" because of {without_pipeline(event.caused_by)}" if event.caused_by else ""
            self._say(
                event.time, f"{SYMBOLS['skipped']} {without_pipeline(event.node)} skipped{because}"
            )

    def announce_ending(self, words: str) -> None:
        """Print that the end of the task was requested."""
        write_unbuffered(words)

    def paused(self) -> AbstractContextManager[object]:
        """Lines are never redrawn, so nothing needs a pause."""
        return nullcontext()

    def close(self) -> None:
        """Stop printing."""
        self._closed.set()
        if self._watch is not None:
            self._watch.join()

    def _say(self, when: float, text: str) -> None:
        self._said = self._clock()
        at = datetime.fromtimestamp(when, UTC).strftime("%H:%M:%S")
        click.echo(f"{at} {text}", err=True)
