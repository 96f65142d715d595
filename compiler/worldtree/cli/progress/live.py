"""The live display for terminals: a bar, running nodes with their hosts, failures."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from rich.console import Console, Group, RenderableType
from rich.live import Live
from rich.progress_bar import ProgressBar
from rich.table import Table
from rich.text import Text

from worldtree.app.views.text import clean
from worldtree.cli.progress.progress_state import NodeProgress, ProgressState
from worldtree.cli.progress.style import (
    COLOURS,
    SYMBOLS,
    counted_hosts,
    failure_lines,
    format_duration,
    more_failures,
    node_lines,
    outcome_symbol,
    rescued_lines,
    words_without_run,
)
from worldtree.cli.terminal import truncate
from worldtree.plan.ids import without_pipeline
from worldtree.results.events import Event, EventKind

#: Minimum width of a line's other columns.
_OTHER_COLUMNS_WIDTH = 34
_MAX_NAME_WIDTH = 44


class LiveProgress:
    """Redraws a few lines at the bottom; finished nodes scroll up above them.

    ``layers`` are the plan's node ids by layer.
    """

    def __init__(self, console: Console, layers: Sequence[Sequence[str]] = ()) -> None:
        self._state = ProgressState(layers=layers)
        self._lock = threading.Lock()
        self._console = console
        self._ending = ""
        self._live = Live(
            console=console, get_renderable=self._draw, refresh_per_second=5, transient=True
        )
        self._live.start()

    def add(self, event: Event) -> None:
        """Show ``event``."""
        with self._lock:
            failure = self._state.add(event)
            rescued = rescued_lines(self._state.rescued)
        if failure is not None:
            head, *rest = failure_lines(failure)
            self._print(Text(f"{SYMBOLS['failed']}  {head}", style="bold red"), *rest)
        for line in rescued:
            self._print(Text(f"{SYMBOLS['succeeded']}  {line}", style=COLOURS["succeeded"]))
        if event.kind is EventKind.NODE_FINISHED and event.node:
            node = self._state.done[event.node]
            self._print(self._node_line(node), *node_lines(event.message), *more_failures(node))
        elif event.kind is EventKind.NODE_SKIPPED and event.node and event.host is None:
            because = f" because of {without_pipeline(event.caused_by)}" if event.caused_by else ""
            text = f"{SYMBOLS['skipped']}  {without_pipeline(event.node)} skipped{because}"
            self._print(Text(text, style=COLOURS["skipped"]))

    def announce_ending(self, words: str) -> None:
        """Show that the end was requested; takes no lock, as a signal handler calls it."""
        self._ending = words

    @contextmanager
    def paused(self) -> Iterator[None]:
        """Pause drawing during a question."""
        self._live.stop()
        try:
            yield
        finally:
            self._live.start()

    def close(self) -> None:
        """Remove the display."""
        self._live.stop()

    def _print(self, head: Text, *lines: str) -> None:
        # One call, because the display is redrawn after each print.
        self._console.print(Text("\n").join([head, *map(Text, lines)]), overflow="fold")

    def _name_width(self) -> int:
        return max(12, min(_MAX_NAME_WIDTH, self._console.width - _OTHER_COLUMNS_WIDTH))

    def _node_line(self, node: NodeProgress) -> Text:
        name_width, shown = self._name_width(), outcome_symbol(node)
        line = Text()
        line.append(f"{SYMBOLS.get(shown, '?')}  ", style=COLOURS.get(shown, ""))
        line.append(f"{truncate(without_pipeline(node.id), name_width):<{name_width}}  ")
        if node.ran:
            line.append(f"{format_duration((node.ended or node.started) - node.started):>7}  ")
        else:
            line.append(f"{words_without_run(node)}  ")
        line.append_text(_host_count_text(node))
        return line

    def _draw(self) -> RenderableType:
        with self._lock:
            running = sorted(self._state.running.values(), key=lambda node: node.started)
            return Group(self._nodes(running), self._head(len(running)))

    def _nodes(self, running: Sequence[NodeProgress]) -> Table:
        now, name_width = time.time(), self._name_width()
        lines = max(self._console.height // 2, 3)
        table = Table.grid(padding=(0, 2), expand=True)
        for width in (1, name_width, 7):
            table.add_column(width=width, no_wrap=True)
        table.add_column(no_wrap=True)
        table.add_column(ratio=1, no_wrap=True, overflow="ellipsis")
        for node in running[:lines]:
            table.add_row(
                Text(SYMBOLS["running"], style=COLOURS["running"]),
                Text(truncate(without_pipeline(node.id), name_width), style="bold"),
                Text(format_duration(max(0.0, now - node.started)), justify="right"),
                _host_count_text(node),
                Text(clean(node.task), style="dim"),
            )
        if len(running) > lines:
            table.add_row("", Text(f"and {len(running) - lines} more", style="dim"))
        return table

    def _head(self, running: int) -> Table:
        state = self._state
        if not state.started:
            return _row(Text("checking connections …", style="dim"), *self._ending_cells())
        over, total = len(state.over()), len(state.planned)
        layers = f"{state.layers_done()}/{len(state.layers)} layers" if state.layers else ""
        cells: list[RenderableType] = [
            ProgressBar(
                total=max(total, 1), completed=over, width=min(30, self._console.width // 4)
            ),
            Text(f"{over}/{total} nodes", no_wrap=True),
            *([Text(layers, no_wrap=True)] if layers else []),
            Text(f"{running} running", no_wrap=True),
            Text(format_duration(max(0.0, time.time() - state.started)), style="dim", no_wrap=True),
        ]
        return _row(*cells, *self._ending_cells())

    def _ending_cells(self) -> list[Text]:
        if not self._ending:
            return []
        return [Text(self._ending, style="bold magenta", no_wrap=True)]


def _row(*cells: RenderableType) -> Table:
    row = Table.grid(padding=(0, 2))
    row.add_row(*cells)
    return row


def _host_count_text(node: NodeProgress) -> Text:
    line = Text()
    for text, status in counted_hosts(node):
        line.append(f"{text} ", style=COLOURS[status])
    return line
