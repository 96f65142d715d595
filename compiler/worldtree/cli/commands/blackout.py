"""``wt schedule blackout``: windows in which schedules start nothing."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import click

from worldtree.cli.build_application import application
from worldtree.cli.command import Group
from worldtree.cli.completions import complete_known_cluster
from worldtree.cli.model_options import made_of
from worldtree.cli.options import duration_seconds
from worldtree.cli.output import output_option, write_data
from worldtree.core.errors import ExitCode

if TYPE_CHECKING:
    from worldtree.app.schedules.asked_blackouts import AskedBlackout

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
        ExitCode.INPUT: "unknown cluster, or an invalid expression, time zone or period",
    }
)
@click.argument("name")
@click.option(
    "--cluster", shell_complete=complete_known_cluster, help="The cluster.  [default: all clusters]"
)
@click.option("--from", "start", type=click.DateTime(_FORMATS), help="When it begins, in UTC.")
@click.option("--until", type=click.DateTime(_FORMATS), help="When it ends, in UTC.")
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
def create(output: str, **options: Any) -> None:
    """Create a window: `--from` with `--until`, or `--cron` with `--duration`."""
    from worldtree.app.views.schedules import blackout_view
    from worldtree.cli.schedule_tables import show_blackout

    asked = asked_blackout(**options)
    show_blackout(blackout_view(application().schedules.add_blackout(asked)), output)


def asked_blackout(
    *,
    name: str,
    cluster: str | None,
    start: datetime | None,
    until: datetime | None,
    cron: str | None,
    time_zone: str,
    duration: float | None,
) -> AskedBlackout:
    """Return the window that options ask for. Raises ``click.UsageError``."""
    from worldtree.app.schedules.asked_blackouts import AskedBlackout

    window: dict[str, Any]
    if start and until and cron is None and duration is None:
        window = {"from": start.replace(tzinfo=UTC), "until": until.replace(tzinfo=UTC)}
    elif cron is not None and duration is not None and not (start or until):
        window = {"cron": cron, "time_zone": time_zone, "duration_seconds": duration}
    else:
        raise click.UsageError("give `--from` and `--until`, or `--cron` and `--duration`")
    return made_of(AskedBlackout, name=name, cluster=cluster, window=window)


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
