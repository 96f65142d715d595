"""Progress on a terminal: a bar, the running nodes with their hosts, failures as they come."""

from __future__ import annotations

import threading
import time

from rich.console import Console, Group, RenderableType
from rich.live import Live
from rich.progress_bar import ProgressBar
from rich.table import Table
from rich.text import Text

from worldtree.cli.progress.state import NodeProgress, ProgressState
from worldtree.cli.progress.words import COLOURS, SIGNS, duration, failure_lines, short
from worldtree.results.events import Event, EventKind

_HOST_ORDER = ("ok", "changed", "skipped", "failed", "unreachable")


class LiveProgress:
    """Redraws a few lines at the bottom; what is over scrolls away above them."""

    def __init__(self, console: Console) -> None:
        self._state = ProgressState()
        self._lock = threading.Lock()
        self._console = console
        self._live = Live(
            console=console, get_renderable=self._draw, refresh_per_second=8, transient=True
        )
        self._live.start()

    def add(self, event: Event) -> None:
        """Show ``event``."""
        with self._lock:
            known = len(self._state.failures)
            self._state.add(event)
            failures = self._state.failures[known:]
        for failure in failures:
            head, *rest = failure_lines(failure)
            self._console.print(Text(f"{SIGNS['failed']} {head}", style="bold red"))
            for line in rest:
                self._console.print(Text(line))
        if event.kind is EventKind.NODE_FINISHED and event.node:
            self._console.print(self._over(self._state.done[event.node]))
        elif event.kind is EventKind.NODE_SKIPPED and event.node and event.host is None:
            because = f" because of {short(event.caused_by)}" if event.caused_by else ""
            text = f"{SIGNS['skipped']} {short(event.node)} skipped{because}"
            self._console.print(Text(text, style=COLOURS["skipped"]))

    def close(self) -> None:
        """Leave the terminal as it was; the results come after."""
        self._live.stop()

    def _over(self, node: NodeProgress) -> Text:
        line = Text()
        line.append(f"{SIGNS.get(node.status, '?')} ", style=COLOURS.get(node.status, ""))
        line.append(f"{short(node.id):<44} ")
        line.append(f"{duration((node.ended or node.started) - node.started):>7}  ")
        line.append_text(_hosts(node))
        return line

    def _draw(self) -> RenderableType:
        with self._lock:
            state = self._state
            over, total = len(state.done) + len(state.skipped), max(len(state.planned), 1)
            running = sorted(state.running.values(), key=lambda node: node.started)
            room = max(self._console.height - 6, 3)
            table = Table.grid(padding=(0, 2))
            for node in running[:room]:
                table.add_row(
                    Text(SIGNS["running"], style=COLOURS["running"]),
                    Text(short(node.id), style="bold"),
                    Text(duration(time.time() - node.started), justify="right"),
                    _hosts(node),
                    Text(node.task, style="dim", overflow="ellipsis", no_wrap=True),
                )
            if len(running) > room:
                table.add_row("", Text(f"and {len(running) - room} more", style="dim"))
            since = time.time() - state.started if state.started else 0.0
            head = Table.grid(padding=(0, 2))
            head.add_row(
                ProgressBar(total=total, completed=over, width=30),
                Text(f"{over}/{len(state.planned)} nodes"),
                Text(f"{len(running)} running"),
                Text(duration(since), style="dim"),
            )
        return Group(table, head)


def _hosts(node: NodeProgress) -> Text:
    counts = node.counts()
    line = Text()
    for status in _HOST_ORDER:
        if counts[status]:
            line.append(f"{counts[status]} {status} ", style=COLOURS[status])
    return line
