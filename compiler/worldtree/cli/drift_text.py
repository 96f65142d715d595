"""Shows reports of drift; each function gets what ``app/views`` returns."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import click

from worldtree.cli.file_diffs import coloured_lines
from worldtree.cli.output import count, write_data
from worldtree.cli.table import write_table
from worldtree.cli.terminal import use_colour
from worldtree.core.errors import ExitCode
from worldtree.core.text import and_more
from worldtree.plan.ids import without_pipeline

#: Nodes that a line names.
_MAX_NODES = 10


def show_report(view: Mapping[str, Any], output: str, *, checked: int, cancelled: bool) -> int:
    """Print a report and return the exit code; ``checked`` are the pairs that could be checked."""
    if output == "table":
        _write(view, checked)
    else:
        write_data(view, output)
    if cancelled:
        return ExitCode.CANCELLED
    if view["differs"] or view["coverage"] < view["min_coverage"]:
        return ExitCode.PARTIAL
    return ExitCode.OK


def show_history(cluster: str, view: Mapping[str, Any], output: str) -> None:
    """Print reports without their details, newest first."""
    if output != "table":
        write_data(view, output)
    elif view["items"]:
        rows = [
            (
                one["time"] or "",
                one["status"],
                str(one["differing"]),
                f"{one['checked']} of {one['total']}",
                one["task_id"],
            )
            for one in view["items"]
        ]
        write_table(["TIME", "STATUS", "DIFFER", "CHECKED", "TASK"], rows)
    else:
        click.echo(f"drift of `{cluster}` was never looked for", err=True)


def _write(view: Mapping[str, Any], checked: int) -> None:
    for one in view["differs"]:
        click.echo(f"differs  {without_pipeline(one['node'])} on {one['host']}: {one['why']}")
        for line in coloured_lines(one["diff"]):
            click.echo(f"  {line}", color=use_colour())
    for one in view["unknown"]:
        click.echo(f"unknown  {without_pipeline(one['node'])} on {one['host']}: {one['why']}")
    click.echo(_summary(view, checked))
    for line in _not_looked_at(view):
        click.echo(line)
    coverage, wanted = view["coverage"], view["min_coverage"]
    if coverage < wanted:
        click.echo(
            f"the coverage of {coverage} % is below the required {wanted} % (--min-coverage)",
            err=True,
        )


def _not_looked_at(view: Mapping[str, Any]) -> list[str]:
    """Return lines on what a selection left out."""
    lines = []
    if left := view["not_selected"]:
        whole = view["pairs"] + left
        lines.append(f"not selected: {left} of {whole} nodes on hosts, not looked at")
    if view["in_part"]:
        named = and_more(tuple(map(without_pipeline, view["in_part"])), _MAX_NODES)
        lines.append(f"looked at in part only, since tags select some tasks: {named}")
    return lines


def _summary(view: Mapping[str, Any], checked: int) -> str:
    """Return the summary in one line; only a cluster with full coverage is clean."""
    outcome = {
        "drift": count(len(view["differs"]), "difference"),
        "clean": "clean",
        "incomplete": "no difference found",
    }[view["status"]]
    return (
        f"{view['cluster']}: {outcome}; coverage {view['coverage']} % "
        f"({checked} of {view['pairs']} nodes on hosts)"
    )
