"""``wt drift``: show where hosts differ from the document."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from worldtree.cli.build_application import application
from worldtree.cli.command import Command
from worldtree.cli.options import document_options
from worldtree.cli.output import count, output_option, write_data
from worldtree.core.errors import ExitCode

if TYPE_CHECKING:
    from worldtree.app.tasks.drift import DriftFinding, DriftReport


@click.command(
    cls=Command,
    exit_codes={
        ExitCode.OK: "nothing differs, and as much was looked at as --min-coverage asks for",
        ExitCode.PARTIAL: "something differs, or less could be looked at than that",
        ExitCode.REFUSED: "refused: another task holds the cluster",
        ExitCode.CANCELLED: "cancelled by Ctrl-C or SIGTERM",
    },
)
@document_options
@click.option(
    "--min-coverage",
    type=click.IntRange(min=1, max=100),
    metavar="PERCENT",
    default=100,
    show_default=True,
    help="How much must have been looked at for exit code 0, in percent of all nodes on hosts.",
)
@click.option("--wait", is_flag=True, help="Wait for another task that holds the cluster.")
@output_option
def drift(file: Path, cluster: str | None, min_coverage: int, wait: bool, output: str) -> int:
    """Show where hosts differ from the document.

    Changes nothing. Looks by Ansible's check mode where a node knows it, and by the `verify` of
    components and roles elsewhere. What could not be looked at is listed as unknown, and is never
    called clean: the coverage says how much was looked at, and with less than --min-coverage the
    exit code is not 0 even when nothing is found to differ.
    """
    from worldtree.cli.error_output import show_diagnostics
    from worldtree.cli.run_command import observe_task

    service = application().drift
    prepared = service.prepare(file, cluster)
    show_diagnostics(prepared.diagnostics)
    with observe_task(prepared.plan.layers, wait=wait) as observer:
        found = service.look(prepared, file, observer)
    if output == "table":
        _show(found, min_coverage)
    else:
        write_data(drift_json(found, min_coverage), output)
    if found.cancelled:
        return ExitCode.CANCELLED
    if found.differs or found.coverage < min_coverage:
        return ExitCode.PARTIAL
    return ExitCode.OK


def drift_json(found: DriftReport, min_coverage: int) -> dict[str, Any]:
    """Return the findings as JSON data."""
    return {
        "cluster": found.cluster,
        "tasks": list(found.tasks),
        "status": found.status,
        "coverage": found.coverage,
        "min_coverage": min_coverage,
        "pairs": found.pairs,
        "differs": [{**_pair(one), "diff": _diff(one)} for one in found.differs],
        "unknown": [_pair(one) for one in found.unknown],
    }


def _pair(one: DriftFinding) -> dict[str, str]:
    return {"node": one.node, "host": one.host, "why": one.why}


def _diff(one: DriftFinding) -> list[str]:
    from worldtree.cli.file_diffs import diff_lines

    return [click.unstyle(line) for task in one.result.tasks for line in diff_lines(task.result)]


def _show(found: DriftReport, min_coverage: int) -> None:
    from worldtree.cli.file_diffs import diff_lines
    from worldtree.cli.progress.style import short_id
    from worldtree.cli.terminal import use_colour

    for one in found.differs:
        click.echo(f"differs  {short_id(one.node)} on {one.host}: {one.why}")
        for task in one.result.tasks:
            for line in diff_lines(task.result):
                click.echo(f"  {line}", color=use_colour())
    for one in found.unknown:
        click.echo(f"unknown  {short_id(one.node)} on {one.host}: {one.why}")
    click.echo(_summary(found))
    if found.coverage < min_coverage:
        click.echo(
            f"too little was looked at: {found.coverage} % where {min_coverage} % are asked for "
            "(--min-coverage)",
            err=True,
        )


def _summary(found: DriftReport) -> str:
    """Return one line; it says clean only of a cluster that was looked at whole."""
    said = {
        "drift": count(len(found.differs), "difference"),
        "clean": "clean",
        "incomplete": "no difference in what was looked at",
    }[found.status]
    return (
        f"{found.cluster}: {said}; looked at {found.coverage} % "
        f"({found.checked_pairs} of {found.pairs} nodes on hosts)"
    )
