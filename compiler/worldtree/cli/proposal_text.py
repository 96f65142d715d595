"""Shows plans that wait for approvals; each function gets what ``app/views`` returns."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import click

from worldtree.cli.output import write_data
from worldtree.cli.table import write_table
from worldtree.cli.time_text import shown_time


def show_proposals(found: Mapping[str, Any], output: str) -> None:
    """Print a page of plans."""
    if output != "table":
        write_data(found, output)
        return
    rows = [
        [
            one["id"],
            one["cluster"],
            one["pipeline"],
            one["status"],
            ", ".join(one["missing"]),
            one["requested_by"],
            shown_time(one["created"]),
        ]
        for one in found["items"]
    ]
    columns = ["ID", "CLUSTER", "PIPELINE", "STATUS", "MISSING", "REQUESTED BY", "CREATED"]
    write_table(columns, rows, spare=["CREATED", "PIPELINE"])


def show_accepted(found: Mapping[str, Any], output: str) -> None:
    """Print the task that was asked for."""
    if output == "table":
        click.echo(f"task {found['task_id']}: {found['status']}")
    else:
        write_data(found, output)


def show_rules(found: Mapping[str, Any], output: str) -> None:
    """Print the rules of a project."""
    if output != "table":
        write_data(found, output)
        return
    whose = "one's own counts" if found["own"] else "one's own does not count"
    click.echo(f"approvals required: {found['required']}, {whose}")


def show_proposal(found: Mapping[str, Any], output: str) -> None:
    """Print a plan: nodes, approvals, what has changed since."""
    from worldtree.app.views.text import clean

    if output != "table":
        write_data(found, output)
        return
    graph = found["graph"] or {"nodes": []}
    rows = [
        [str(one["layer"]), one["id"], ", ".join(one["hosts"]), one["reversibility"]]
        for one in graph["nodes"]
    ]
    write_table(["LAYER", "NODE", "HOSTS", "UNDO"], rows)
    click.echo(f"plan {found['id']} of {found['cluster']}, {found['pipeline']}: {found['status']}")
    for line in [*(f"missing: {one}" for one in found["missing"]), *found["changes"]]:
        click.echo(clean(line))
    for one in found["decisions"]:
        comment = f": {one['comment']}" if one["comment"] else ""
        click.echo(clean(f"{one['what']} by {one['who']} at {one['time']}{comment}"))
    if found["task_id"]:
        click.echo(f"task: {found['task_id']}")
