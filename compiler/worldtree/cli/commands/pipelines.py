"""``wt pipelines``: the pipelines that `--pipeline` can name."""

from __future__ import annotations

import click

from worldtree.cli.build_application import application
from worldtree.cli.command import Group
from worldtree.cli.completions import complete_pipeline
from worldtree.cli.output import output_option, write_data
from worldtree.cli.table import write_table


@click.group(cls=Group)
def pipelines() -> None:
    """Show the pipelines and their parameters.

    They are what `--pipeline` can name, those of packages included.
    """


@pipelines.command("list")
@output_option
def list_(output: str) -> None:
    """List all pipelines with their parameters.

    A parameter without `=` is required. `wt pipelines show NAME` describes the parameters.
    """
    from worldtree.app.views.documents import pipeline_list_view
    from worldtree.cli.pipeline_text import parameter_words

    found = application().reference.list_pipelines()
    if output != "table":
        write_data(pipeline_list_view(found), output)
        return
    write_table(
        ["PIPELINE", "FROM", "PARAMETERS", "SUMMARY"],
        [
            [one.name, one.origin, ", ".join(map(parameter_words, one.parameters)), one.summary]
            for one in found
        ],
        spare=["FROM"],
    )


@pipelines.command()
@click.argument("pipeline", metavar="NAME", shell_complete=complete_pipeline)
@output_option
def show(pipeline: str, output: str) -> None:
    """Show a pipeline: its parameters, its components, and what its plan depends on."""
    from worldtree.app.views.documents import pipeline_view
    from worldtree.cli.pipeline_text import write_pipeline

    found = application().reference.describe_pipeline(pipeline)
    if output == "table":
        write_pipeline(found)
    else:
        write_data(pipeline_view(found), output)
