"""``wt graph``: the graph of work as text, Mermaid, DOT, SVG or JSON."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from worldtree.cli.build_application import application
from worldtree.cli.command import Command
from worldtree.cli.options import document_options, pipeline_option, selection_options

if TYPE_CHECKING:
    from worldtree.app.requests import Selection


@click.command(cls=Command)
@document_options
@pipeline_option
@selection_options
@click.option(
    "-o",
    "--output",
    type=click.Choice(["text", "mermaid", "dot", "svg", "json"]),
    default="text",
    show_default=True,
    help="Form of the drawing.",
)
def graph(
    file: Path,
    cluster: str | None,
    pipeline: str,
    selection: Selection,
    output: str,
) -> None:
    """Draw the graph of work.

    The drawing goes to stdout: `wt graph -o svg > graph.svg`.
    """
    from worldtree.app.documents.drawing import draw
    from worldtree.cli.error_output import show_diagnostics

    planned = application().documents.plan(file, cluster, pipeline, selection)
    show_diagnostics(planned.diagnostics)
    click.echo(draw(planned.plan, output), nl=False)
