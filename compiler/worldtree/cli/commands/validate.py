"""``wt validate``: every problem of a document in one go."""

from __future__ import annotations

from pathlib import Path

import click

from worldtree.cli.build_application import application
from worldtree.cli.command import Command
from worldtree.cli.options import file_option
from worldtree.cli.output import count, output_option, write_data
from worldtree.core.errors import ExitCode


@click.command(
    cls=Command, exit_codes={ExitCode.INPUT: "there is an error, or with --strict a warning"}
)
@file_option
@click.option("--strict", is_flag=True, help="Let warnings fail too.")
@output_option
def validate(file: Path, strict: bool, output: str) -> int:
    """Check a document; touch nothing.

    Reports every problem of every document in the file: its place, why it is one, how to mend it.
    """
    from worldtree.cli.error_output import show_diagnostics
    from worldtree.spec.diagnostics_text import as_dict, deduplicated

    planned, found = application().documents.validate(file)
    wrong = any(d.is_error or strict for d in found)
    if output == "table":
        show_diagnostics(found)
        for one in planned:
            hosts, nodes = (
                count(len(one.plan.hosts), "host"),
                count(len(one.plan.graph.nodes), "node"),
            )
            click.echo(f"{one.cluster.name}: valid, {hosts}, {nodes}")
    else:
        write_data({"valid": not wrong, "items": [as_dict(d) for d in deduplicated(found)]}, output)
    return ExitCode.INPUT if wrong else ExitCode.OK
