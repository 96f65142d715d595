"""``wt schedule blackout``: windows in which schedules start nothing."""

from __future__ import annotations

from datetime import UTC, datetime

import click

from worldtree.cli.build_application import application
from worldtree.cli.command import Group
from worldtree.cli.completions import complete_known_cluster
from worldtree.cli.model_options import made_of
from worldtree.cli.options import duration_seconds
from worldtree.cli.output import output_option, write_data
from worldtree.core.errors import ExitCode

_FORMATS = ["%Y-%m-%dT%H:%M", "%Y-%m-%dT%H:%M:%S", "%Y-%m-%d"]


def _optional_duration(
    context: click.Context, parameter: click.Parameter, value: str | None
) -> float | None:
    return None if value is None else duration_seconds(context, parameter, value)


@click.group(cls=Group)
def blackout() -> None:
    """Manage windows in which schedules start nothing."""


@blackout.command(
    exit_codes={
        ExitCode.INPUT: "unknown cluster, or an invalid option",
        ExitCode.REFUSED: "an invalid expression, time zone or period",
    }
)
@click.argument("name")
@click.option(
    "--cluster", shell_complete=complete_known_cluster, help="The cluster.  [default: all clusters]"
)
@click.option("--from", "start", type=click.DateTime(_FORMATS), help="When it begins, in UTC.")
@click.option("--to", "end", type=click.DateTime(_FORMATS), help="When it ends, in UTC.")
@click.option("--cron", metavar="EXPRESSION", help="When it begins, again and again.")
@click.option(
    "--time-zone", default="UTC", show_default=True, metavar="ZONE", help="Of the expression."
)
@click.option(
    "--duration",
    callback=_optional_duration,
    metavar="TIME",
    help="How long it lasts with `--cron`, such as 8h; 7d at most.",
)
@output_option
def create(
    name: str,
    cluster: str | None,
    start: datetime | None,
    end: datetime | None,
    cron: str | None,
    time_zone: str,
    duration: float | None,
    output: str,
) -> None:
    """Create a window: `--from` with `--to`, or `--cron` with `--duration`."""
    from worldtree.app.schedules.blackout_windows import CronWindow, OnceWindow, Window
    from worldtree.app.views.schedules import blackout_view
    from worldtree.cli.schedule_tables import window_text

    window: Window
    if start and end and cron is None and duration is None:
        first, last = (one.replace(tzinfo=UTC).timestamp() for one in (start, end))
        window = made_of(OnceWindow, start=first, end=last)
    elif cron is not None and duration is not None and not (start or end):
        window = made_of(CronWindow, cron=cron, time_zone=time_zone, duration=duration)
    else:
        raise click.UsageError("give `--from` and `--to`, or `--cron` and `--duration`")
    view = blackout_view(application().schedules.add_blackout(name, window, cluster))
    click.echo(f"blackout `{name}` created: {window_text(view['window'])}", err=True)
    if output != "table":
        write_data(view, output)


@blackout.command("list")
@output_option
def list_(output: str) -> None:
    """List the windows."""
    from worldtree.app.views.schedules import blackout_view
    from worldtree.cli.schedule_tables import write_blackouts

    items = [blackout_view(one) for one in application().schedules.blackouts()]
    if output != "table":
        write_data({"items": items}, output)
    elif items:
        write_blackouts(items)
    else:
        click.echo("no blackouts", err=True)


@blackout.command(exit_codes={ExitCode.REFUSED: "unknown blackout"})
@click.argument("blackout_id", metavar="ID")
def delete(blackout_id: str) -> None:
    """Delete a window; ID is the one of `wt schedule blackout list`."""
    application().schedules.delete_blackout(blackout_id)
    click.echo(f"blackout {blackout_id} deleted", err=True)
