"""Tables: as wide as their content, or wrapped to the width of the terminal."""

from __future__ import annotations

import sys
from collections.abc import Collection, Sequence
from dataclasses import dataclass

import click

from worldtree.app.views.text import clean
from worldtree.cli.terminal import terminal_width, use_colour, width_of, wrap

_GAP = "  "
#: Columns are not wrapped below this width.
_MIN_COLUMN_WIDTH = 8
#: The last column is not wrapped below this width before other columns are.
_MIN_SENTENCE_WIDTH = 14


@dataclass(frozen=True, slots=True)
class Cell:
    """A coloured cell; a plain cell is just text."""

    text: str
    colour: str | None = None


Row = Sequence[str | Cell]


def write_table(
    columns: Sequence[str],
    rows: Sequence[Row],
    *,
    spare: Collection[str] = (),
    err: bool = False,
) -> None:
    """Print left-aligned columns on stdout (or stderr); nothing when there are no rows.

    If the table is wider than the terminal, first the ``spare`` columns are dropped in their
    order, then the widest columns are wrapped. Without a terminal the width is unlimited.
    """
    stream = sys.stderr if err else sys.stdout
    colour = use_colour(stream)
    lines = table_lines(columns, rows, spare=spare, width=terminal_width(stream), colour=colour)
    for line in lines:
        click.echo(line, err=err, color=colour)


def table_lines(
    columns: Sequence[str],
    rows: Sequence[Row],
    *,
    spare: Collection[str] = (),
    width: int | None = None,
    colour: bool = False,
) -> list[str]:
    """Return the lines of a table; none when there are no rows."""
    if not rows:
        return []
    grid = [[c if isinstance(c, Cell) else Cell(c) for c in row] for row in rows]
    grid = [[Cell(clean(c.text), c.colour) for c in row] for row in grid]
    heads = list(columns)
    for name in (*spare, None):
        widths = _widths(heads, grid)
        if width is None or _table_width(widths) <= width or name is None:
            break
        place = heads.index(name)
        del heads[place]
        grid = [[*row[:place], *row[place + 1 :]] for row in grid]
    if width is not None:
        widths = _folded_widths(widths, width)
    lines = _row_lines([Cell(head, "bold") for head in heads], widths, colour)
    for row in grid:
        lines += _row_lines(row, widths, colour)
    return lines


def _widths(heads: Sequence[str], grid: Sequence[Sequence[Cell]]) -> list[int]:
    return [
        max(width_of(head), *(width_of(row[place].text) for row in grid))
        for place, head in enumerate(heads)
    ]


def _table_width(widths: Sequence[int]) -> int:
    return sum(widths) + len(_GAP) * (len(widths) - 1)


def _folded_widths(widths: Sequence[int], available: int) -> list[int]:
    """Reduce the last column, which holds sentences, then the widest ones, until all fit."""
    excess = max(0, _table_width(widths) - available)
    last = max(min(widths[-1], _MIN_SENTENCE_WIDTH), widths[-1] - excess)
    widths = [*widths[:-1], last]
    cap = max(widths)
    while cap > _MIN_COLUMN_WIDTH and _table_width([min(w, cap) for w in widths]) > available:
        cap -= 1
    lowered = [min(w, cap) for w in widths]
    for place, wanted in enumerate(widths):
        # The first reduced column gets the remaining width.
        if wanted > cap:
            lowered[place] += min(wanted - cap, max(0, available - _table_width(lowered)))
            break
    return lowered


def _row_lines(row: Sequence[Cell], widths: Sequence[int], colour: bool) -> list[str]:
    cells = [wrap(cell.text, width) for cell, width in zip(row, widths, strict=True)]
    lines = []
    for place in range(max(map(len, cells))):
        texts = [parts[place] if place < len(parts) else "" for parts in cells]
        padded = [
            _styled(text, cell.colour, colour) + " " * (width - width_of(text))
            for text, cell, width in zip(texts, row, widths, strict=True)
        ]
        lines.append(_GAP.join(padded).rstrip())
    return lines


def _styled(text: str, style: str | None, colour: bool) -> str:
    if not colour or not text or style is None:
        return text
    return click.style(text, bold=True) if style == "bold" else click.style(text, fg=style)
