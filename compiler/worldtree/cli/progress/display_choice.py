"""Selects the progress display: live on a terminal, plain lines elsewhere, or JSON events."""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, nullcontext
from typing import Protocol

import click

from worldtree.cli.terminal import redirect_broken_streams, use_colour, write_unbuffered
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
    """Prints every event as one JSON line on stdout."""

    def add(self, event: Event) -> None:
        """Print ``event``."""
        click.echo(event.model_dump_json(exclude_none=True))

    def announce_ending(self, words: str) -> None:
        """Print on stderr that the end of the task was requested."""
        write_unbuffered(words)

    def paused(self) -> AbstractContextManager[object]:
        """Lines are never redrawn, so nothing needs a pause."""
        return nullcontext()

    def close(self) -> None:
        """All lines are already written."""


class BrokenPipeGuard:
    """Silences the display ``shown`` after a broken pipe, so that the task continues."""

    def __init__(self, shown: ProgressDisplay) -> None:
        self._shown: ProgressDisplay | None = shown

    def add(self, event: Event) -> None:
        """Show ``event`` unless the pipe is broken."""
        self._try(lambda shown: shown.add(event))

    def announce_ending(self, words: str) -> None:
        """Show the requested end unless the pipe is broken."""
        self._try(lambda shown: shown.announce_ending(words))

    def paused(self) -> AbstractContextManager[object]:
        """Pause drawing."""
        return nullcontext() if self._shown is None else self._shown.paused()

    def close(self) -> None:
        """End the display."""
        self._try(lambda shown: shown.close())

    def _try(self, show: Callable[[ProgressDisplay], None]) -> None:
        if self._shown is None:
            return
        try:
            show(self._shown)
        except BrokenPipeError:
            self._shown = None
            redirect_broken_streams()


def choose_progress(
    events: str | None, layers: Sequence[Sequence[str]] = (), *, live: bool = True
) -> ProgressDisplay:
    """Return the display for this terminal; ``events`` is ``jsonl`` to stream events on stdout.

    ``layers`` are the plan's node ids by layer. Without ``live`` nothing is redrawn, because
    something else also writes to the terminal.
    """
    if events == "jsonl":
        return BrokenPipeGuard(JsonLines())
    if live and sys.stderr.isatty():
        from rich.console import Console

        from worldtree.cli.progress.live import LiveProgress

        return LiveProgress(Console(stderr=True, no_color=not use_colour(sys.stderr)), layers)
    from worldtree.cli.progress.plain import PlainProgress

    return BrokenPipeGuard(PlainProgress())
