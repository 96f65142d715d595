"""``wt --server URL audit``: the audit log of a project of a service."""

from __future__ import annotations

import click

from worldtree.cli.output import write_data
from worldtree.cli.remote.connect import open_service


def audit(*, cluster: str | None, limit: int, output: str) -> None:
    """Show the audit log, newest first."""
    from worldtree.cli.task_list import write_audit

    found = open_service().audit(cluster, limit)
    if output != "table":
        write_data({"items": found}, output)
    elif found:
        write_audit(found)
    else:
        click.echo("no entries yet", err=True)
