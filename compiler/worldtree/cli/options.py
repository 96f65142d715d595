"""Options that several commands share, so that one word means one thing everywhere."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import click

F = TypeVar("F", bound=Callable[..., Any])

#: The document when ``-f`` is not given.
DEFAULT_DOCUMENT = Path("cluster.yaml")


def document_option(function: F) -> F:
    """Add ``-f FILE`` and ``--cluster NAME``."""
    function = click.option(
        "--cluster",
        metavar="NAME",
        help="Which cluster, when the file holds several documents.",
    )(function)
    return click.option(
        "-f",
        "--file",
        "file",
        type=click.Path(path_type=Path, dir_okay=False),
        default=DEFAULT_DOCUMENT,
        show_default=True,
        help="The cluster document.",
    )(function)


def selection_options(function: F) -> F:
    """Add ``--only --since --until --hosts``, which choose a part of the graph."""
    for name, text in reversed(
        (
            ("only", "Only nodes that match PATTERN, e.g. `etcd/*`."),
            ("since", "Only these nodes and everything after them."),
            ("until", "Only these nodes and everything before them."),
        )
    ):
        function = click.option(f"--{name}", multiple=True, metavar="PATTERN", help=text)(function)
    return click.option(
        "--hosts", multiple=True, metavar="HOST", help="Only on these hosts; may be repeated."
    )(function)


def yes_option(function: F) -> F:
    """Add ``--yes``, which answers the one question that a command asks."""
    return click.option("-y", "--yes", is_flag=True, help="Do not ask for confirmation.")(function)
