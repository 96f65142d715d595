"""``wt --server URL notify``: channels of a service, and what was delivered to them."""

from __future__ import annotations

import time
from itertools import islice
from typing import Any

import click

from worldtree.cli.notification_tables import write_channels, write_deliveries
from worldtree.cli.output import write_data
from worldtree.cli.remote.connect import open_service
from worldtree.core.errors import WorldTreeError
from worldtree.remote.client import quoted
from worldtree.remote.service import RemoteService, with_keys

_PATH = "/notifications/channels"
_DELIVERIES = "/notifications/deliveries"
_KEYS = ("name", "kind", "settings", "events", "quiet_hours")
_DELIVERY_KEYS = ("id", "channel", "status", "tries", "message", "event", "summary", "created")
#: Seconds between two looks at a delivery, and until they are given up.
_POLL, _TEST_TIMEOUT = 0.5, 60.0


def create(*, name: str, output: str, **options: Any) -> None:
    """Create a channel of the project."""
    from worldtree.cli.commands.notify import new_channel

    new = new_channel(name, **options)
    found = open_service().client.post(_PATH, new.model_dump(mode="json", by_alias=True))
    view = with_keys(found, _PATH, *_KEYS)
    click.echo(f"channel `{name}` created: try it with `wt notify channel test {name}`", err=True)
    if output != "table":
        write_data(view, output)


def list_(*, output: str) -> None:
    """List channels, with references in the place of secrets."""
    items = [with_keys(one, _PATH, *_KEYS) for one in open_service().items(_PATH)]
    if output != "table":
        write_data({"items": items}, output)
    elif items:
        write_channels(items)
    else:
        click.echo("no channels yet: `wt notify channel create` creates the first", err=True)


def test(*, name: str) -> None:
    """Let the service send a test message, and wait for its end."""
    service, path = open_service(), f"{_PATH}/{quoted(name)}/test"
    found = with_keys(service.client.post(path), path, *_DELIVERY_KEYS)
    status, message = _end_of(service, name, int(found["id"]))
    if status != "delivered":
        raise WorldTreeError(
            f"the test message was not delivered: {message or 'it is still to be delivered'}",
            code="notification-failed",
            hint="correct the channel; `wt notify log` shows all deliveries",
        )
    click.echo(f"delivered: {message}", err=True)


def _end_of(service: RemoteService, channel: str, delivery: int) -> tuple[str, str]:
    """Return status and message of a delivery once it was tried."""
    end = time.monotonic() + _TEST_TIMEOUT
    while True:
        for one in islice(service.items(_DELIVERIES, channel=channel), 200):
            with_keys(one, _DELIVERIES, *_DELIVERY_KEYS)
            if one["id"] == delivery and (one["tries"] or time.monotonic() > end):
                return str(one["status"]), str(one["message"] or "")
        if time.monotonic() > end:
            return "", ""
        time.sleep(_POLL)


def delete(*, name: str) -> None:
    """Delete a channel, with what was and is to be delivered to it."""
    open_service().client.delete(f"{_PATH}/{quoted(name)}")
    click.echo(f"channel `{name}` deleted", err=True)


def log(*, name: str | None, limit: int, output: str) -> None:
    """List deliveries, newest first."""
    found = open_service().items(_DELIVERIES, limit, channel=name)
    items = [with_keys(one, _DELIVERIES, *_DELIVERY_KEYS) for one in islice(found, limit)]
    if output != "table":
        write_data({"items": items}, output)
    elif items:
        write_deliveries(items)
    else:
        click.echo("nothing was to be delivered yet", err=True)


def replay(*, delivery: int) -> None:
    """Deliver again."""
    open_service().client.post(f"{_DELIVERIES}/{delivery}/replay")
    click.echo(f"delivery {delivery} is due again", err=True)
