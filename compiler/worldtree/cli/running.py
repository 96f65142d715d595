"""What ``apply``, ``verify`` and ``destroy`` share: show, ask, run, tell."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from worldtree.app.requests import Selection
from worldtree.cli.application import application
from worldtree.cli.output import write_data
from worldtree.errors import RefusedError
from worldtree.plan.plan import Plan


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
    from worldtree.app.requests import Cancellation
    from worldtree.cli.connections import show_connections
    from worldtree.cli.interrupts import cancelling
    from worldtree.cli.problems import show_diagnostics
    from worldtree.cli.progress.choose import choose_progress
    from worldtree.cli.result_table import interrupted_lines, write_result
    from worldtree.cli.terminal import forget_lost_readers
    from worldtree.results.shape import exit_code, task_json

    running = application(connect_timeout=connect_timeout, forks=forks).running
    if directory is not None:
        prepared = running.prepare_bundle(directory, file if file.is_file() else None)
    else:
        prepared = running.prepare(file, cluster, pipeline, selection)
    show_diagnostics(prepared.diagnostics)
    if not yes:
        _confirm(prepared.plan)
    progress = choose_progress(events, prepared.plan.layers)
    cancellation = Cancellation()
    try:
        with cancelling(cancellation.request, progress.ending):
            result = running.run(
                prepared,
                command=click.get_current_context().info_name or pipeline,
                on_event=progress.add,
                on_connections=show_connections,
                cancellation=cancellation,
            )
    finally:
        progress.close()
    try:
        if events is None and output == "table":
            write_result(result)
        elif events is None:
            write_data(task_json(result), output)
        if events is not None or output != "table":
            # Data is for programs; who pressed Ctrl-C is to know where to look all the same.
            for line in interrupted_lines(result):
                click.echo(line, err=True)
        sys.stdout.flush()
    except BrokenPipeError:
        # Nobody reads the result, but its exit code still tells what became of the task.
        forget_lost_readers()
    return exit_code(result.status)


def _confirm(plan: Plan) -> None:
    """Show the plan and ask; both are talk, so that stdout holds nothing but the result."""
    refused = f"{plan.pipeline} of `{plan.cluster}` was not confirmed"
    if not sys.stdin.isatty():
        raise RefusedError(refused, hint="add --yes where nobody can be asked")
    from worldtree.cli.plan_table import write_plan

    write_plan(plan, err=True)
    if not click.confirm(f"\nRun {plan.pipeline} on `{plan.cluster}`?", err=True):
        raise RefusedError(refused)
