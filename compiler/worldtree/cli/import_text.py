"""Shows what an import of recorded runs did."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING

import click

from worldtree.cli.result_table import write_result
from worldtree.core.text import and_more

if TYPE_CHECKING:
    from worldtree.app.tasks.import_runs import ImportedRun
    from worldtree.app.tasks.task_places import FailurePlaces
    from worldtree.results.tree import TaskResult

#: Most hosts that a message names.
_MAX_HOSTS = 5


def write_imported(
    found: Iterable[ImportedRun],
    failure_places: Callable[[TaskResult], FailurePlaces],
    *,
    with_results: bool,
) -> None:
    """Say of each run which task it is, with its table if wanted."""
    for run in found:
        task = run.result.task_id
        if run.was_known:
            click.echo(f"{run.directory} was imported before: task {task}", err=True)
            continue
        if with_results:
            write_result(run.result, failure_places(run.result))
        click.echo(f"{run.directory} is imported as task {task}", err=True)
        if run.other_hosts:
            names = and_more(run.other_hosts, _MAX_HOSTS)
            click.echo(f"left out, since the bundle does not have them: {names}", err=True)
