"""``wt rollback``: undo the changes of a task."""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import TYPE_CHECKING

import click

from worldtree.cli.build_application import application
from worldtree.cli.command import Command
from worldtree.cli.commands.apply import run_options
from worldtree.cli.run_command import run_with_progress
from worldtree.cli.task_argument import choose_task, task_argument
from worldtree.core.errors import ExitCode

if TYPE_CHECKING:
    from worldtree.app.tasks.rollback import RollbackPlan


@click.command(
    cls=Command,
    exit_codes={
        ExitCode.OK: "everything that can be undone was undone",
        ExitCode.FAILED: "nothing could be undone",
        ExitCode.PARTIAL: "the rollback of some nodes failed",
        ExitCode.REFUSED: "refused: not confirmed, nothing to undo, already rolled back, or a "
        "later task changed the same work",
        ExitCode.CANCELLED: "cancelled by Ctrl-C or SIGTERM; `wt resume` continues it",
    },
)
@task_argument
@run_options
def rollback(
    task: str,
    *,
    yes: bool,
    output: str,
    events: str | None,
    connect_timeout: float | None,
    forks: int | None,
    warm: int | None,
    wait: bool,
) -> int:
    """Undo the changes of a task.

    Runs the rollback of each node, last node first, on the hosts where the node changed something,
    failed or was interrupted. Shows first what will be undone and what cannot be. A rollback is a
    task of its own: `wt resume` continues one that was interrupted or partly failed. TASK is an id
    or its beginning; the default is the newest task that was neither a check nor a rollback: of
    the clusters in ./cluster.yaml if that file exists, otherwise of all.
    """
    from worldtree.app.requests import RollbackRequest

    app = application(connect_timeout=connect_timeout, forks=forks, warm=warm)
    service = app.rollback
    request = RollbackRequest(task=choose_task(app, service.choose, task))
    return run_with_progress(
        lambda observer: service.roll_back(request, observer, _confirm(yes)),
        (),
        output=output,
        events=events,
        wait=wait,
        app=app,
    )


def _confirm(yes: bool) -> Callable[[RollbackPlan], bool]:
    def confirm(compensation: RollbackPlan) -> bool:
        show_rollback_plan(compensation)
        if yes:
            return True
        if not sys.stdin.isatty():
            click.echo("without a terminal, add --yes", err=True)
            return False
        plan = compensation.plan
        return click.confirm(f"\nRoll back task {plan.undoes} on `{plan.cluster}`?", err=True)

    return confirm


def show_rollback_plan(compensation: RollbackPlan) -> None:
    """Print one line per node on stderr, in rollback order, then what cannot be undone."""
    nodes = compensation.plan.graph.nodes
    for name, node in nodes.items():
        click.echo(f"  undo  {name} on {', '.join(node.hosts)}", err=True)
    for name, hosts in compensation.left.items():
        click.echo(
            f"  left  {name} on {', '.join(hosts)}: it has no rollback and stays as it is",
            err=True,
        )
    undone = sum(len(node.hosts) for node in nodes.values())
    whole = undone + sum(len(hosts) for hosts in compensation.left.values())
    click.echo(f"{undone} of {whole} nodes can be undone (nodes on hosts)", err=True)
