"""The argument TASK of commands at a service: which task it is, and how that is said."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from contextlib import suppress
from typing import Any

import click

from worldtree.cli.options import DEFAULT_DOCUMENT
from worldtree.cli.time_text import shown_time
from worldtree.core.errors import InputError
from worldtree.remote.service import RemoteService


def choose_task(
    service: RemoteService, task: str, rather_than: Collection[str] = (), *, refused: bool = True
) -> Mapping[str, Any]:
    """Return the view of the task that the argument stands for, and say on stderr which it is.

    The default is the newest task of the clusters in the default document, if there is one, or else
    of all; ``rather_than`` and ``refused`` as in ``RemoteService.newest_task``. Raises
    ``ServerError`` for an unknown task, and ``InputError`` for a document that cannot be read.
    """
    if task == "latest":
        clusters = _clusters() if DEFAULT_DOCUMENT.is_file() else None
        task = service.newest_task(clusters, rather_than, refused=refused)
    view = service.task(task)
    moment = shown_time(view["started"] or view["asked"])
    facts = f"{view['command']} of cluster `{view['cluster']}`, {moment}"
    command = click.get_current_context().info_name
    click.echo(f"{command} of task {view['task_id']} ({facts})", err=True)
    return view


def choose_shown_task(service: RemoteService, task: str, cluster: str | None) -> str:
    """Return the id of the task to show; for the default, say on stderr which one it is.

    Raises ``ServerError`` for an unknown task.
    """
    if task != "latest":
        return task
    clusters = None if cluster is None else [cluster]
    if clusters is None and DEFAULT_DOCUMENT.is_file():
        # What was done can be read while its document is being edited.
        with suppress(InputError):
            clusters = _clusters()
    return service.newest_task(clusters)


def say_shown(view: Mapping[str, Any], task: str) -> None:
    """Say which task the default stands for."""
    if task == "latest":
        words = f"task {view['task_id']} ({view['command']} of cluster `{view['cluster']}`)"
        click.echo(words, err=True)


def _clusters() -> list[str]:
    from worldtree.cli.remote.documents import read_documents

    return [one.cluster for one in read_documents(DEFAULT_DOCUMENT)]
