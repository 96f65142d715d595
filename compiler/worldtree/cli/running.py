"""What ``apply``, ``verify`` and ``destroy`` share: show, ask, run, tell."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from worldtree.app.requests import Selection
from worldtree.cli.application import application
from worldtree.cli.output import write_data
from worldtree.errors import ExitCode, RefusedError
from worldtree.results.status import TaskStatus

_CODES = {
    TaskStatus.SUCCEEDED: ExitCode.OK,
    TaskStatus.PARTIAL: ExitCode.PARTIAL,
    TaskStatus.CANCELLED: ExitCode.CANCELLED,
}


def run_pipeline(
    pipeline: str,
    selection: Selection,
    *,
    file: Path,
    cluster: str | None,
    yes: bool,
    output: str,
    events: str | None,
    connect_timeout: float | None,
    forks: int | None,
    directory: Path | None = None,
) -> int:
    """Run ``pipeline`` and return the exit code."""
    from worldtree.cli.interrupts import cancel_on_signals
    from worldtree.cli.plan_table import write_plan
    from worldtree.cli.problems import show_diagnostics
    from worldtree.cli.progress.choose import choose_progress
    from worldtree.cli.result_table import write_result

    app = application(connect_timeout=connect_timeout, forks=forks)
    if directory is not None:
        prepared = app.prepare_bundle(directory)
    else:
        prepared = app.prepare(file, cluster, pipeline, selection)
    show_diagnostics(prepared.diagnostics)
    if not yes:
        if output == "table" and events is None:
            write_plan(prepared.plan)
        _confirm(prepared.plan.cluster, pipeline)
    progress = choose_progress(events)
    try:
        with cancel_on_signals() as cancel:
            result = app.run(prepared, on_event=progress.add, cancelled=cancel)
    finally:
        progress.close()
    if output != "table":
        if events is None:
            write_data(app.result_data(result), output)
    elif events is None:
        write_result(result)
    return _CODES.get(result.status, ExitCode.FAILED)


def _confirm(cluster: str, pipeline: str) -> None:
    if not sys.stdin.isatty():
        raise RefusedError(
            f"{pipeline} of `{cluster}` was not confirmed",
            hint="add --yes where nobody can be asked",
        )
    if not click.confirm(f"\nRun {pipeline} on `{cluster}`?", err=True):
        raise RefusedError(f"{pipeline} of `{cluster}` was not confirmed")
