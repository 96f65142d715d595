"""``wt audit``: the audit log of the state."""

from __future__ import annotations

import click

from worldtree.cli.build_application import application
from worldtree.cli.command import Command
from worldtree.cli.output import output_option, write_data


@click.command(cls=Command)
@click.option("--cluster", metavar="NAME", help="Only entries of this cluster.")
@click.option(
    "--limit",
    type=click.IntRange(min=1),
    metavar="N",
    default=50,
    show_default=True,
    help="Maximum of entries, newest first.",
)
@output_option
def audit(cluster: str | None, limit: int, output: str) -> None:
    """Show the audit log.

    Lists who started, cancelled and rolled back tasks, unlocked clusters, and deleted or rebuilt
    tasks; newest first. Entries are never changed and remain when their task is deleted.
    """
    from worldtree.app.views.tasks import audit_view
    from worldtree.cli.table import write_table
    from worldtree.cli.task_list import format_time

    found = application().history.audit(cluster, limit)
    if output != "table":
        write_data(audit_view(found), output)
    elif found:
        rows = [
            [format_time(e.time), e.what, e.cluster or "", e.task or "", e.who, e.detail]
            for e in found
        ]
        write_table(
            ["TIME", "WHAT", "CLUSTER", "TASK", "WHO", "DETAIL"], rows, spare=["DETAIL", "CLUSTER"]
        )
    else:
        click.echo("no entries yet", err=True)
