"""``wt schedule``: what the service starts by itself, and when."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import click

from worldtree.cli.build_application import application
from worldtree.cli.command import Group
from worldtree.cli.commands.blackout import blackout
from worldtree.cli.completions import complete_known_cluster
from worldtree.cli.model_options import made_of
from worldtree.cli.options import duration_seconds, read_parameters
from worldtree.cli.output import output_option, write_data
from worldtree.core.errors import ExitCode

if TYPE_CHECKING:
    from worldtree.app.schedules.schedule_policy import NewSchedule
    from worldtree.app.schedules.schedule_service import ScheduleRecord, ScheduleService

_UNKNOWN = {ExitCode.INPUT: "unknown cluster", ExitCode.REFUSED: "unknown schedule"}
#: Times that `show` prints, and entries of the history.
_NEXT, _HISTORY = 5, 20
_cluster = click.argument("cluster", shell_complete=complete_known_cluster)
_name = click.argument("name", metavar="SCHEDULE")


@click.group(cls=Group)
def schedule() -> None:
    """Manage schedules: what `wt serve` starts by itself, and when.

    These commands work on the database of this machine's settings, and need no login. A schedule
    that is made here starts its tasks with all rights; one of the API with those of its maker.
    """


schedule.add_command(blackout)


@schedule.command(
    exit_codes={
        ExitCode.INPUT: "unknown cluster or pipeline, or an invalid option",
        ExitCode.REFUSED: "the name is taken",
    }
)
@_cluster
@_name
@click.option(
    "--cron",
    required=True,
    metavar="EXPRESSION",
    help="When: minute, hour, day, month, day of the week, such as '30 2 * * *'.",
)
@click.option(
    "--time-zone", default="UTC", show_default=True, metavar="ZONE", help="Of the expression."
)
@click.option(
    "--pipeline", default="create-cluster", show_default=True, metavar="NAME", help="What to run."
)
@click.option("--drift", is_flag=True, help="Look for drift, in the place of running a pipeline.")
@click.option(
    "--param",
    "parameters",
    multiple=True,
    metavar="NAME=VALUE",
    help="A parameter of the pipeline; may be repeated.",
)
@click.option("--check", is_flag=True, help="Run it in Ansible's check mode.")
@click.option(
    "--overlap",
    type=click.Choice(["skip", "queue", "cancel-running"]),
    default="skip",
    show_default=True,
    help="What to do while an earlier task of the schedule is at work.",
)
@click.option(
    "--grace",
    callback=duration_seconds,
    default="5m",
    show_default=True,
    metavar="TIME",
    help="How late a task may start; what is later is missed.",
)
@click.option(
    "--catch-up",
    type=click.Choice(["none", "last", "all"]),
    default="none",
    show_default=True,
    help="What starts of the times that were missed.",
)
@click.option(
    "--catch-up-limit",
    type=click.IntRange(1, 100),
    default=10,
    show_default=True,
    help="With `--catch-up all`: how many start at most.",
)
@click.option(
    "--blackout",
    "in_blackout",
    type=click.Choice(["skip", "delay"]),
    default="skip",
    show_default=True,
    help="In a blackout: start nothing, or once at its end.",
)
@output_option
def create(cluster: str, name: str, output: str, **options: Any) -> None:
    """Create a schedule of a cluster.

    It runs the document that is wanted for the cluster when a task starts. Only `wt serve` starts
    tasks.
    """
    service = application().schedules
    new = new_schedule(name, **options)
    _show(service, service.create(cluster, new), output, f"schedule `{name}` created")


def new_schedule(
    name: str,
    *,
    cron: str,
    time_zone: str,
    pipeline: str,
    drift: bool,
    parameters: tuple[str, ...],
    check: bool,
    overlap: str,
    grace: float,
    catch_up: str,
    catch_up_limit: int,
    in_blackout: str,
) -> NewSchedule:
    """Return the schedule that options ask for. Raises ``click.UsageError``."""
    from worldtree.app.schedules.schedule_policy import NewSchedule

    task = {
        "pipeline": pipeline,
        "parameters": read_parameters(parameters),
        "check": check,
        "drift": drift,
    }
    policy = {
        "overlap": overlap,
        "grace_seconds": grace,
        "catch_up": catch_up,
        "catch_up_limit": catch_up_limit,
        "blackout": in_blackout,
    }
    return made_of(NewSchedule, name=name, cron=cron, time_zone=time_zone, task=task, policy=policy)


@schedule.command("list", exit_codes={ExitCode.INPUT: "unknown cluster"})
@click.argument("cluster", required=False, shell_complete=complete_known_cluster)
@output_option
def list_(cluster: str | None, output: str) -> None:
    """List the schedules of all clusters, or of one."""
    from worldtree.app.views.schedules import schedule_view
    from worldtree.cli.schedule_tables import write_schedules

    service = application().schedules
    items = [schedule_view(one, service.next_times(one, 1)) for one in service.find(cluster)]
    if output != "table":
        write_data({"items": items}, output)
    elif items:
        write_schedules(items)
    else:
        click.echo("no schedules yet: `wt schedule create` creates the first", err=True)


@schedule.command(exit_codes=_UNKNOWN)
@_cluster
@_name
@output_option
def show(cluster: str, name: str, output: str) -> None:
    """Show a schedule, when it is due next, and what became of its last times.

    Times are in the time zone of the schedule. A schedule whose tasks are refused says since when,
    and why.
    """
    from worldtree.app.views.schedules import schedule_run_view
    from worldtree.cli.schedule_tables import write_runs, write_schedule

    service = application().schedules
    found = service.get(cluster, name)
    view = _view(service, found)
    view["runs"] = [schedule_run_view(one) for one in service.history(found, _HISTORY)]
    if output != "table":
        write_data(view, output)
        return
    write_schedule(view)
    write_runs(view["runs"], found.time_zone)


@schedule.command("next", exit_codes=_UNKNOWN)
@_cluster
@_name
@click.option(
    "--count", type=click.IntRange(1, 100), default=_NEXT, show_default=True, help="How many."
)
@output_option
def next_(cluster: str, name: str, count: int, output: str) -> None:
    """Print when a schedule is due next, in its time zone."""
    from worldtree.app.views.schedules import schedule_view

    service = application().schedules
    found = service.get(cluster, name)
    times = schedule_view(found, service.next_times(found, count))["next"]
    show_next(times, found.time_zone, name, output)


def show_next(times: Sequence[str], time_zone: str, name: str, output: str) -> None:
    """Print the next times of a schedule."""
    from worldtree.cli.time_text import zoned_time

    if output != "table":
        write_data({"next": times}, output)
        return
    for one in times:
        click.echo(zoned_time(one, time_zone))
    if not times:
        click.echo(f"schedule `{name}` is disabled", err=True)


@schedule.command(exit_codes=_UNKNOWN)
@_cluster
@_name
@output_option
def enable(cluster: str, name: str, output: str) -> None:
    """Let a schedule start tasks again, from its next time on."""
    service = application().schedules
    _show(service, service.enable(cluster, name), output, f"schedule `{name}` is enabled")


@schedule.command(exit_codes=_UNKNOWN)
@_cluster
@_name
@output_option
def disable(cluster: str, name: str, output: str) -> None:
    """Let a schedule start nothing until it is enabled."""
    service = application().schedules
    _show(service, service.disable(cluster, name), output, f"schedule `{name}` is disabled")


@schedule.command(exit_codes=_UNKNOWN)
@_cluster
@_name
def delete(cluster: str, name: str) -> None:
    """Delete a schedule with its history; its tasks stay."""
    application().schedules.delete(cluster, name)
    click.echo(f"schedule `{name}` deleted", err=True)


def _view(service: ScheduleService, found: ScheduleRecord) -> dict[str, Any]:
    from worldtree.app.views.schedules import schedule_details_view

    return schedule_details_view(found, service.next_times(found, _NEXT), service.refusal(found))


def _show(service: ScheduleService, found: ScheduleRecord, output: str, words: str) -> None:
    from worldtree.cli.schedule_tables import show_schedule

    show_schedule(_view(service, found), output, words)
