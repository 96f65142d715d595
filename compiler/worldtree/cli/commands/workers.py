"""``wt workers``: the workers of all machines."""

from __future__ import annotations

import click

from worldtree.cli.build_application import application
from worldtree.cli.command import Command
from worldtree.cli.output import output_option, write_data
from worldtree.core.errors import ExitCode


@click.command(cls=Command, exit_codes={ExitCode.FAILED: "the database cannot be used"})
@click.option("--all", "gone", is_flag=True, help="Also show those that ended or were fenced.")
@output_option
def workers(gone: bool, output: str) -> None:
    """List the workers: their state, when they were last heard of, and their tasks."""
    from worldtree.app.views.workers import worker_list_view
    from worldtree.cli.worker_table import write_workers

    found = worker_list_view(application().workers.list_workers(gone=gone))
    if output != "table":
        write_data(found, output)
    elif found["items"]:
        write_workers(found["items"])
    else:
        click.echo("no worker is running: `wt serve` and `wt worker` start one", err=True)
