"""Options that several commands share, so that one word means one thing everywhere."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import click

F = TypeVar("F", bound=Callable[..., Any])

#: The document when ``-f`` is not given.
DEFAULT_DOCUMENT = Path("cluster.yaml")

_file = click.option(
    "-f",
    "--file",
    "file",
    type=click.Path(path_type=Path, dir_okay=False),
    default=DEFAULT_DOCUMENT,
    show_default=True,
    help="The cluster document.",
)
_cluster = click.option(
    "--cluster",
    metavar="NAME",
    help="Which cluster, when the file holds several documents.",
)
_pipeline = click.option(
    "--pipeline",
    metavar="NAME",
    default="create-cluster",
    show_default=True,
    help="Which pipeline: create-cluster, verify or destroy-cluster.",
)
_selection = (
    click.option(
        "--only",
        multiple=True,
        metavar="PATTERN",
        help="Only the nodes that match, such as `etcd/*`; may be repeated, as the next three.",
    ),
    click.option(
        "--since",
        multiple=True,
        metavar="PATTERN",
        help="Only these nodes and everything after them.",
    ),
    click.option(
        "--until",
        multiple=True,
        metavar="PATTERN",
        help="Only these nodes and everything before them.",
    ),
    click.option("--hosts", multiple=True, metavar="HOST", help="Only on these hosts."),
)


def as_seconds(_context: click.Context, _parameter: click.Parameter, value: str) -> float:
    """Read an option such as ``30d``, for use as its callback."""
    from worldtree.spec.durations import parse_duration

    try:
        return parse_duration(value)
    except ValueError as problem:
        raise click.BadParameter(f"{problem}; write it like 30d, 12h or 1h30m") from problem


def file_option(function: F) -> F:
    """Add ``-f FILE``."""
    return _file(function)


def document_options(function: F) -> F:
    """Add ``-f FILE`` and ``--cluster NAME``."""
    return _file(_cluster(function))


def pipeline_option(function: F) -> F:
    """Add ``--pipeline NAME``."""
    return _pipeline(function)


def selection_options(function: F) -> F:
    """Add ``--only --since --until --hosts``, which choose a part of the graph."""
    for option in reversed(_selection):
        function = option(function)
    return function


def yes_option(function: F) -> F:
    """Add ``--yes``, which answers the one question that a command asks."""
    return click.option(
        "-y", "--yes", is_flag=True, help="Do not ask; needed where nobody can be asked."
    )(function)


def node_option(function: F) -> F:
    """Add ``--node PATTERN``."""
    return click.option(
        "--node",
        metavar="PATTERN",
        help="Only the nodes that match, such as `etcd/*` or `etcd/install/binary`.",
    )(function)
