"""``wt plan``: what would be run, before anything is."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from worldtree.cli.build_application import application
from worldtree.cli.command import Command
from worldtree.cli.options import document_options, pipeline_option, selection_options
from worldtree.cli.output import output_option, write_data

if TYPE_CHECKING:
    from worldtree.app.requests import Selection


@click.command(cls=Command)
@document_options
@pipeline_option
@selection_options
@output_option
def plan(
    file: Path,
    cluster: str | None,
    pipeline: str,
    selection: Selection,
    output: str,
) -> None:
    """Show what would be run: layers, nodes, hosts.

    Also which nodes can be undone: reversible ones restore the state before, compensable ones undo
    the effect as well as can be, irreversible ones have no way back. Nothing is contacted and
    nothing is written.
    """
    from worldtree.cli.error_output import show_diagnostics
    from worldtree.cli.plan_table import write_plan

    planned = application().documents.plan(file, cluster, pipeline, selection)
    show_diagnostics(planned.diagnostics)
    if output == "table":
        write_plan(planned.plan)
    else:
        write_data(planned.plan.model_dump(mode="json"), output)
