"""Shows a dry run as a table or as data."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from worldtree.app.tasks.run_reasons import hosts_by_reason
from worldtree.cli.build_application import application
from worldtree.cli.output import count, write_data
from worldtree.cli.plan_table import pipeline_words
from worldtree.cli.progress.style import format_duration
from worldtree.cli.table import Cell, Row, write_table
from worldtree.cli.terminal import use_colour
from worldtree.core.errors import ExitCode
from worldtree.plan.abbreviations import abbreviated_hosts
from worldtree.plan.ids import without_pipeline

if TYPE_CHECKING:
    from worldtree.app.documents.document_request import DocumentRequest
    from worldtree.app.requests import Selection
    from worldtree.app.tasks.dry_run import DryRunReport
    from worldtree.plan.pipeline_request import PipelineRequest


def show_dry_run(
    request: DocumentRequest,
    pipeline: PipelineRequest,
    selection: Selection,
    *,
    directory: Path | None,
    only_changed: bool,
    output: str,
) -> int:
    """Simulate an apply, print the schedule and return the exit code."""
    from worldtree.app.views.plans import dry_run_view
    from worldtree.cli.error_output import show_diagnostics
    from worldtree.cli.run_command import task_request

    wt = application()
    prepared = wt.apply.prepare(task_request(request, pipeline, selection, directory=directory))
    show_diagnostics(prepared.diagnostics)
    report = wt.dry_run.run(prepared.plan, prepared.bundle, only_changed=only_changed)
    if output == "table":
        write_dry_run(report)
    else:
        write_data(dry_run_view(report), output)
    return ExitCode.OK


def write_dry_run(report: DryRunReport) -> None:
    """Print the schedule in order of start times, and a summary."""
    found = report.schedule
    critical = frozenset(found.critical_path)
    rows: list[Row] = [
        [
            f"+{format_duration(span.start)}",
            Cell(without_pipeline(span.node), "bold")
            if span.node in critical
            else without_pipeline(span.node),
            abbreviated_hosts(span.hosts),
            format_duration(span.end - span.start),
            "last run" if report.basis[span.node] == "measured" else "estimate",
            "critical" if span.node in critical else "",
        ]
        for span in found.spans
    ]
    write_table(["START", "NODE", "HOSTS", "DURATION", "BASED ON", "PATH"], rows)
    for line in [*_reason_lines(report), *_summary_lines(report)]:
        click.echo(line, color=use_colour())


def _reason_lines(report: DryRunReport) -> list[str]:
    """Return why each node runs, where only what changed does."""
    if not report.reasons:
        return []
    lines = ["", "why:"]
    for span in report.schedule.spans:
        for reason, hosts in hosts_by_reason(report.reasons, span.node, span.hosts).items():
            on = "" if len(hosts) == len(span.hosts) else f" on {abbreviated_hosts(tuple(hosts))}"
            lines.append(f"  {without_pipeline(span.node)}{on}: {reason.text}")
    return lines


def _summary_lines(report: DryRunReport) -> list[str]:
    found, plan = report.schedule, report.plan
    hosts = {host for span in found.spans for host in span.hosts}
    what = f"{count(len(found.spans), 'node')} on {count(len(hosts), 'host')}"
    runs = max((span.run for span in found.spans), default=0)
    at_once = f"at most {report.concurrency} in parallel"
    guessed = sum(report.basis[span.node] == "kind" for span in found.spans)
    lines = [
        "",
        f"{plan.cluster} {pipeline_words(plan)}: dry run, no host was contacted ({what})",
        f"would take about {format_duration(found.makespan)} in {count(runs, 'run')}, {at_once}",
    ]
    if found.critical_path:
        names = " → ".join(map(without_pipeline, found.critical_path))
        lines.append(f"critical path {format_duration(found.critical_seconds)}: {names}")
    if guessed:
        lines.append(
            f"{count(guessed, 'node')} without a previous run; their durations are estimates"
        )
    return lines
