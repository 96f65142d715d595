"""``wt cluster``: what the service knows of clusters besides their documents."""

from __future__ import annotations

import click

from worldtree.cli.build_application import application
from worldtree.cli.command import Group
from worldtree.core.errors import ExitCode


@click.group(cls=Group)
def cluster() -> None:
    """Bind clusters to workers."""


@cluster.command(exit_codes={ExitCode.INPUT: "unknown cluster, or a tag is not valid"})
@click.argument("name")
@click.argument("tags", nargs=-1, metavar="[TAG…]")
@click.option("--none", is_flag=True, help="Let any worker work on the cluster.")
def tags(name: str, tags: tuple[str, ...], none: bool) -> None:
    """Show or set which tags a worker needs to work on a cluster.

    Without TAGS it shows them. The service gives tasks of the cluster only to workers that were
    started with all of these tags (`wt worker --tag`); commands at a terminal need none.
    """
    if none and tags:
        raise click.UsageError("`--none` and tags exclude each other")
    made = application()
    if none or tags:
        made.worker_settings.set_tags(name, tags)
    found = made.worker_settings.tags(name)
    if tags and not made.workers.count_with(tags):
        click.echo("warning: no worker has these tags now: tasks of the cluster wait", err=True)
    click.echo(" ".join(found) if found else "any worker")
