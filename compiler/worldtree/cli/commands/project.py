"""``wt project``: projects, which own clusters."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import click

from worldtree.cli.build_application import application
from worldtree.cli.command import Group
from worldtree.cli.output import output_option, write_data
from worldtree.core.errors import ExitCode


@click.group(cls=Group)
def project() -> None:
    """Manage projects, which own clusters.

    What is in one project does not exist for users without a role in it.
    """


@project.command(exit_codes={ExitCode.INPUT: "invalid name", ExitCode.REFUSED: "the name is taken"})
@click.argument("name")
@output_option
def create(name: str, output: str) -> None:
    """Create a project."""
    from worldtree.app.views.access import project_view

    found = application().access.create_project(name)
    click.echo(f"project `{name}` created", err=True)
    if output != "table":
        write_data(project_view(found), output)


@project.command("list")
@output_option
def list_(output: str) -> None:
    """List projects."""
    from worldtree.app.views.access import project_list_view
    from worldtree.cli.access_tables import write_projects

    found = project_list_view(application().access.list_projects())
    if output == "table":
        write_projects(found["items"])
    else:
        write_data(found, output)


@project.command(exit_codes={ExitCode.INPUT: "the limit is not a number"})
@click.argument("tasks", required=False, type=click.IntRange(min=1))
@click.option("--none", is_flag=True, help="Let as many run as the workers take.")
def limit(tasks: int | None, none: bool) -> None:
    """Show or set how many tasks of the project run at the same time.

    Of the project that WORLDTREE_PROJECT names. More than that wait in the queue, whatever the
    number of workers.
    """
    if none and tasks is not None:
        raise click.UsageError("`--none` and a number exclude each other")
    made = application()
    if none or tasks is not None:
        made.worker_settings.set_task_limit(tasks)
    found = made.worker_settings.task_limit()
    click.echo("no limit" if found is None else str(found))


@project.command(exit_codes={ExitCode.INPUT: "a number is missing or wrong"})
@click.option("--count", type=click.IntRange(min=0), metavar="N", help="Archives at most.")
@click.option(
    "--bytes", "size", type=click.IntRange(min=0), metavar="N", help="Bytes in them at most."
)
@click.option("--default", is_flag=True, help="As many as other projects.")
@output_option
def archives(count: int | None, size: int | None, default: bool, output: str) -> None:
    """Show or set how many archives of roles and files the project may keep.

    Of the project that WORLDTREE_PROJECT names. Those that it has stay, and new ones are refused.
    `wt prune` deletes old ones that nothing needs.
    """
    from worldtree.cli.archive_quota import asked_quota, show_quota

    wanted = asked_quota(count, size, default=default)
    service = application().archives
    if wanted is not None or default:
        service.set_quota(wanted)
    show_quota(service.quota(), output)


@project.command(
    exit_codes={ExitCode.INPUT: "the file is not a policy", ExitCode.REFUSED: "nothing was changed"}
)
@click.argument("file", required=False, type=click.Path(path_type=Path, dir_okay=False))
@click.option("--none", is_flag=True, help="Remove it: the policy of the service is in effect.")
@output_option
def policy(file: Path | None, none: bool, output: str) -> None:
    """Show or set what documents of the project may do on the machine of the service.

    Of the project that WORLDTREE_PROJECT names. FILE has a table `[policy]`, as the one that
    `wt serve --policy` reads. Workers allow no more of it than the operator does in theirs.
    """
    from worldtree.app.documents.project_policies import ProjectPolicy

    wanted = asked_policy(file, none=none)
    policies = application().project_policies
    if wanted is not None:
        policies.change(ProjectPolicy(**wanted), ("*",))
    elif none:
        policies.change(None, ("*",))
    show_policy(policies.view()["policy"], output)


def asked_policy(file: Path | None, *, none: bool) -> dict[str, Any] | None:
    """Return the policy in a file as JSON data; None without a file.

    Raises ``UsageError`` for a file beside ``none``, and ``InputError`` for a wrong one.
    """
    from worldtree.app.documents.document_policy import policy_data
    from worldtree.app.documents.policy_file import read_policy

    if none and file is not None:
        raise click.UsageError("`--none` and a file exclude each other")
    return None if file is None else policy_data(read_policy(file).default)


def show_policy(found: Mapping[str, Any] | None, output: str) -> None:
    """Print the policy of a project; None where it has none of its own."""
    if output != "table":
        write_data(found, output)
    elif found is None:
        click.echo("none of its own: the policy of the service is in effect")
    else:
        given = [
            name for name in found if found[name] or (name, found[name]) == ("worker_tags", [])
        ]
        for name in given:
            click.echo(f"{name}: {json.dumps(found[name])}")
        if not given:
            click.echo("nothing is allowed")
