"""Options that several commands share, so that one word means one thing everywhere."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from pathlib import Path
from typing import Any, TypeVar, cast

import click

from worldtree.cli.command import HintedUsageError
from worldtree.plan.pipeline_names import BUILTIN_PIPELINES, CREATE_CLUSTER

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
    default=CREATE_CLUSTER,
    show_default=True,
    help=f"Which pipeline: {', '.join(BUILTIN_PIPELINES)}, or that of a package.",
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
    click.option(
        "--tags",
        multiple=True,
        metavar="TAG,…",
        help="Only the nodes with any of these tags, and those tagged `always`; may be repeated.",
    ),
)


def duration_seconds(_context: click.Context, _parameter: click.Parameter, value: str) -> float:
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
    """Add ``--only --since --until --hosts --tags``, which choose a part of the graph.

    The function gets them as one ``Selection``.
    """

    @wraps(function)
    def with_selection(
        *args: Any,
        only: tuple[str, ...],
        since: tuple[str, ...],
        until: tuple[str, ...],
        hosts: tuple[str, ...],
        tags: tuple[str, ...],
        **more: Any,
    ) -> Any:
        from worldtree.app.requests import Selection

        named = tuple(tag.strip() for listed in tags for tag in listed.split(",") if tag.strip())
        if tags and not named:
            raise HintedUsageError("--tags names no tag", hint="write `--tags deploy,restart`")
        selection = Selection(only, since, until, hosts, named)
        return function(*args, selection=selection, **more)

    for option in reversed(_selection):
        with_selection = option(with_selection)
    return cast("F", with_selection)


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
