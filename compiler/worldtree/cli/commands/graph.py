"""``wt graph``: the graph of work as text, Mermaid, DOT, SVG or JSON."""

from __future__ import annotations

from pathlib import Path

import click

from worldtree.cli.application import application
from worldtree.cli.command import Command
from worldtree.cli.options import document_options, pipeline_option, selection_options


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
    only: tuple[str, ...],
    since: tuple[str, ...],
    until: tuple[str, ...],
    hosts: tuple[str, ...],
    output: str,
) -> None:
    """Draw the graph of work.

    The drawing goes to stdout: `wt graph -o svg > graph.svg`.
    """
    from worldtree.app.drawing import draw
    from worldtree.app.requests import Selection
    from worldtree.cli.problems import show_diagnostics

    planned = application().authoring.plan(
        file, cluster, pipeline, Selection(only, since, until, hosts)
    )
    show_diagnostics(planned.diagnostics)
    click.echo(draw(planned.plan, output), nl=False)
