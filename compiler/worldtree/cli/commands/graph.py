"""``wt graph``: the graph of work as text, Mermaid, DOT, SVG or JSON."""

from __future__ import annotations

from pathlib import Path

import click

from worldtree.cli.application import application
from worldtree.cli.options import document_option, selection_options


@click.command()
@document_option
@click.option("--pipeline", default="create-cluster", show_default=True, help="Which pipeline.")
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
    """Draw the graph of work."""
    from worldtree.app.drawing import draw
    from worldtree.app.requests import Selection
    from worldtree.cli.problems import show_diagnostics

    compiled = application().authoring.plan(
        file, cluster, pipeline, Selection(only, since, until, hosts)
    )
    show_diagnostics(compiled.diagnostics)
    click.echo(draw(compiled.plan, output), nl=False)
