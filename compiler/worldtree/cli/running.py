"""What every command that runs something shares: show, ask, run, tell."""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from worldtree.app.requests import Selection
from worldtree.cli.application import application
from worldtree.cli.output import write_data
from worldtree.errors import RefusedError
from worldtree.plan.plan import Plan

if TYPE_CHECKING:
    from worldtree.app.requests import Watch
    from worldtree.results.tree import TaskResult


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
    wait: bool,
    directory: Path | None = None,
    only_changed: bool = False,
) -> int:
    """Run ``pipeline`` and return the exit code."""
    from worldtree.cli.problems import show_diagnostics

    running = application(connect_timeout=connect_timeout, forks=forks).running
    if directory is not None:
        prepared = running.prepare_bundle(directory, file if file.is_file() else None)
    else:
        prepared = running.prepare(file, cluster, pipeline, selection)
    show_diagnostics(prepared.diagnostics)
    if not yes:
        _confirm(prepared.plan)
    command = click.get_current_context().info_name or pipeline
    return watch_run(
        lambda watch: running.run(prepared, watch, command=command, only_changed=only_changed),
        prepared.plan.layers,
        output=output,
        events=events,
        wait=wait,
    )


def watch_run(
    run: Callable[[Watch], TaskResult],
    layers: Sequence[Sequence[str]],
    *,
    output: str,
    events: str | None,
    wait: bool,
) -> int:
    """Let ``run`` work while it is shown, show its result, and return the exit code."""
    from worldtree.app.requests import Cancellation, Watch
    from worldtree.cli.connections import show_connections
    from worldtree.cli.interrupts import cancelling
    from worldtree.cli.progress.choose import choose_progress
    from worldtree.results.shape import exit_code

    progress = choose_progress(events, layers)
    cancellation = Cancellation()
    watch = Watch(
        on_event=progress.add,
        on_connections=show_connections,
        cancellation=cancellation,
        tell=lambda words: click.echo(words, err=True),
        wait=wait,
    )
    try:
        with cancelling(cancellation.request, progress.ending):
            result = run(watch)
    finally:
        progress.close()
    _show_result(result, output, events)
    return exit_code(result.status)


def _show_result(result: TaskResult, output: str, events: str | None) -> None:
    from worldtree.cli.result_table import interrupted_lines, write_result
    from worldtree.cli.terminal import forget_lost_readers
    from worldtree.results.shape import task_json

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


def _confirm(plan: Plan) -> None:
    """Show the plan and ask; both are talk, so that stdout holds nothing but the result."""
    refused = f"{plan.pipeline} of `{plan.cluster}` was not confirmed"
    if not sys.stdin.isatty():
        raise RefusedError(refused, hint="add --yes where nobody can be asked")
    from worldtree.cli.plan_table import write_plan

    write_plan(plan, err=True)
    if not click.confirm(f"\nRun {plan.pipeline} on `{plan.cluster}`?", err=True):
        raise RefusedError(refused)
