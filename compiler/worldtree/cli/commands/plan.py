"""``wt plan``: what would be run, before anything is."""

from __future__ import annotations

from pathlib import Path

import click

from worldtree.cli.application import application
from worldtree.cli.options import document_option, selection_options
from worldtree.cli.output import output_option, write_data


@click.command()
@document_option
@click.option("--pipeline", default="create-cluster", show_default=True, help="Which pipeline.")
@selection_options
@output_option
def plan(
    file: Path,
    cluster: str | None,
    pipeline: str,
    only: tuple[str, ...],
    since: tuple[str, ...],
    until: tuple[str, ...],
    hosts: tuple[str, ...],
    output: str,
) -> None:
    """Show what would be run: layers, nodes, hosts.

    Nothing is contacted and nothing is written. Exit code 2 when the document is wrong.
    """
    from worldtree.app.requests import Selection
    from worldtree.cli.plan_table import write_plan
    from worldtree.cli.problems import show_diagnostics

    compiled = application().authoring.plan(
        file, cluster, pipeline, Selection(only, since, until, hosts)
    )
    show_diagnostics(compiled.diagnostics)
    if output == "table":
        write_plan(compiled.plan)
    else:
        write_data(compiled.plan.model_dump(mode="json"), output)
