"""Picks the display: live on a terminal, plain lines elsewhere, events as data when asked for."""

from __future__ import annotations

import sys
from typing import Protocol

import click

from worldtree.cli.terminal import use_colour
from worldtree.results.events import Event


class Progress(Protocol):
    """What shows a task while it runs."""

    def add(self, event: Event) -> None:
        """Show an event; called in order, from one thread."""

    def close(self) -> None:
        """End the display."""


class JsonLines:
    """Every event as one JSON line on stdout."""

    def add(self, event: Event) -> None:
        """Print ``event``."""
        click.echo(event.model_dump_json(exclude_none=True))

    def close(self) -> None:
        """Every line is out already."""


def choose_progress(events: str | None) -> Progress:
    """Return the display for this terminal; ``events`` is ``jsonl`` to stream events on stdout."""
    if events == "jsonl":
        return JsonLines()
    if sys.stderr.isatty():
        from rich.console import Console

        from worldtree.cli.progress.live import LiveProgress

        return LiveProgress(Console(stderr=True, no_color=not use_colour(sys.stderr)))
    from worldtree.cli.progress.plain import PlainProgress

    return PlainProgress()
