"""Selects the progress display: live on a terminal, plain lines elsewhere, or JSON events."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from contextlib import AbstractContextManager, nullcontext
from typing import Protocol

import click

from worldtree.cli.terminal import discard_stdout, use_colour, write_unbuffered
from worldtree.results.events import Event


class ProgressDisplay(Protocol):
    """Shows the progress of a task."""

    def add(self, event: Event) -> None:
        """Show an event; called in order, from one thread."""

    def announce_ending(self, words: str) -> None:
        """Show that the end of the task was requested; called from a signal handler."""

    def paused(self) -> AbstractContextManager[object]:
        """Pause drawing during a question."""

    def close(self) -> None:
        """End the display."""


class JsonLines:
    """Prints every event as one JSON line on stdout, as long as that can be written."""

    def __init__(self) -> None:
        self._is_over = False

    def add(self, event: Event) -> None:
        """Print ``event``; the task continues where that fails."""
        if self._is_over:
            return
        try:
            click.echo(event.model_dump_json(exclude_none=True))
        except OSError as fault:
            self._is_over = True
            discard_stdout()
            if not isinstance(fault, BrokenPipeError):  # Its reader has all that it wanted.
                words = f"no more events are written, but the task continues: {fault.strerror}"
                click.echo(words, err=True)

    def announce_ending(self, words: str) -> None:
        """Print on stderr that the end of the task was requested."""
        write_unbuffered(words)

    def paused(self) -> AbstractContextManager[object]:
        """Lines are never redrawn, so nothing needs a pause."""
        return nullcontext()

    def close(self) -> None:
        """All lines are already written."""


def choose_progress(
    events: str | None, layers: Sequence[Sequence[str]] = (), *, live: bool = True
) -> ProgressDisplay:
    """Return the display for this terminal; ``events`` is ``jsonl`` to stream events on stdout.

    ``layers`` are the plan's node ids by layer. Without ``live`` nothing is redrawn, because
    something else also writes to the terminal.
    """
    if events == "jsonl":
        return JsonLines()
    if live and sys.stderr.isatty():
        from rich.console import Console

        from worldtree.cli.progress.live import LiveProgress

        return LiveProgress(Console(stderr=True, no_color=not use_colour(sys.stderr)), layers)
    from worldtree.cli.progress.plain import PlainProgress

    return PlainProgress()
