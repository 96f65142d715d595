"""Writes data on stdout in the requested format; messages go to stderr."""

from __future__ import annotations

import json
from collections.abc import Callable
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
        help="Format of the data on stdout.",
    )(function)


def write_data(data: Any, form: str) -> None:
    """Print ``data`` (JSON-ready) as JSON or YAML."""
    if form == "json":
        click.echo(json.dumps(data, indent=2, ensure_ascii=False))
    else:
        import yaml

        click.echo(yaml.safe_dump(data, sort_keys=False, allow_unicode=True), nl=False)


def count(number: int, word: str, many: str = "") -> str:
    """Return ``1 host`` or ``3 hosts``; ``many`` is an irregular plural."""
    return f"{number:,} {word}" if number == 1 else f"{number:,} {many or f'{word}s'}"
