"""Shared by all commands that run something: show the plan, confirm, run, show the result."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from worldtree.app.requests import Selection
from worldtree.cli.build_application import application
from worldtree.cli.output import write_data
from worldtree.core.errors import ExitCode, RefusedError
from worldtree.plan.pipeline_names import VERIFY
from worldtree.plan.pipeline_request import PipelineRequest
from worldtree.plan.plan import Plan
from worldtree.results.task_command import TaskCommand

if TYPE_CHECKING:
    from worldtree.app.documents.document_request import DocumentRequest
    from worldtree.app.requests import TaskObserver, TaskRequest
    from worldtree.app.service import Application
    from worldtree.app.tasks.apply import ApplyService
    from worldtree.app.tasks.run_reasons import Reasons, RunReason
    from worldtree.app.tasks.task_places import FailurePlaces
    from worldtree.results.tree import TaskResult


def run_pipeline(
    request: DocumentRequest,
    pipeline: PipelineRequest,
    selection: Selection,
    *,
    yes: bool,
    output: str,
    events: str | None,
    connect_timeout: float | None,
    forks: int | None,
    warm: int | None,
    wait: bool,
    directory: Path | None = None,
    only_changed: bool = False,
    asked: dict[str, Any] | None = None,
    offline: bool = False,
) -> int:
    """Run ``pipeline`` and return the exit code; ``asked`` are the mode options.

    With ``offline``, no source of artifacts is contacted.
    """
    from worldtree.cli.error_output import show_diagnostics
    from worldtree.cli.mode_options import (
        NO_MODE,
        mode_result_lines,
        needs_no_confirmation,
        requested_mode,
    )

    asked = asked or NO_MODE
    app = application(connect_timeout=connect_timeout, forks=forks, warm=warm)
    file = request.file
    apply_service = app.apply
    prepared = apply_service.prepare(
        task_request(
            request,
            pipeline,
            selection,
            directory=directory,
            command=TaskCommand(click.get_current_context().info_name or TaskCommand.APPLY),
            only_changed=only_changed,
            mode=requested_mode(asked),
            offline=offline,
        )
    )
    show_diagnostics(prepared.diagnostics)
    unseen = _unseen_lines(apply_service, file, prepared.plan, pipeline, selection)
    asks = not yes and not needs_no_confirmation(asked)
    if asks:
        _confirm(prepared.plan, apply_service)
    if not asked["check"]:
        confirm_irreversible(prepared.plan, asks=asks)
    reasons: dict[tuple[str, str], tuple[RunReason, ...]] = {}

    def on_reasons(found: Reasons) -> None:
        from worldtree.cli.reason_lines import reason_lines

        reasons.update(found)
        for line in reason_lines(prepared.plan, found):
            click.echo(line, err=True)

    return run_with_progress(
        lambda observer: apply_service.run(prepared, replace(observer, on_reasons=on_reasons)),
        prepared.plan.layers,
        output=output,
        events=events,
        wait=wait,
        app=app,
        reasons=reasons if only_changed else None,
        live=not asked["step"],
        steps=bool(asked["step"]),
        keep_tasks=bool(asked["diff"] or asked["check"]),
        after=lambda result: [*mode_result_lines(asked, result), *unseen],
    )


def task_request(
    document: DocumentRequest,
    pipeline: PipelineRequest,
    selection: Selection,
    *,
    directory: Path | None,
    **more: Any,
) -> TaskRequest:
    """Return the request of a document, or of a reviewed bundle if ``directory`` is one.

    The document is compared with the bundle where there is one.
    """
    from worldtree.app.requests import TaskRequest

    if directory is None:
        return TaskRequest(document=document, pipeline=pipeline, selection=selection, **more)
    compared = document if document.file.is_file() else None
    return TaskRequest(document=compared, bundle=directory, **more)


def _unseen_lines(
    service: ApplyService, file: Path, plan: Plan, pipeline: PipelineRequest, selection: Selection
) -> list[str]:
    """Return a line on what a part of `verify` does not look at."""
    if pipeline.name != VERIFY or not selection:
        return []
    left, whole = service.left_out_pairs(file, plan)
    return [f"not selected: {left} of {whole} nodes on hosts, not looked at"] if left else []


def run_with_progress(
    run: Callable[[TaskObserver], TaskResult],
    layers: Sequence[Sequence[str]],
    *,
    output: str,
    events: str | None,
    wait: bool,
    app: Application,
    reasons: Reasons | None = None,
    live: bool = True,
    keep_tasks: bool = False,
    steps: bool = False,
    after: Callable[[TaskResult], Iterable[str]] = lambda _result: (),
) -> int:
    """Call ``run`` with a progress display, show its result, and return the exit code.

    Where work is left, the command that continues is named. ``reasons`` are why nodes ran, as far
    as ``run`` has filled them in. ``live`` allows a display that redraws itself, ``steps`` asks
    before nodes; ``after`` returns lines to show below the table. With ``keep_tasks`` it gets the
    Ansible tasks, too.
    """
    from worldtree.app.views.tasks import result_view

    # The table does not need the output of Ansible tasks, which may be large.
    tasks = keep_tasks or output != "table"
    with observe_task(
        layers, events=events, live=live, wait=wait, keep_tasks=tasks, steps=steps
    ) as observer:
        result = run(observer)
    places = app.history.failure_places(result)
    return show_ended(
        result,
        places,
        lambda: result_view(result, places, reasons),
        output=output,
        events=events,
        after=after,
        resumable=app.resume.is_resumable(result),
        cancelled=observer.cancellation.requested,
    )


def show_ended(
    result: TaskResult,
    places: FailurePlaces,
    data: Callable[[], dict[str, Any]],
    *,
    output: str,
    events: str | None,
    after: Callable[[TaskResult], Iterable[str]],
    resumable: bool,
    cancelled: bool,
) -> int:
    """Show the result of a task that ended, and return the exit code of the command.

    ``data`` returns what `-o json` prints. Where work is left (``resumable``), the command that
    continues is named. ``cancelled``: its end was requested here.
    """
    from worldtree.results.json_view import exit_code
    from worldtree.results.status import TaskStatus

    _show_result(result, places, data, output, events, after)
    if resumable:
        # On stderr, so that data on stdout stays data.
        click.echo(f"continue: wt resume {result.task_id}", err=True)
    if cancelled and result.status in (TaskStatus.FAILED, TaskStatus.PARTIAL):
        return ExitCode.CANCELLED  # Cancelled during the automatic rollback.
    return exit_code(result.status)


@contextmanager
def observe_task(
    layers: Sequence[Sequence[str]],
    *,
    events: str | None = None,
    live: bool = True,
    wait: bool = False,
    keep_tasks: bool = True,
    steps: bool = False,
) -> Iterator[TaskObserver]:
    """Show progress, and let Ctrl-C and SIGTERM request the end of the task."""
    from worldtree.app.requests import Cancellation, Notices, TaskObserver
    from worldtree.cli.connection_report import show_connections
    from worldtree.cli.progress.display_choice import choose_progress
    from worldtree.cli.signal_handling import cancel_on_signals
    from worldtree.cli.step_prompt import StepPrompt

    progress = choose_progress(events, layers, live=live)
    cancellation = Cancellation()
    try:
        with cancel_on_signals(cancellation.request, progress.announce_ending) as interrupts:

            @contextmanager
            def question() -> Iterator[None]:
                with progress.paused(), interrupts.question():
                    yield

            yield TaskObserver(
                on_event=progress.add,
                on_connections=show_connections,
                cancellation=cancellation,
                notices=Notices(_notify),
                question=question,
                wait=wait,
                keep_tasks=keep_tasks,
                console=StepPrompt() if steps else None,
            )
    finally:
        progress.close()


def _notify(words: str) -> None:
    """Print a message for people."""
    click.echo(words, err=True)


def _show_result(
    result: TaskResult,
    places: FailurePlaces,
    data: Callable[[], dict[str, Any]],
    output: str,
    events: str | None,
    after: Callable[[TaskResult], Iterable[str]],
) -> None:
    from worldtree.cli.result_table import interrupted_lines, write_result
    from worldtree.cli.terminal import discard_stdout, use_colour

    try:
        if events is None and output == "table":
            write_result(result, places)
            for line in after(result):
                click.echo(line, color=use_colour())
        elif events is None:
            write_data(data(), output)
        if events is not None or output != "table":
            # Data is for programs, but a person who cancelled must see this, too.
            for line in interrupted_lines(result):
                click.echo(line, err=True)
        sys.stdout.flush()
    except BrokenPipeError:
        # The reader has exited; the exit code still reports the outcome.
        discard_stdout()


def confirm_irreversible(plan: Plan, *, asks: bool) -> None:
    """List irreversible nodes and ask, if the policy is to confirm them.

    Without ``asks`` they are only listed.
    """
    from worldtree.app.requests import irreversible

    found = irreversible(plan)
    if found and plan.policy.on_irreversible == "confirm":
        for name in found:
            click.echo(f"cannot be undone: {name}", err=True)
        question = "Continue, although a failure could not be rolled back completely?"
        if asks and not click.confirm(question, err=True):
            raise RefusedError("irreversible work was not confirmed", code="not-confirmed")


def _confirm(plan: Plan, apply_service: ApplyService) -> None:
    """Show the plan and ask, on stderr, so that stdout contains only the result."""
    if not sys.stdin.isatty():
        command = click.get_current_context().command_path
        raise RefusedError(
            f"`{command}` on `{plan.cluster}` needs confirmation, and there is no terminal",
            code="not-confirmed",
            hint="add --yes",
        )
    from worldtree.app.requests import refuse_irreversible
    from worldtree.cli.plan_table import pipeline_words, write_plan

    write_plan(plan, err=True)
    refuse_irreversible(plan)
    apply_service.unfinished_rollbacks.warn(plan.cluster, lambda words: click.echo(words, err=True))
    if not click.confirm(f"\nRun {pipeline_words(plan)} on `{plan.cluster}`?", err=True):
        raise RefusedError(
            f"{plan.pipeline} on `{plan.cluster}` was not confirmed", code="not-confirmed"
        )
