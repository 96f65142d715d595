"""``wt graph``: draw the graph of nodes as text, Mermaid, DOT, SVG or JSON."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from worldtree.cli.build_application import application
from worldtree.cli.command import Command
from worldtree.cli.options import (
    document_options,
    extra_vars_option,
    inventory_option,
    pipeline_options,
    selection_options,
)
from worldtree.cli.vault_password import ask_vault_option

if TYPE_CHECKING:
    from worldtree.app.requests import Selection
    from worldtree.plan.pipeline_request import PipelineRequest


@click.command(cls=Command)
@document_options
@pipeline_options
@selection_options
@extra_vars_option
@inventory_option
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
    file: Path,
    cluster: str | None,
    pipeline: PipelineRequest,
    selection: Selection,
    extra_vars: dict[str, Any],
    inventories: tuple[str, ...],
    output: str,
) -> None:
    """Draw the graph of nodes.

    Writes to stdout, for example `wt graph -o svg > graph.svg`.
    """
    from worldtree.app.documents.drawing import draw
    from worldtree.cli.error_output import show_diagnostics

    planned = application().documents.plan(
        file, cluster, pipeline, selection, extra_vars, inventories
    )
    show_diagnostics(planned.diagnostics)
    click.echo(draw(planned.plan, output), nl=False)
