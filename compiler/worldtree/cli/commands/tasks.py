"""``wt tasks``: what was run before, what became of it, and everything that hosts said."""

from __future__ import annotations

import click

from worldtree.cli.application import application
from worldtree.cli.command import Group
from worldtree.cli.options import node_option
from worldtree.cli.output import output_option, write_data
from worldtree.errors import ExitCode

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

    HOSTS counts the hosts a task worked on, CHANGED those on which something changed, FAILED those
    that failed or could not be reached.
    """
    from worldtree.cli.task_list import task_data, write_tasks

    history = application().history
    found = [(task, history.result(task.id)) for task in history.list(cluster, limit)]
    if output != "table":
        write_data({"items": [task_data(task, result) for task, result in found]}, output)
    elif found:
        write_tasks(found)
    else:
        click.echo("no tasks yet: `wt apply` makes the first", err=True)


@tasks.command(codes=_NO_TASK)
@_task
@click.option("--all", "whole", is_flag=True, help="Every host, however many there are.")
@output_option
def show(task: str, whole: bool, output: str) -> None:
    """Show a task's result per node and host.

    Of results with very many hosts only those that failed are shown one by one.
    """
    from worldtree.cli.result_table import write_result
    from worldtree.results.shape import task_json

    result = application().history.result(task)
    if output == "table":
        write_result(result, whole=whole)
    else:
        write_data(task_json(result), output)


@tasks.command(codes=_NO_TASK)
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
    from worldtree.cli.task_logs import chosen, entry_data, write_entry

    history = application().history
    result = history.result(task)
    entries = chosen(result, history.logs(result.task_id, host=host), node, host, failed=failed)
    if output != "table":
        write_data({"items": [entry_data(entry) for entry in entries]}, output)
        return
    empty = True
    for entry in entries:
        write_entry(entry)
        empty = False
    if empty:
        click.echo("nothing was said that fits", err=True)
