"""``wt --server URL schedule``: schedules of clusters, and windows in which they start nothing."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import islice
from typing import Any

import click

from worldtree.cli.output import write_data
from worldtree.cli.remote.connect import open_service
from worldtree.cli.schedule_tables import (
    show_blackout,
    show_schedule,
    write_blackouts,
    write_runs,
    write_schedule,
    write_schedules,
)
from worldtree.remote.client import quoted
from worldtree.remote.service import RemoteService, with_keys

_KEYS = ("name", "cluster", "status", "cron", "time_zone", "task", "policy", "created_by", "next")
_DETAIL_KEYS = (*_KEYS, "refused")
_RUN_KEYS = ("due", "outcome", "task_id", "message")
_BLACKOUT_KEYS = ("id", "name", "cluster", "window")
#: Entries of the history that `show` prints.
_HISTORY = 20


def create(*, cluster: str, name: str, output: str, **options: Any) -> None:
    """Create a schedule of a cluster."""
    from worldtree.cli.commands.schedule import new_schedule

    new = new_schedule(name, **options)
    path = f"/clusters/{quoted(cluster)}/schedules"
    # As a service of the version before takes it, too.
    body = {**new.model_dump(mode="json"), "task": new.task.stored()}
    found = open_service().client.post(path, body)
    show_schedule(with_keys(found, path, *_DETAIL_KEYS), output, f"schedule `{name}` created")


def list_(*, cluster: str | None, output: str) -> None:
    """List the schedules of all clusters, or of one."""
    service = open_service()
    items = list(_of(service, cluster) if cluster is not None else _every(service))
    if output != "table":
        write_data({"items": items}, output)
    elif items:
        write_schedules(items)
    else:
        click.echo("no schedules yet: `wt schedule create` creates the first", err=True)


def show(*, cluster: str, name: str, output: str) -> None:
    """Show a schedule, when it is due next, and what became of its last times."""
    service, path = open_service(), _path(cluster, name)
    found = _schedule(service, cluster, name)
    runs = islice(service.items(f"{path}/runs", _HISTORY), _HISTORY)
    view = {**found, "runs": [with_keys(one, path, *_RUN_KEYS) for one in runs]}
    if output != "table":
        write_data(view, output)
        return
    write_schedule(view)
    write_runs(view["runs"], view["time_zone"])


def next_(*, cluster: str, name: str, count: int, output: str) -> None:
    """Print when a schedule is due next."""
    from worldtree.cli.commands.schedule import show_next

    found = _schedule(open_service(), cluster, name)
    times = list(islice(_times(found), count))
    show_next(times, found["time_zone"], name, output)


def _times(found: Mapping[str, Any]) -> Iterator[str]:
    """Yield the next times: the service says the first ones, the expression gives the others."""
    from worldtree.app.schedules.cron_times import read_cron
    from worldtree.remote.results import epoch
    from worldtree.results.json_view import utc_text

    yield from found["next"]
    last = epoch(found["next"][-1]) if found["next"] else None
    if last is not None:
        for one in read_cron(found["cron"], found["time_zone"]).times_after(last):
            yield utc_text(one) or ""


def enable(*, cluster: str, name: str, output: str) -> None:
    """Let a schedule start tasks again, from its next time on."""
    _switch(cluster, name, "enable", output, f"schedule `{name}` is enabled")


def disable(*, cluster: str, name: str, output: str) -> None:
    """Let a schedule start nothing until it is enabled."""
    _switch(cluster, name, "disable", output, f"schedule `{name}` is disabled")


def delete(*, cluster: str, name: str) -> None:
    """Delete a schedule with its history; its tasks stay."""
    open_service().client.delete(_path(cluster, name))
    click.echo(f"schedule `{name}` deleted", err=True)


def create_blackout(*, output: str, **options: Any) -> None:
    """Create a window in which schedules start nothing."""
    from worldtree.cli.commands.blackout import asked_blackout

    asked = asked_blackout(**options)
    body = asked.model_dump(mode="json", by_alias=True)
    found = open_service().client.post("/blackouts", body)
    show_blackout(with_keys(found, "/blackouts", *_BLACKOUT_KEYS), output)


def list_blackouts(*, output: str) -> None:
    """List the windows."""
    found = open_service().items("/blackouts")
    items = [with_keys(one, "/blackouts", *_BLACKOUT_KEYS) for one in found]
    if output != "table":
        write_data({"items": items}, output)
    elif items:
        write_blackouts(items)
    else:
        click.echo("no blackouts", err=True)


def delete_blackout(*, blackout_id: str) -> None:
    """Delete a window."""
    open_service().client.delete(f"/blackouts/{quoted(blackout_id)}")
    click.echo(f"blackout {blackout_id} deleted", err=True)


def _switch(cluster: str, name: str, what: str, output: str, words: str) -> None:
    path = f"{_path(cluster, name)}/{what}"
    found = open_service().client.post(path)
    show_schedule(with_keys(found, path, *_DETAIL_KEYS), output, words)


def _every(service: RemoteService) -> Iterator[Mapping[str, Any]]:
    for one in list(service.items("/clusters")):
        yield from _of(service, str(with_keys(one, "/clusters", "name")["name"]))


def _of(service: RemoteService, cluster: str) -> Iterator[Mapping[str, Any]]:
    path = f"/clusters/{quoted(cluster)}/schedules"
    for one in service.whole_list(path):
        yield with_keys(one, path, *_KEYS)


def _schedule(service: RemoteService, cluster: str, name: str) -> Mapping[str, Any]:
    path = _path(cluster, name)
    return with_keys(service.mapping(path), path, *_DETAIL_KEYS)


def _path(cluster: str, name: str) -> str:
    return f"/clusters/{quoted(cluster)}/schedules/{quoted(name)}"
