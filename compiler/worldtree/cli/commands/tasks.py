"""``wt tasks``: past and running tasks, their results and logs."""

from __future__ import annotations

from pathlib import Path
from typing import get_args

import click

from worldtree.cli.build_application import application
from worldtree.cli.command import Group
from worldtree.cli.completions import complete_host, complete_known_cluster, complete_task
from worldtree.cli.options import duration_seconds, node_option, yes_option
from worldtree.cli.output import output_option, write_data
from worldtree.cli.task_argument import choose_shown_task
from worldtree.core.errors import ExitCode
from worldtree.core.list_order import TaskOrder

_NO_TASK = {ExitCode.INPUT: "no task, or more than one, begins with TASK"}
_task = click.argument("task", default="latest", shell_complete=complete_task)
_cluster = click.option(
    "--cluster",
    metavar="NAME",
    shell_complete=complete_known_cluster,
    help="Without TASK: the newest task of this cluster.",
)


@click.group(cls=Group)
def tasks() -> None:
    """List past and running tasks, show results and logs.

    A task is one run of a command such as `wt apply` or `wt verify`. TASK is an id or its
    beginning; the default is the newest task of the cluster in ./cluster.yaml, or of all.
    """


@tasks.command("list")
@click.option("--cluster", metavar="NAME", help="Only tasks of this cluster.")
@click.option(
    "--limit",
    type=click.IntRange(min=1),
    metavar="N",
    default=20,
    show_default=True,
    help="Maximum of tasks.",
)
@click.option(
    "--sort",
    "order",
    type=click.Choice(get_args(TaskOrder)),
    help="Sort by when tasks were asked for, or by their clusters; - means descending. [default: "
    "newest first]",
)
@output_option
def list_(cluster: str | None, limit: int, order: TaskOrder | None, output: str) -> None:
    """List tasks, by default newest first.

    HOSTS is the number of hosts, CHANGED of those with changes (- for a check), FAILED of those
    that failed or were unreachable.
    """
    from worldtree.app.views.tasks import task_list_view
    from worldtree.cli.task_list import write_tasks

    history = application().history
    listed = history.list(cluster, limit, order)
    counts = history.host_counts(listed)
    found = task_list_view((task, counts[task.id]) for task in listed)
    if output != "table":
        write_data(found, output)
    elif found["items"]:
        write_tasks(found["items"])
    else:
        click.echo("no tasks yet: `wt apply` creates the first", err=True)


@tasks.command(exit_codes=_NO_TASK)
@_task
@_cluster
@click.option("--all", "whole", is_flag=True, help="Show every host.")
@output_option
def show(task: str, cluster: str | None, whole: bool, output: str) -> None:
    """Show a task's result per node and host.

    In very large results, only hosts that failed have a row of their own.
    """
    from worldtree.app.views.tasks import task_view
    from worldtree.cli.next_steps import next_step_text
    from worldtree.cli.result_table import module_call_lines, write_result
    from worldtree.cli.task_list import write_asked, write_wait

    app = application()
    history = app.history
    found = history.task(choose_shown_task(app, task, cluster))
    result = history.result(found.id)
    places = history.failure_places(result)
    view = task_view(found, result, places, history.next_steps(found), history.wait_cause(found))
    if output != "table":
        write_data(view, output)
    elif found.has_begun:
        write_result(result, places, whole=whole)
        for line in module_call_lines(result.module_calls):
            click.echo(line)
        write_wait(view)
        for step in history.next_steps(found):
            click.echo(next_step_text(step))
    else:
        write_asked(view)


@tasks.command(exit_codes=_NO_TASK)
@_task
@_cluster
@node_option
@click.option("--host", metavar="HOST", shell_complete=complete_host, help="Only this host.")
@click.option(
    "--failed",
    is_flag=True,
    help="Only failures that were not ignored or rescued, and unreachable hosts.",
)
@output_option
def logs(
    task: str,
    cluster: str | None,
    node: str | None,
    host: str | None,
    failed: bool,
    output: str,
) -> None:
    """Show the log of a task, in order and with full output.

    One entry per Ansible task and host: message, stdout (after `|`) and stderr (after `!`).
    `-o json` adds the complete result of the action.
    """
    from worldtree.app.views.tasks import logs_view
    from worldtree.cli.task_logs import filter_entries, write_entry

    app = application()
    history = app.history
    result = history.result(choose_shown_task(app, task, cluster))
    rescued = history.rescued(result.task_id)
    places = history.places(result.task_id)
    entries = filter_entries(
        result, history.logs(result.task_id, host=host), node, host, failed=failed, rescued=rescued
    )
    if output != "table":
        write_data(logs_view(entries, rescued, places), output)
        return
    empty = True
    for entry in entries:
        write_entry(entry, rescued, places)
        empty = False
    if empty:
        click.echo("no matching entries", err=True)


@tasks.command(
    "import",
    exit_codes={
        ExitCode.OK: "imported, now or before",
        ExitCode.INPUT: "the recording cannot be read, or is not of this bundle",
        ExitCode.REFUSED: "refused: bundle edited, or cluster locked by another task",
    },
)
@click.argument("recording", metavar="DIR", type=click.Path(path_type=Path, exists=True))
@click.option(
    "--dir",
    "bundle",
    metavar="BUNDLE",
    type=click.Path(path_type=Path, file_okay=False),
    help="The bundle that was run.  [default: `project` in the private data directory]",
)
@output_option
def import_(recording: Path, bundle: Path | None, output: str) -> None:
    """Import runs of a bundle that ansible-runner recorded elsewhere.

    DIR is `artifacts/IDENT` of ansible-runner's private data directory, as execution nodes of AWX
    and of ansible-navigator leave it, or that data directory with all its runs. Each run becomes a
    task, once: importing it again changes nothing. Its exit code says whether the import worked,
    `wt tasks show` what the run did.

    A host is done in a node only where the events prove it. Of a run with `--tags`, `--skip-tags`,
    `--start-at-task` or `--step`, the nodes that may have run in part are listed as not done as a
    whole; what `--limit` left out was not run. An imported task cannot be resumed or rolled back,
    and `wt apply --changed` runs its work again.

    The artifact file of ansible-navigator lacks what this needs: record with `--rwje --rad DIR`,
    and import DIR.
    """
    from worldtree.app.views.tasks import import_view
    from worldtree.cli.import_text import write_imported

    app = application()
    found = app.import_runs.run(recording, bundle, notify=lambda words: click.echo(words, err=True))
    write_imported(found, app.history.failure_places, with_results=output == "table")
    if output != "table":
        write_data(import_view(found), output)


@tasks.command(
    exit_codes={
        ExitCode.OK: "the rows matched the events",
        ExitCode.FAILED: "rows differed and were corrected",
        ExitCode.REFUSED: "refused: the task is running",
        **_NO_TASK,
    }
)
@_task
@output_option
def rebuild(task: str, output: str) -> int:
    """Rebuild a task's rows from its events.

    Events are stored first; all other rows of a task are derived from them. Shows whether the rows
    were the same before, and what differed.
    """
    from worldtree.app.views.tasks import rebuild_view
    from worldtree.cli.maintenance_text import write_rebuilt

    found = application().maintenance.rebuild(task)
    if output == "table":
        write_rebuilt(found)
    else:
        write_data(rebuild_view(found), output)
    return ExitCode.FAILED if found.differences else ExitCode.OK


@tasks.command(exit_codes={ExitCode.REFUSED: "not confirmed"})
@click.option(
    "--keep",
    callback=duration_seconds,
    default="30d",
    show_default=True,
    metavar="TIME",
    help="Delete tasks whose last event is older, such as 30d or 12h.",
)
@click.option("--dry-run", is_flag=True, help="Only show what would be deleted.")
@yes_option
@output_option
def prune(keep: float, dry_run: bool, yes: bool, output: str) -> None:
    """Delete old tasks: their events, results and directories.

    Keeps running tasks, and every task that was the last to succeed with a node on a host, because
    `wt apply --changed` and rollbacks need it.
    """
    from worldtree.app.views.tasks import prune_view
    from worldtree.cli.maintenance_text import confirm_pruning, write_pruned

    maintenance = application().maintenance
    if not dry_run and not yes:
        confirm_pruning(maintenance.prune(keep, dry_run=True))
    found = maintenance.prune(keep, dry_run=dry_run)
    if output == "table":
        write_pruned(found, dry_run=dry_run)
    else:
        write_data(prune_view(found), output)
