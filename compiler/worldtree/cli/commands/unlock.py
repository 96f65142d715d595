"""``wt unlock``: free a cluster whose task is dead, after showing what speaks for that."""

from __future__ import annotations

import sys

import click

from worldtree.cli.build_application import application
from worldtree.cli.command import Command
from worldtree.cli.options import yes_option
from worldtree.core.errors import ExitCode, RefusedError


@click.command(
    cls=Command,
    exit_codes={
        ExitCode.OK: "freed, or nobody held it",
        ExitCode.INPUT: "nothing was ever done to such a cluster",
        ExitCode.REFUSED: "not confirmed, or it changed hands meanwhile",
    },
)
@click.argument("cluster")
@yes_option
def unlock(cluster: str, yes: bool) -> None:
    """Free a cluster from a task that is dead.

    Shows first who holds it, whether that is proven dead, and whether its run is still alive: a run
    outlives its `wt`. A holder that is alive after all cannot write any more once its cluster was
    freed; what it, or a run, still does on hosts it does, though: better end it with `wt cancel`.
    """
    from worldtree.results.json_view import utc_text

    maintenance = application().maintenance
    found = maintenance.evidence(cluster)
    if found is None:
        click.echo(f"nobody holds `{cluster}`", err=True)
        return
    lease = found.lease
    for name, value in (
        ("cluster", lease.cluster),
        ("task", lease.task),
        ("holder", str(lease.holder)),
        ("since", utc_text(lease.acquired)),
        ("last heartbeat", utc_text(lease.heartbeat)),
        ("proven dead", f"{'yes' if found.dead else 'NO'}: {found.why}"),
    ):
        click.echo(f"{name:>15}  {value}", err=True)
    task = lease.task
    if found.hosts_with_live_runs:
        hosts = ", ".join(found.hosts_with_live_runs)
        words = f"is alive on {hosts}: `wt resume {task}` or `wt cancel {task}`"
        click.echo(f"{'its run':>15}  {words}", err=True)
    if not yes:
        refused = f"freeing `{cluster}` was not confirmed"
        if not sys.stdin.isatty():
            raise RefusedError(refused, hint="add --yes where nobody can be asked")
        if not click.confirm(f"\nFree `{cluster}`?", err=True):
            raise RefusedError(refused)
    maintenance.unlock(found)
    go_on = f"go on with `wt resume {task}`"
    if found.hosts_with_live_runs or not found.dead:
        go_on = f"end what still works on it with `wt cancel {task}`, or {go_on}"
    click.echo(f"`{cluster}` is free; {go_on}", err=True)
