"""``wt apply``, ``wt verify``, ``wt destroy``: run a pipeline and show what became of it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from worldtree.cli.options import document_option, selection_options, yes_option
from worldtree.cli.output import output_option
from worldtree.cli.running import run_pipeline


def _running_options(function: Any) -> Any:
    """Add the options that every command which runs something has."""
    for option in (
        click.option(
            "--events",
            type=click.Choice(["jsonl"]),
            help="Stream every event on stdout instead of the result.",
        ),
        click.option(
            "--connect-timeout",
            type=click.FloatRange(min=0.1),
            metavar="SECONDS",
            help="How long a host may take to answer the connection check.",
        ),
        click.option(
            "--forks", type=click.IntRange(min=1), help="Hosts that one run works on at once."
        ),
    ):
        function = option(function)
    return output_option(yes_option(document_option(function)))


@click.command()
@click.option(
    "--dir",
    "directory",
    type=click.Path(path_type=Path, file_okay=False),
    help="Run this reviewed bundle instead of compiling a document.",
)
@selection_options
@_running_options
def apply(
    directory: Path | None,
    only: tuple[str, ...],
    since: tuple[str, ...],
    until: tuple[str, ...],
    hosts: tuple[str, ...],
    **running: Any,
) -> int:
    """Compile and run, or run a reviewed bundle.

    Shows the plan and asks first. With --dir, exactly the reviewed bundle is run; an edited one, or
    one whose document has changed since, is refused.

    \b
    Exit codes: 0 all done, 1 failed, 2 the input is wrong, 3 partly done,
    4 refused, 130 cancelled.
    """
    from worldtree.app.requests import Selection

    selection = Selection(only, since, until, hosts)
    if directory is not None and selection:
        raise click.UsageError("--dir runs the whole reviewed bundle; it takes no selection.")
    return run_pipeline("create-cluster", selection, directory=directory, **running)


@click.command()
@_running_options
def verify(**running: Any) -> int:
    """Check that a running cluster is as described.

    Runs the `verify` entry of every component and role; changes nothing that stays.
    """
    from worldtree.app.requests import Selection

    return run_pipeline("verify", Selection(), **running)


@click.command()
@_running_options
def destroy(**running: Any) -> int:
    """Take the cluster's services off its hosts.

    Runs the `remove` entry of every component and role, in the reverse of the order of creation.
    """
    from worldtree.app.requests import Selection

    return run_pipeline("destroy-cluster", Selection(), **running)
