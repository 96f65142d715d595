"""``wt plan``: show what would run."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from worldtree.cli.build_application import application
from worldtree.cli.command import Command
from worldtree.cli.options import (
    pipeline_options,
    request_options,
    selection_options,
)
from worldtree.cli.output import output_option, write_data
from worldtree.cli.vault_password import ask_vault_option

if TYPE_CHECKING:
    from worldtree.app.documents.document_request import DocumentRequest
    from worldtree.app.requests import Selection
    from worldtree.plan.pipeline_request import PipelineRequest


@click.command(cls=Command)
@request_options
@pipeline_options
@selection_options
@ask_vault_option
@output_option
def plan(
    request: DocumentRequest,
    pipeline: PipelineRequest,
    selection: Selection,
    output: str,
) -> None:
    """Show what would run: layers, nodes, hosts.

    Also shows which nodes can be undone: reversible nodes restore the previous state, compensable
    nodes undo their effect as far as possible, irreversible nodes cannot be undone. Contacts no
    host and writes nothing.
    """
    from worldtree.app.views.plans import plan_view, team_config_view
    from worldtree.cli.config_lines import config_lines
    from worldtree.cli.error_output import show_diagnostics
    from worldtree.cli.plan_table import write_plan

    planned = application().documents.plan(request, pipeline, selection)
    show_diagnostics(planned.diagnostics)
    if output == "table":
        write_plan(planned.plan)
        for line in config_lines(team_config_view(planned.config)):
            click.echo(line)
    else:
        write_data(plan_view(planned.plan), output)
