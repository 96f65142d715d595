"""``wt graph``: draw the graph of nodes as text, Mermaid, DOT, SVG or JSON."""

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
@click.option(
    "-o",
    "--output",
    type=click.Choice(["text", "mermaid", "dot", "svg", "json"]),
    default="text",
    show_default=True,
    help="Format of the drawing.",
)
def graph(
    request: DocumentRequest,
    pipeline: PipelineRequest,
    selection: Selection,
    output: str,
) -> None:
    """Draw the graph of nodes.

    Writes to stdout, for example `wt graph -o svg > graph.svg`.
    """
    from worldtree.app.documents.drawing import draw
    from worldtree.cli.error_output import show_diagnostics

    planned = application().documents.plan(request, pipeline, selection)
    show_diagnostics(planned.diagnostics)
    click.echo(draw(planned.plan, output), nl=False)
