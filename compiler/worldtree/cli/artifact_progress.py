"""Shows downloads of artifacts on stderr: bars on a terminal, and lines for what happens."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

import click

from worldtree.app.views.text import clean
from worldtree.cli.maintenance_text import format_bytes
from worldtree.cli.terminal import use_colour

if TYPE_CHECKING:
    from rich.progress import Progress, TaskID

    from worldtree.app.artifacts.artifact_service import FetchProgress


@contextmanager
def artifact_progress() -> Iterator[Callable[[FetchProgress], None]]:
    """Give what shows the events of downloads, called from one thread."""
    if not sys.stderr.isatty():
        yield _write_line
        return
    from rich.console import Console
    from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TransferSpeedColumn

    console = Console(stderr=True, no_color=not use_colour(sys.stderr))
    columns = (
        TextColumn("{task.description}", markup=False),
        BarColumn(),
        DownloadColumn(binary_units=True),
        TransferSpeedColumn(),
    )
    with Progress(*columns, console=console, transient=True) as bars:
        yield _Bars(bars).show


class _Bars:
    """One bar for each artifact that is downloaded; it goes when the download ends."""

    def __init__(self, bars: Progress) -> None:
        self._bars = bars
        self._tasks: dict[str, TaskID] = {}

    def show(self, event: FetchProgress) -> None:
        """Show an event."""
        from worldtree.app.artifacts.artifact_service import FetchState

        name = clean(str(event.key))
        if event.state in (FetchState.STARTED, FetchState.RECEIVING):
            if name not in self._tasks:
                self._tasks[name] = self._bars.add_task(name, total=event.size)
            self._bars.update(self._tasks[name], completed=event.received, total=event.size)
            return
        if event.state in (FetchState.FETCHED, FetchState.FAILED) and name in self._tasks:
            self._bars.remove_task(self._tasks.pop(name))
        if (line := _line(event)) is not None:
            self._bars.console.print(line, markup=False, highlight=False)


def _write_line(event: FetchProgress) -> None:
    if (line := _line(event)) is not None:
        click.echo(line, err=True)


def _line(event: FetchProgress) -> str | None:
    """Return the line of an event; None for one of bytes, and for what the command shows."""
    from worldtree.app.artifacts.artifact_service import FetchState

    name = clean(str(event.key))
    match event.state:
        case FetchState.FETCHED:
            return f"fetched {name}: {format_bytes(event.received)} from {clean(event.location)}"
        case FetchState.CACHED:
            return f"cached {name}"
        case FetchState.WAITING:
            return f"{name}: another download works with the same file; waiting for it"
        case FetchState.RETRYING:
            return f"{name}: {clean(event.location)}: {clean(event.reason)}; trying again"
        case FetchState.SOURCE_FAILED:
            return f"{name}: {clean(event.location)}: {clean(event.reason)}"
    return None
