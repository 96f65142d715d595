"""``wt validate``: everything that is wrong with a document, in one go."""

from __future__ import annotations

from pathlib import Path

import click

from worldtree.cli.application import application
from worldtree.cli.options import DEFAULT_DOCUMENT
from worldtree.cli.output import output_option, write_data
from worldtree.errors import ExitCode


@click.command()
@click.option(
    "-f",
    "--file",
    "file",
    type=click.Path(path_type=Path, dir_okay=False),
    default=DEFAULT_DOCUMENT,
    show_default=True,
    help="The cluster document.",
)
@click.option("--strict", is_flag=True, help="Let warnings fail too.")
@output_option
def validate(file: Path, strict: bool, output: str) -> int:
    """Check a document; touch nothing.

    Reports every problem with its place, why it is one, and how to mend it. Exit code 2 when there
    is an error.
    """
    from worldtree.cli.problems import show_diagnostics
    from worldtree.spec.diagnostics_text import as_dict, distinct

    planned, found = application().authoring.validate(file)
    wrong = any(d.is_error or strict for d in found)
    if output == "table":
        show_diagnostics(found)
        for one in planned:
            nodes = one.plan.graph.nodes
            click.echo(
                f"{one.cluster.name}: valid, {len(one.plan.hosts)} hosts, {len(nodes)} nodes"
            )
    else:
        write_data({"valid": not wrong, "items": [as_dict(d) for d in distinct(found)]}, output)
    return ExitCode.INPUT if wrong else ExitCode.OK
