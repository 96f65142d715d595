"""Data on stdout as a table, JSON or YAML; talk on stderr."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable, Sequence
from typing import Any, TypeVar

import click

F = TypeVar("F", bound=Callable[..., Any])

FORMATS = ("table", "json", "yaml")


def output_option(function: F) -> F:
    """Add ``-o``, the output format of every command that prints data."""
    return click.option(
        "-o",
        "--output",
        type=click.Choice(FORMATS),
        default="table",
        show_default=True,
        help="Output format.",
    )(function)


def write_data(data: Any, form: str) -> None:
    """Print ``data`` (JSON-ready) as JSON or YAML."""
    if form == "json":
        click.echo(json.dumps(data, indent=2, ensure_ascii=False))
    else:
        import yaml

        click.echo(yaml.safe_dump(data, sort_keys=False, allow_unicode=True), nl=False)


def use_colour(stream: Any = None) -> bool:
    """Whether ``stream`` (stdout) may be coloured: a terminal, and nobody said no."""
    context = click.get_current_context(silent=True)
    while context is not None:
        if context.color is False:
            return False
        context = context.parent
    if os.environ.get("NO_COLOR") or os.environ.get("TERM") == "dumb":
        return False
    return bool((stream or sys.stdout).isatty())


def write_table(columns: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    """Print left-aligned columns as wide as their content; cells may hold ``click.style`` codes."""
    if not rows:
        return
    plain = [[click.unstyle(cell) for cell in row] for row in rows]
    widths = [
        max(_width(head), *(_width(row[place]) for row in plain))
        for place, head in enumerate(columns)
    ]
    click.echo(
        _line([click.style(head, bold=True) for head in columns], widths), color=use_colour()
    )
    for row in rows:
        click.echo(_line(row, widths), color=use_colour())


def _line(cells: Sequence[str], widths: Sequence[int]) -> str:
    padded = [
        cell + " " * (width - _width(click.unstyle(cell)))
        for cell, width in zip(cells, widths, strict=True)
    ]
    return "  ".join(padded).rstrip()


def _width(text: str) -> int:
    """Columns that ``text`` takes on a terminal; wide East Asian signs take two."""
    if text.isascii():
        return len(text)
    from unicodedata import east_asian_width

    return sum(2 if east_asian_width(sign) in "WF" else 1 for sign in text)
