"""``wt notify``: whom the service tells what has changed."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import click

from worldtree.cli.build_application import application
from worldtree.cli.command import Group, HintedUsageError
from worldtree.cli.error_output import show_diagnostics
from worldtree.cli.model_options import made_of
from worldtree.cli.output import output_option, write_data
from worldtree.core.errors import ExitCode, WorldTreeError

if TYPE_CHECKING:
    from worldtree.app.notifications.notification_service import NewChannel

_UNKNOWN = {ExitCode.REFUSED: "unknown channel"}


@click.group(cls=Group)
def notify() -> None:
    """Manage notifications: whom `wt serve` tells what has changed.

    These commands work on the database of this machine's settings, and need no login.
    """


@notify.group(cls=Group)
def channel() -> None:
    """Manage channels: where notifications go."""


@channel.command(
    exit_codes={
        ExitCode.INPUT: "an invalid option, kind or setting",
        ExitCode.REFUSED: "the name is taken",
    }
)
@click.argument("name")
@click.option(
    "--kind", required=True, metavar="KIND", help="`webhook`, `email`, or one of a package."
)
@click.option(
    "--set",
    "settings",
    multiple=True,
    metavar="KEY=VALUE",
    help="A setting of the kind; may be repeated. Secrets are references, such as "
    "'${env:WORLDTREE_NOTIFY_DEFAULT__SECRET}'. A value may be JSON.",
)
@click.option(
    "--event",
    "events",
    multiple=True,
    metavar="KIND",
    help="Tell only this, such as `failed`; may be repeated.  [default: everything]",
)
@click.option(
    "--quiet",
    metavar="HH:MM-HH:MM",
    help="Hours in which nothing is reported; what happened is reported afterwards in one message.",
)
@click.option("--time-zone", default="UTC", show_default=True, metavar="ZONE", help="Of `--quiet`.")
@output_option
def create(name: str, output: str, **options: Any) -> None:
    """Create a channel of the project.

    \b
    webhook   url, secret
    email     host, port, security, user, password, sender, to
    """
    from worldtree.app.views.notifications import channel_view

    new = new_channel(name, **options)
    service = application().notifications
    view = channel_view(service.create(new))
    show_diagnostics(service.broken_kinds())
    click.echo(f"channel `{name}` created: try it with `wt notify channel test {name}`", err=True)
    if output != "table":
        write_data(view, output)


def new_channel(
    name: str,
    *,
    kind: str,
    settings: tuple[str, ...],
    events: tuple[str, ...],
    quiet: str | None,
    time_zone: str,
) -> NewChannel:
    """Return the channel that options ask for. Raises ``click.UsageError``."""
    from worldtree.app.notifications.notification_service import NewChannel

    hours = None
    if quiet is not None:
        start, _, end = quiet.partition("-")
        hours = {"from": start, "until": end, "time_zone": time_zone}
    given = _settings(settings)
    return made_of(
        NewChannel, name=name, kind=kind, settings=given, events=list(events), quiet_hours=hours
    )


@channel.command("list")
@output_option
def list_(output: str) -> None:
    """List channels, with references in the place of secrets."""
    from worldtree.app.views.notifications import channel_view
    from worldtree.cli.notification_tables import write_channels

    service = application().notifications
    show_diagnostics(service.broken_kinds())
    items = [channel_view(one) for one in service.channels()]
    if output != "table":
        write_data({"items": items}, output)
    elif items:
        write_channels(items)
    else:
        click.echo("no channels yet: `wt notify channel create` creates the first", err=True)


@channel.command(exit_codes={**_UNKNOWN, ExitCode.FAILED: "the message was not delivered"})
@click.argument("name")
def test(name: str) -> None:
    """Send a test message now, from this machine and with its environment."""
    service = application().notifications
    delivery = service.test(name)
    service.notifier().deliver_now(delivery)
    found = service.delivery(delivery)
    if found.status != "delivered":
        raise WorldTreeError(
            f"the test message was not delivered: {found.message}",
            code="notification-failed",
            hint="correct the channel; `wt notify log` shows all deliveries",
        )
    click.echo(f"delivered: {found.message}", err=True)


@channel.command(exit_codes=_UNKNOWN)
@click.argument("name")
def delete(name: str) -> None:
    """Delete a channel, with what was and is to be delivered to it."""
    application().notifications.delete(name)
    click.echo(f"channel `{name}` deleted", err=True)


@notify.command(exit_codes=_UNKNOWN)
@click.option("--channel", "name", metavar="NAME", help="Only deliveries to this channel.")
@click.option(
    "--limit", type=click.IntRange(1, 1000), default=50, show_default=True, help="How many."
)
@output_option
def log(name: str | None, limit: int, output: str) -> None:
    """List deliveries, newest first."""
    from worldtree.app.views.notifications import delivery_view
    from worldtree.cli.notification_tables import write_deliveries

    service = application().notifications
    names = {one.id: one.name for one in service.channels()}
    found = service.deliveries(limit, channel=name)
    items = [delivery_view(one, names) for one in found]
    if output != "table":
        write_data({"items": items}, output)
    elif items:
        write_deliveries(items)
    else:
        click.echo("nothing was to be delivered yet", err=True)


@notify.command(exit_codes={ExitCode.REFUSED: "unknown delivery"})
@click.argument("delivery", type=click.IntRange(1, 2**31 - 2), metavar="ID")
def replay(delivery: int) -> None:
    """Deliver again; ID is the one of `wt notify log`. The service does it."""
    application().notifications.replay(delivery)
    click.echo(f"delivery {delivery} is due again", err=True)


def _settings(given: tuple[str, ...]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for text in given:
        key, sign, value = text.partition("=")
        if not sign or not key:
            raise HintedUsageError("--set takes KEY=VALUE", hint="write `--set url=https://…`")
        try:
            found[key] = json.loads(value) if value[:1] in ("[", "{") or value.isdigit() else value
        except ValueError:
            found[key] = value
    return found
