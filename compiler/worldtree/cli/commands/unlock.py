"""``wt unlock``: release the lock of a dead task, after showing whether it is dead."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import click

from worldtree.cli.build_application import application
from worldtree.cli.command import Command
from worldtree.cli.completions import complete_known_cluster
from worldtree.cli.options import yes_option
from worldtree.core.errors import ExitCode, RefusedError

if TYPE_CHECKING:
    from worldtree.app.admin.maintenance import HolderReport


@click.command(
    cls=Command,
    exit_codes={
        ExitCode.OK: "released, or not locked",
        ExitCode.INPUT: "unknown cluster",
        ExitCode.REFUSED: "not confirmed, locked by a process that runs on this machine, or by "
        "another one in the meantime",
    },
)
@click.argument("cluster", shell_complete=complete_known_cluster)
@yes_option
def unlock(cluster: str, yes: bool) -> None:
    """Release the lock of a dead task on a cluster.

    Shows first which process holds the lock, whether it is proven dead, and whether its Ansible run
    is still alive: a run can outlive its `wt`. A holder that runs on this machine keeps the lock:
    cancel it with `wt cancel`. One on another machine that is alive after all cannot write to the
    state any more, but it, or its run, may still work on hosts.

    Runs that were started on another machine are listed, too: whether they have ended is known on
    that machine only. Unlock the cluster if it is off; their tasks then count as interrupted.
    """
    maintenance = application().maintenance
    found = maintenance.evidence(cluster)
    elsewhere = maintenance.runs_elsewhere(cluster)
    if found is None and not elsewhere:
        click.echo(f"cluster `{cluster}` is not locked", err=True)
        return
    if found is not None:
        _show_holder(found)
    for runs in elsewhere:
        words = f"of task {runs.task}, started on {runs.machine}, may work on"
        click.echo(f"{'a run':>15}  {words} {', '.join(runs.hosts)}", err=True)
    if not yes:
        refused = f"unlocking `{cluster}` was not confirmed"
        if not sys.stdin.isatty():
            raise RefusedError(refused, code="not-confirmed", hint="without a terminal, add --yes")
        if not click.confirm(f"\nUnlock `{cluster}`?", err=True):
            raise RefusedError(refused, code="not-confirmed")
    if found is not None:
        maintenance.unlock(found)
    for runs in elsewhere:
        maintenance.give_up(cluster, runs)
    task = found.lease.task if found is not None else elsewhere[0].task
    next_step = f"continue the task with `wt resume {task}`"
    if found is not None and (found.hosts_with_live_runs or not found.dead):
        next_step = f"end what still runs with `wt cancel {task}`, or {next_step}"
    click.echo(f"`{cluster}` is unlocked; {next_step}", err=True)


def _show_holder(found: HolderReport) -> None:
    from worldtree.results.json_view import utc_text

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
