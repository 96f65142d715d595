"""``wt audit``: who did what to the state, and when."""

from __future__ import annotations

import click

from worldtree.cli.build_application import application
from worldtree.cli.command import Command
from worldtree.cli.output import output_option, write_data


@click.command(cls=Command)
@click.option("--cluster", metavar="NAME", help="Only what was done to this cluster.")
@click.option(
    "--limit",
    type=click.IntRange(min=1),
    metavar="N",
    default=50,
    show_default=True,
    help="At most so many entries, the newest.",
)
@output_option
def audit(cluster: str | None, limit: int, output: str) -> None:
    """Show who did what, and when.

    Tasks begun, cancelled and undone, clusters taken over or freed, tasks deleted or rebuilt; the
    newest first. Entries are never changed, and stay when their task is deleted.
    """
    from worldtree.cli.table import write_table
    from worldtree.cli.task_list import format_time
    from worldtree.results.json_view import utc_text

    found = application().history.audit(cluster, limit)
    if output != "table":
        items = [
            {
                "time": utc_text(entry.time),
                "who": entry.who,
                "what": entry.what,
                "cluster": entry.cluster,
                "task_id": entry.task,
                "detail": entry.detail,
            }
            for entry in found
        ]
        write_data({"items": items}, output)
    elif found:
        rows = [
            [format_time(e.time), e.what, e.cluster or "", e.task or "", e.who, e.detail]
            for e in found
        ]
        write_table(
            ["TIME", "WHAT", "CLUSTER", "TASK", "WHO", "DETAIL"], rows, spare=["DETAIL", "CLUSTER"]
        )
    else:
        click.echo("nothing was done yet", err=True)
