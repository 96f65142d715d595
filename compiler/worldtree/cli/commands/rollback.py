"""``wt rollback``: undo what a task did."""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import click

from worldtree.cli.build_application import application
from worldtree.cli.command import Command
from worldtree.cli.commands.apply import run_options
from worldtree.cli.run_command import run_with_progress
from worldtree.core.errors import ExitCode

if TYPE_CHECKING:
    from worldtree.app.tasks.rollback import RollbackPlan


@click.command(
    cls=Command,
    exit_codes={
        ExitCode.OK: "all of it was undone that can be",
        ExitCode.FAILED: "nothing could be undone",
        ExitCode.PARTIAL: "the rollback of some nodes failed",
        ExitCode.REFUSED: "refused: not confirmed, nothing to undo, undone already, or a later "
        "task has changed the same",
        ExitCode.CANCELLED: "cancelled by Ctrl-C or SIGTERM; `wt resume` goes on with it",
    },
)
@click.argument("task", default="latest")
@run_options
def rollback(
    task: str,
    *,
    yes: bool,
    output: str,
    events: str | None,
    connect_timeout: float | None,
    forks: int | None,
    wait: bool,
) -> int:
    """Undo what a task did.

    Runs, the last first, the rollback of each node on the hosts where it changed something, or
    failed or was cut off after it began. Shows before what will be undone, and what cannot be and
    is left as it is. It is a task of its own: `wt resume` goes on with one that was cut off or
    failed in part. TASK may be shortened; by default it is the newest one that did
    more than look and is no rollback.
    """
    service = application(connect_timeout=connect_timeout, forks=forks).rollback
    return run_with_progress(
        lambda observer: service.roll_back(task, observer, _confirm(yes)),
        (),
        output=output,
        events=events,
        wait=wait,
    )


def _confirm(yes: bool) -> Callable[[RollbackPlan], bool]:
    def confirm(compensation: RollbackPlan) -> bool:
        show_rollback_plan(compensation)
        if yes:
            return True
        if not sys.stdin.isatty():
            click.echo("add --yes where nobody can be asked", err=True)
            return False
        plan = compensation.plan
        return click.confirm(f"\nRoll task {plan.undoes} back on `{plan.cluster}`?", err=True)

    return confirm


def show_rollback_plan(compensation: RollbackPlan) -> None:
    """Print one line per node on stderr, in the order of the rollback, then what is left."""
    nodes = compensation.plan.graph.nodes
    for name, node in nodes.items():
        click.echo(f"  undo  {name} on {', '.join(node.hosts)}", err=True)
    for name, hosts in compensation.left.items():
        click.echo(
            f"  left  {name} on {', '.join(hosts)}: it has no rollback, so it stays as it is",
            err=True,
        )
    undone = sum(len(node.hosts) for node in nodes.values())
    whole = undone + sum(len(hosts) for hosts in compensation.left.values())
    told: Any = f"{100 * undone // whole} %" if whole else "nothing"
    click.echo(f"can be undone: {told} ({undone} of {whole} nodes on hosts)", err=True)
