"""``wt diff``: what changed between two bundles, as a person wants to read it."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path

import click

from worldtree.cli.build_application import application
from worldtree.cli.command import Command
from worldtree.cli.output import output_option, write_data
from worldtree.core.errors import ExitCode


@click.command(
    cls=Command,
    exit_codes={
        ExitCode.INPUT: "a directory is no bundle",
        ExitCode.REFUSED: "the plan of a bundle was edited or is of another version",
    },
)
@click.argument("old", type=click.Path(path_type=Path, exists=True, file_okay=False))
@click.argument("new", type=click.Path(path_type=Path, exists=True, file_okay=False))
@output_option
def diff(old: Path, new: Path, output: str) -> None:
    """Show what changed between two bundles.

    Nodes added, removed and changed with their old and new values, hosts, groups and variables,
    the nodes whose input changed on a host, and the files behind them. OLD and NEW are directories
    that `wt compile` wrote.
    """
    found = application().documents.diff(old, new)
    if output == "table":
        from worldtree.app.documents.document_service import diff_text

        click.echo(diff_text(found), nl=False)
    else:
        write_data(asdict(found), output)
