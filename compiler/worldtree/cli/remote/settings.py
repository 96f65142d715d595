"""``wt --server URL workers``, ``cluster``, ``group``, ``project limit``, ``project policy``,
``proposal rules``.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import click

from worldtree.cli.output import write_data
from worldtree.cli.remote.connect import open_service
from worldtree.remote.client import quoted
from worldtree.remote.results import unreadable_answer
from worldtree.remote.service import RemoteService, with_keys

_WORKER_KEYS = (
    *("id", "state", "host", "process", "user", "version", "tags", "capacity", "tasks"),
    *("started", "silent"),
)
_GROUP_KEYS = ("group", "role", "project")
#: The project of a request that names none.
_DEFAULT_PROJECT = "default"


def workers(*, gone: bool, output: str) -> None:
    """List the workers."""
    from worldtree.cli.worker_table import write_workers

    items = open_service().whole_list("/workers", *_WORKER_KEYS, all=gone)
    if output == "table":
        write_workers(items)
    else:
        write_data({"items": items}, output)


def cluster_tags(*, name: str, tags: tuple[str, ...], none: bool) -> None:
    """Show or set which tags a worker needs to work on a cluster."""
    if none and tags:
        raise click.UsageError("`--none` and tags exclude each other")
    service, path = open_service(), f"/clusters/{quoted(name)}/tags"
    if none or tags:
        found = service.client.change("PUT", path, {"tags": list(tags)})
    else:
        found = service.mapping(path)
    with_keys(found, path, "tags", "workers")
    if tags and not found["workers"]:
        click.echo("warning: no worker has these tags now: tasks of the cluster wait", err=True)
    click.echo(" ".join(found["tags"]) if found["tags"] else "any worker")


def project_limit(*, tasks: int | None, none: bool) -> None:
    """Show or set how many tasks of the project run at the same time."""
    if none and tasks is not None:
        raise click.UsageError("`--none` and a number exclude each other")
    service = open_service()
    path = _project(service)
    if none or tasks is not None:
        found = service.client.change("PUT", f"{path}/limits", {"tasks": tasks})
    else:
        found = service.mapping(path)
    limit = _part(found, path, "limits", "tasks")["tasks"]
    click.echo("no limit" if limit is None else str(limit))


def project_archives(*, count: int | None, size: int | None, default: bool, output: str) -> None:
    """Show or set how many archives the project may keep."""
    from worldtree.cli.archive_quota import asked_quota, show_quota

    wanted = asked_quota(count, size, default=default)
    service = open_service()
    path = f"{_project(service)}/archives"
    if wanted is not None:
        found = service.client.change("PUT", path, {"count": wanted[0], "bytes": wanted[1]})
    elif default:
        found = service.client.change("DELETE", path)
    else:
        found = service.mapping(path)
    show_quota(with_keys(found, path, "count", "bytes", "used"), output)


def project_policy(*, file: Path | None, none: bool, output: str) -> None:
    """Show or set what documents of the project may do on the machine of the service."""
    from worldtree.cli.commands.project import asked_policy, show_policy

    wanted = asked_policy(file, none=none)
    service = open_service()
    path = f"{_project(service)}/policy"
    if wanted is not None:
        found = service.client.change("PUT", path, wanted, if_match="*")
    elif none:
        found = service.client.change("DELETE", path, if_match="*")
    else:
        found = service.mapping(path)
    show_policy(with_keys(found, path, "policy")["policy"], output)


def proposal_rules(*, required: int | None, own: bool | None, output: str) -> None:
    """Show the rules of the project about approvals, or change them."""
    from worldtree.cli.proposal_text import show_rules

    service = open_service()
    path = _project(service)
    rules = _part(service.mapping(path), path, "approvals", "required", "own")
    if required is not None or own is not None:
        values = {"required": required, "own": own}
        given = {name: value for name, value in values.items() if value is not None}
        # Nobody approves one's own unless that is said.
        wanted = {"required": rules["required"], "own": False, **given}
        found = service.client.change("PUT", f"{path}/approvals", wanted)
        rules = _part(found, path, "approvals", "required", "own")
    show_rules(rules, output)


def grant_group(*, name: str, role: str, project: str | None, all_projects: bool) -> None:
    """Give the users of a group a role in a project."""
    changed = _bind_group("PUT", name, role, project, all_projects=all_projects)
    click.echo(f"group `{name}` {'has' if changed else 'had'} the role `{role}` there", err=True)


def revoke_group(*, name: str, role: str, project: str | None, all_projects: bool) -> None:
    """Take a role in a project from the users of a group."""
    changed = _bind_group("DELETE", name, role, project, all_projects=all_projects)
    words = "has no longer" if changed else "did not have"
    click.echo(f"group `{name}` {words} the role `{role}` there", err=True)


def list_groups(*, output: str) -> None:
    """List the roles of all groups."""
    from worldtree.cli.access_tables import write_group_roles

    items = _groups(open_service())
    if output != "table":
        write_data({"items": items}, output)
    elif items:
        write_group_roles(items)
    else:
        click.echo("no group has a role yet: `wt group grant` gives the first", err=True)


def _bind_group(
    method: str, name: str, role: str, project: str | None, *, all_projects: bool
) -> bool:
    """Give or take a role; return whether that changed anything."""
    from worldtree.cli.commands.user import chosen_place

    where, service = chosen_place(project, all_projects), open_service()
    before = {"group": name, "role": role, "project": where} in _groups(service)
    path = f"/groups/{quoted(name)}/roles/{quoted(role)}"
    service.client.change(method, path, project=where)
    return before == (method == "DELETE")


def _groups(service: RemoteService) -> list[Mapping[str, Any]]:
    return service.whole_list("/groups", *_GROUP_KEYS)


def _project(service: RemoteService) -> str:
    return f"/projects/{quoted(service.client.project or _DEFAULT_PROJECT)}"


def _part(found: Any, path: str, name: str, *keys: str) -> Mapping[str, Any]:
    """Return a part of the settings of a project."""
    part = with_keys(found, path, name)[name]
    if not isinstance(part, dict):
        raise unreadable_answer(f"`{path}`")
    return with_keys(part, path, *keys)
