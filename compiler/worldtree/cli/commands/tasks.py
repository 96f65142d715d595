"""``wt tasks``: what was run before, what became of it, and everything that hosts said."""

from __future__ import annotations

import click

from worldtree.cli.build_application import application
from worldtree.cli.command import Group
from worldtree.cli.options import duration_seconds, node_option, yes_option
from worldtree.cli.output import output_option, write_data
from worldtree.core.errors import ExitCode

_NO_TASK = {ExitCode.INPUT: "there is no such task, or several begin with TASK"}
_task = click.argument("task", default="latest")


@click.group(cls=Group)
def tasks() -> None:
    """List past and running tasks, show their results.

    A task is one run of `wt apply`, `wt verify` or `wt destroy`. Where TASK is asked for, the
    beginning of an id will do, and without one it is the newest task.
    """


@tasks.command("list")
@click.option("--cluster", metavar="NAME", help="Only tasks of this cluster.")
@click.option(
    "--limit",
    type=click.IntRange(min=1),
    metavar="N",
    default=20,
    show_default=True,
    help="At most so many, the newest.",
)
@output_option
def list_(cluster: str | None, limit: int, output: str) -> None:
    """List tasks, the newest first.

    HOSTS counts the hosts a task worked on, CHANGED those on which something changed (- for a task
    that only looked), FAILED those that failed or could not be reached.
    """
    from worldtree.cli.task_list import task_data, write_tasks

    history = application().history
    listed = history.list(cluster, limit)
    counts = history.host_counts(listed)
    found = [(task, counts[task.id]) for task in listed]
    if output != "table":
        write_data({"items": [task_data(*one) for one in found]}, output)
    elif found:
        write_tasks(found)
    else:
        click.echo("no tasks yet: `wt apply` makes the first", err=True)


@tasks.command(exit_codes=_NO_TASK)
@_task
@click.option("--all", "whole", is_flag=True, help="Every host, however many there are.")
@output_option
def show(task: str, whole: bool, output: str) -> None:
    """Show a task's result per node and host.

    Of results with very many hosts only those that failed are shown one by one.
    """
    from worldtree.cli.result_table import write_result
    from worldtree.results.json_view import task_json

    result = application().history.result(task)
    if output == "table":
        write_result(result, whole=whole)
    else:
        write_data(task_json(result), output)


@tasks.command(exit_codes=_NO_TASK)
@_task
@node_option
@click.option("--host", metavar="HOST", help="Only what this host said.")
@click.option("--failed", is_flag=True, help="Only what failed or could not be reached.")
@output_option
def logs(task: str, node: str | None, host: str | None, failed: bool, output: str) -> None:
    """Show what every host said, whole and in order.

    One entry for each Ansible task on each host: its message, its output (after `|`) and its error
    output (after `!`). `-o json` adds the action's whole result.
    """
    from worldtree.cli.task_logs import entry_data, filter_entries, write_entry

    history = application().history
    result = history.result(task)
    entries = filter_entries(
        result, history.logs(result.task_id, host=host), node, host, failed=failed
    )
    if output != "table":
        write_data({"items": [entry_data(entry) for entry in entries]}, output)
        return
    empty = True
    for entry in entries:
        write_entry(entry)
        empty = False
    if empty:
        click.echo("nothing was said that fits", err=True)


@tasks.command(
    exit_codes={
        ExitCode.OK: "the rows were as the events have them",
        ExitCode.FAILED: "something differed; it is mended",
        ExitCode.REFUSED: "refused: the task is being worked on",
        **_NO_TASK,
    }
)
@_task
@output_option
def rebuild(task: str, output: str) -> int:
    """Make a task's rows anew from its events.

    Events are what was kept first, and everything that is listed follows from them. Says whether
    the tree of results is the same as before, and what differed.
    """
    from worldtree.cli.maintenance_text import rebuilt_data, write_rebuilt

    found = application().maintenance.rebuild(task)
    if output == "table":
        write_rebuilt(found)
    else:
        write_data(rebuilt_data(found), output)
    return ExitCode.FAILED if found.differences else ExitCode.OK


@tasks.command(exit_codes={ExitCode.REFUSED: "not confirmed"})
@click.option(
    "--keep",
    callback=duration_seconds,
    default="30d",
    show_default=True,
    metavar="TIME",
    help="How long ago the last thing that happened to a task must be, such as 30d or 12h.",
)
@click.option("--dry-run", is_flag=True, help="Only say what would be deleted.")
@yes_option
@output_option
def prune(keep: float, dry_run: bool, yes: bool, output: str) -> None:
    """Delete old tasks: their events, results and directories.

    What is being worked on stays, and so does every task that was the last to succeed with some
    node on some host, since `wt apply --changed` and rollbacks build on it.
    """
    from worldtree.cli.maintenance_text import confirm_pruning, pruned_data, write_pruned

    maintenance = application().maintenance
    if not dry_run and not yes:
        confirm_pruning(maintenance.prune(keep, dry_run=True))
    found = maintenance.prune(keep, dry_run=dry_run)
    if output == "table":
        write_pruned(found, dry_run=dry_run)
    else:
        write_data(pruned_data(found), output)
