"""``wt drift``: show where hosts differ from the document."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from worldtree.cli.build_application import application
from worldtree.cli.command import Command
from worldtree.cli.options import (
    request_options,
    selection_options,
)
from worldtree.cli.output import count, output_option, write_data
from worldtree.cli.vault_password import ask_vault_option
from worldtree.core.errors import ExitCode
from worldtree.core.text import and_more
from worldtree.plan.ids import without_pipeline

if TYPE_CHECKING:
    from worldtree.app.documents.document_request import DocumentRequest
    from worldtree.app.requests import Selection
    from worldtree.app.tasks.drift import DriftReport

#: Nodes that a line names.
_MAX_NODES = 10
#: Reports that the history shows.
_MAX_REPORTS = 100


@click.command(
    cls=Command,
    exit_codes={
        ExitCode.OK: "no difference, and the coverage is at least --min-coverage",
        ExitCode.PARTIAL: "a difference, or lower coverage",
        ExitCode.REFUSED: "refused: cluster locked by another task",
        ExitCode.CANCELLED: "cancelled by Ctrl-C or SIGTERM",
    },
)
@request_options
@selection_options
@ask_vault_option
@click.option(
    "--min-coverage",
    type=click.IntRange(min=1, max=100),
    metavar="PERCENT",
    default=100,
    show_default=True,
    help="Minimum coverage for exit code 0, in percent of all nodes on hosts.",
)
@click.option("--wait", is_flag=True, help="Wait while another task holds the cluster.")
@click.option(
    "--history",
    is_flag=True,
    help="Show what was found before instead, newest first, without looking at any host.",
)
@output_option
def drift(
    request: DocumentRequest,
    min_coverage: int,
    wait: bool,
    history: bool,
    output: str,
    selection: Selection,
) -> int:
    """Show where hosts differ from the document.

    Changes nothing. Uses Ansible's check mode for nodes that support it, and the `verify` entry of
    components and roles for the others. What could not be checked is listed as unknown and never
    counts as clean: the coverage is the share that was checked, and below --min-coverage the exit
    code is not 0, even without a difference. With a selection, both are about the selected part,
    and the result says how much was not looked at.
    """
    if history:
        return _show_history(request, output)
    from worldtree.app.views.hosts import drift_view
    from worldtree.cli.error_output import show_diagnostics
    from worldtree.cli.run_command import observe_task

    service = application().drift
    prepared = service.prepare(request, selection)
    show_diagnostics(prepared.diagnostics)
    with observe_task(prepared.plan.layers, wait=wait) as observer:
        found = service.detect(prepared, request.file, observer)
    if output == "table":
        _show(found, min_coverage)
    else:
        write_data(drift_view(found, min_coverage), output)
    if found.cancelled:
        return ExitCode.CANCELLED
    if found.differs or found.coverage < min_coverage:
        return ExitCode.PARTIAL
    return ExitCode.OK


def _show_history(request: DocumentRequest, output: str) -> int:
    from worldtree.app.views.drift_reports import drift_summaries_view
    from worldtree.cli.table import write_table
    from worldtree.results.json_view import utc_text

    app = application()
    cluster, _ = app.facts.resolve_cluster(request)
    found = app.drift.history.newest(cluster, _MAX_REPORTS)
    if output != "table":
        write_data(drift_summaries_view(found), output)
    elif found:
        rows = [
            (
                utc_text(one.time) or "",
                one.status,
                str(one.differing),
                f"{one.checked} of {one.total}",
                one.task,
            )
            for one in found
        ]
        write_table(["TIME", "STATUS", "DIFFER", "CHECKED", "TASK"], rows)
    else:
        click.echo(f"drift of `{cluster}` was never looked for", err=True)
    return ExitCode.OK


def _show(found: DriftReport, min_coverage: int) -> None:
    from worldtree.cli.file_diffs import coloured_diff
    from worldtree.cli.terminal import use_colour

    for one in found.differs:
        click.echo(f"differs  {without_pipeline(one.node)} on {one.host}: {one.why}")
        for task in one.result.tasks:
            for line in coloured_diff(task.result):
                click.echo(f"  {line}", color=use_colour())
    for one in found.unknown:
        click.echo(f"unknown  {without_pipeline(one.node)} on {one.host}: {one.why}")
    click.echo(_summary(found))
    for line in _not_looked_at(found):
        click.echo(line)
    if found.coverage < min_coverage:
        click.echo(
            f"the coverage of {found.coverage} % is below the required {min_coverage} % "
            "(--min-coverage)",
            err=True,
        )


def _not_looked_at(found: DriftReport) -> list[str]:
    """Return lines on what a selection left out."""
    lines = []
    if found.not_selected:
        whole = found.pairs + found.not_selected
        lines.append(f"not selected: {found.not_selected} of {whole} nodes on hosts, not looked at")
    if found.in_part:
        named = and_more(tuple(map(without_pipeline, found.in_part)), _MAX_NODES)
        lines.append(f"looked at in part only, since tags select some tasks: {named}")
    return lines


def _summary(found: DriftReport) -> str:
    """Return the summary in one line; only a cluster with full coverage is clean."""
    outcome = {
        "drift": count(len(found.differs), "difference"),
        "clean": "clean",
        "incomplete": "no difference found",
    }[found.status]
    return (
        f"{found.cluster}: {outcome}; coverage {found.coverage} % "
        f"({found.checked_pairs} of {found.pairs} nodes on hosts)"
    )
