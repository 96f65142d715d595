"""The argument TASK of commands that change a task: which one it is, and how that is said."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

import click

from worldtree.cli.completions import complete_task
from worldtree.cli.options import DEFAULT_DOCUMENT

if TYPE_CHECKING:
    from worldtree.app.service import Application
    from worldtree.app.tasks.task_choice import ChosenTask

#: The default stands for the newest task.
task_argument = click.argument("task", default="latest", shell_complete=complete_task)


def choose_task(
    app: Application,
    choose: Callable[[str, list[str] | None], ChosenTask],
    task: str,
    *,
    file: Path | None = None,
) -> str:
    """Return the id of the task that the argument stands for, and say on stderr which one it is.

    The default is the newest task of the clusters in ``file``, or in the default document if the
    current directory has one; otherwise the newest of all. Raises ``UnknownTaskError``, and
    ``InputError`` when that document cannot be read and no task was made from it.
    """
    from worldtree.cli.time_text import format_time

    clusters = None
    document = file or DEFAULT_DOCUMENT
    if task == "latest" and document.is_file():
        clusters = _clusters(app, document)
    chosen = choose(task, clusters)
    record = chosen.record
    facts = [f"{record.command} of cluster `{record.cluster}`"]
    facts.append(format_time(record.started or record.created))
    if chosen.document is not None:
        facts.append(str(chosen.document))
    command = click.get_current_context().info_name
    click.echo(f"{command} of task {record.id} ({', '.join(facts)})", err=True)
    return record.id


def choose_shown_task(app: Application, task: str, cluster: str | None) -> str:
    """Return the id of the task to show; for the default, say on stderr which one it is.

    The default is the newest task of ``cluster``, or else of the clusters in the default document,
    where there is one that can be read. Raises ``UnknownTaskError``.
    """
    from worldtree.core.errors import InputError

    if task != "latest":
        return app.history.choose(task, None).record.id
    clusters = None if cluster is None else [cluster]
    if clusters is None and DEFAULT_DOCUMENT.is_file():
        # What was done can be read while its document is being edited.
        with suppress(InputError):
            clusters = app.documents.clusters(DEFAULT_DOCUMENT)
    record = app.history.choose(task, clusters).record
    click.echo(f"task {record.id} ({record.command} of cluster `{record.cluster}`)", err=True)
    return record.id


def _clusters(app: Application, document: Path) -> list[str]:
    """Return the clusters of a document; of one that cannot be read, those of its tasks.

    A document that is just being edited must not keep anybody from cancelling a task.
    """
    from worldtree.core.errors import InputError

    try:
        return app.documents.clusters(document)
    except InputError as problem:
        known = app.history.clusters_made_from(document.absolute())
        if not known:
            raise
        named = ", ".join(f"`{name}`" for name in known)
        why = f"{document} cannot be read: {problem.message}"
        click.echo(f"warning: {why}; it was the document of {named}", err=True)
        return list(known)
