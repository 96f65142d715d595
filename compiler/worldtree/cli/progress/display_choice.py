"""Picks the display: live on a terminal, plain lines elsewhere, events as data when asked for."""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, nullcontext
from typing import Protocol

import click

from worldtree.cli.terminal import redirect_broken_streams, use_colour, write_unbuffered
from worldtree.results.events import Event


class ProgressDisplay(Protocol):
    """What shows a task while it runs."""

    def add(self, event: Event) -> None:
        """Show an event; called in order, from one thread."""

    def announce_ending(self, words: str) -> None:
        """Say that the task was asked to end; called from a signal handler."""

    def paused(self) -> AbstractContextManager[object]:
        """Draw nothing meanwhile: the terminal belongs to a question."""

    def close(self) -> None:
        """End the display."""


class JsonLines:
    """Every event as one JSON line on stdout."""

    def add(self, event: Event) -> None:
        """Print ``event``."""
        click.echo(event.model_dump_json(exclude_none=True))

    def announce_ending(self, words: str) -> None:
        """Say on stderr that the task was asked to end."""
        write_unbuffered(words)

    def paused(self) -> AbstractContextManager[object]:
        """Nothing is ever drawn anew."""
        return nullcontext()

    def close(self) -> None:
        """Every line is out already."""


class BrokenPipeGuard:
    """Goes on in silence when the reader of ``shown`` goes away: the work must not end with it."""

    def __init__(self, shown: ProgressDisplay) -> None:
        self._shown: ProgressDisplay | None = shown

    def add(self, event: Event) -> None:
        """Show ``event`` as long as somebody reads."""
        self._try(lambda shown: shown.add(event))

    def announce_ending(self, words: str) -> None:
        """Say that the task was asked to end as long as somebody reads."""
        self._try(lambda shown: shown.announce_ending(words))

    def paused(self) -> AbstractContextManager[object]:
        """Draw nothing meanwhile."""
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

    ``layers`` are the plan's: node ids layer by layer. Without ``live`` nothing is drawn anew,
    since somebody else writes to the terminal too.
    """
    if events == "jsonl":
        return BrokenPipeGuard(JsonLines())
    if live and sys.stderr.isatty():
        from rich.console import Console

        from worldtree.cli.progress.live import LiveProgress

        return LiveProgress(Console(stderr=True, no_color=not use_colour(sys.stderr)), layers)
    from worldtree.cli.progress.plain import PlainProgress

    return BrokenPipeGuard(PlainProgress())
