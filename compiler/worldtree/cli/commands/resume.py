"""``wt resume``, ``wt retry``, ``wt cancel``: continue a task, or cancel a running one."""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from worldtree.cli.build_application import application
from worldtree.cli.command import Command, HintedUsageError
from worldtree.cli.commands.apply import EXIT_CODES, run_options
from worldtree.cli.completions import complete_host, complete_node
from worldtree.cli.run_command import run_with_progress
from worldtree.cli.task_argument import choose_task, task_argument
from worldtree.core.errors import ExitCode

if TYPE_CHECKING:
    from worldtree.app.documents.document_service import BundleDiff
    from worldtree.app.requests import (
        DoubtAnswer,
        ReplanRequest,
        RerunSelection,
        ResumeRequest,
        TaskObserver,
    )
    from worldtree.app.service import Application
    from worldtree.app.tasks.resume import Plan, ResumePlan, UncertainWork
    from worldtree.app.tasks.resume_questions import ResumeQuestions
    from worldtree.results.tree import TaskResult

_INTERRUPTED = click.option(
    "--interrupted",
    type=click.Choice(["rerun", "done", "fail"]),
    help="What to do with interrupted steps that may already have taken effect and are not "
    "idempotent.  "
    "[default: ask, or policy.onInterrupted]",
)


@click.command(cls=Command, exit_codes=EXIT_CODES)
@task_argument
@click.option(
    "--replan",
    is_flag=True,
    help="Continue with the current document: show the difference, reuse work with the same input.",
)
@click.option(
    "-f",
    "--file",
    "file",
    type=click.Path(path_type=Path, dir_okay=False, exists=True),
    help="With --replan: the document.  [default: the document of the task]",
)
@_INTERRUPTED
@run_options
def resume(task: str, replan: bool, file: Path | None, **options: Any) -> int:
    """Continue a task that was interrupted, cancelled or failed.

    Finished work is reused; the rest runs, on the hosts where it is not done. Shows first what is
    reused, what runs, and why. An Ansible run that is still alive is followed to its end. TASK is
    an id or its beginning; the default is the newest task that was not only a check: of the
    clusters in ./cluster.yaml (or FILE) if that file exists, otherwise of all.

    If the document, a role or a template has changed since, this is refused; --replan continues
    with a new plan as a new task. Steps that are done with the same input are reused, the others
    run. For steps that are no longer in the plan, it shows what stays on the hosts.
    """
    from worldtree.app.requests import RerunSelection

    if file is not None and not replan:
        raise HintedUsageError("-f needs --replan", hint="add --replan")
    return _resume_task(task, RerunSelection(), replan=replan, file=file, **options)


@click.command(cls=Command, exit_codes=EXIT_CODES)
@task_argument
@click.option(
    "--node",
    "nodes",
    multiple=True,
    metavar="PATTERN",
    shell_complete=complete_node,
    help="Run matching nodes again; may be repeated.",
)
@click.option(
    "--host",
    "hosts",
    multiple=True,
    metavar="HOST",
    shell_complete=complete_host,
    help="Run again on these hosts; may be repeated.",
)
@_INTERRUPTED
@run_options
def retry(task: str, nodes: tuple[str, ...], hosts: tuple[str, ...], **options: Any) -> int:
    """Run failed or selected nodes of a task again.

    Also runs the nodes that depend on them, again where they and the selected ones were done: on
    the same hosts, or on all hosts of a node that waits for all of them. Without --node and --host
    it is the same as `wt resume`, which also says what the default of TASK is.
    """
    from worldtree.app.requests import RerunSelection

    return _resume_task(task, RerunSelection(nodes, hosts, only=bool(nodes or hosts)), **options)


@click.command(
    cls=Command,
    exit_codes={
        ExitCode.OK: "the task has ended",
        ExitCode.REFUSED: "the task had already ended, or does not end",
    },
)
@task_argument
def cancel(task: str) -> None:
    """Cancel a running task.

    Works from any terminal of the machine on which the task runs, and from other machines that use
    the same database. Waits until all its processes have ended, there and on its hosts. TASK is an
    id or its beginning; the default is the newest task that was not refused: of the clusters in
    ./cluster.yaml if that file exists, otherwise of all.
    """
    from worldtree.app.requests import Notices, TaskObserver

    observer = TaskObserver(
        on_event=lambda _event: None,
        on_connections=lambda _connections: None,
        notices=Notices(lambda words: click.echo(words, err=True)),
    )
    app = application()
    ended = app.cancel.cancel(choose_task(app, app.cancel.choose, task), observer)
    click.echo(f"task {ended.task} is {ended.status}", err=True)
    if app.resume.is_resumable(app.history.result(ended.task)):
        click.echo(f"continue: wt resume {ended.task}", err=True)


def _resume_task(
    task: str,
    rerun: RerunSelection,
    *,
    yes: bool,
    output: str,
    events: str | None,
    connect_timeout: float | None,
    forks: int | None,
    warm: int | None,
    wait: bool,
    interrupted: DoubtAnswer | None,
    replan: bool = False,
    file: Path | None = None,
) -> int:
    from worldtree.app.requests import ReplanRequest, ResumeRequest
    from worldtree.app.tasks.resume_questions import ResumeQuestions

    app = application(connect_timeout=connect_timeout, forks=forks, warm=warm)
    task = choose_task(app, app.resume.choose, task, file=file)
    asks = sys.stdin.isatty()
    questions = ResumeQuestions(
        confirm=_confirm(yes, asks),
        decide=_ask_about_doubt if asks and not yes else None,
    )
    run, layers = (
        _run_replanned(app, ReplanRequest(task=task, file=file, if_in_doubt=interrupted), questions)
        if replan
        else _run_as_planned(
            app, ResumeRequest(task=task, rerun=rerun, if_in_doubt=interrupted), questions
        )
    )
    return run_with_progress(
        run,
        layers,
        output=output,
        events=events,
        wait=wait,
        app=app,
    )


#: The function that runs the task, and the layers to display.
_RunAndLayers = tuple["Callable[[TaskObserver], TaskResult]", Sequence[Sequence[str]]]


def _run_as_planned(
    app: Application, request: ResumeRequest, questions: ResumeQuestions
) -> _RunAndLayers:
    service = app.resume
    return (
        lambda observer: service.resume(request, observer, questions),
        service.plan_of(request.task).layers,
    )


def _run_replanned(
    app: Application, request: ReplanRequest, questions: ResumeQuestions
) -> _RunAndLayers:
    from worldtree.app.documents.document_service import diff_text
    from worldtree.cli.error_output import show_diagnostics

    service = app.replan
    found = service.prepare(request)
    show_diagnostics(found.prepared.diagnostics)

    def show(difference: BundleDiff) -> None:
        click.echo(f"Changes from the plan of task {found.record.id} to {found.file}:\n", err=True)
        click.echo(diff_text(difference), err=True)

    return (
        lambda observer: service.run(found, observer, questions, show),
        found.prepared.plan.layers,
    )


def _confirm(yes: bool, asks: bool) -> Callable[[Plan, ResumePlan], bool]:
    def confirm(plan: Plan, outlook: ResumePlan) -> bool:
        from worldtree.cli.resume_table import write_resume_plan

        write_resume_plan(plan, outlook)
        if yes:
            return True
        if not asks:
            click.echo("without a terminal, add --yes", err=True)
            return False
        return click.confirm(f"\nContinue {plan.pipeline} on `{plan.cluster}`?", err=True)

    return confirm


def _ask_about_doubt(doubt: UncertainWork) -> DoubtAnswer:
    click.echo(f"\n{doubt.node} on {doubt.host}: {doubt.why}", err=True)
    click.echo(
        "It may already have taken effect; running it again may repeat the effect.", err=True
    )
    answer: DoubtAnswer = click.prompt(
        "Run it again, assume that it is done, or that it failed?",
        type=click.Choice(["rerun", "done", "fail"]),
        err=True,
    )
    return answer
