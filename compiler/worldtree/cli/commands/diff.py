"""``wt diff``: show what changed between two bundles."""

from __future__ import annotations

from pathlib import Path

import click

from worldtree.cli.build_application import application
from worldtree.cli.command import Command
from worldtree.cli.output import output_option, write_data
from worldtree.core.errors import ExitCode


@click.command(
    cls=Command,
    exit_codes={
        ExitCode.INPUT: "a directory is not a bundle",
        ExitCode.REFUSED: "the plan of a bundle was edited or has another version",
    },
)
@click.argument("old", type=click.Path(path_type=Path, exists=True, file_okay=False))
@click.argument("new", type=click.Path(path_type=Path, exists=True, file_okay=False))
@output_option
def diff(old: Path, new: Path, output: str) -> None:
    """Show what changed between two bundles.

    Lists added, removed and changed nodes with old and new values, hosts, groups and variables,
    nodes whose input changed per host, changed files, and files that were edited after a bundle was
    compiled. OLD and NEW are directories that `wt compile` wrote.
    """
    from worldtree.app.views.plans import bundle_diff_view

    found = application().documents.diff(old, new)
    if output == "table":
        from worldtree.app.documents.document_service import diff_text

        click.echo(diff_text(found), nl=False)
    else:
        write_data(bundle_diff_view(found), output)
