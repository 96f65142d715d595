"""What the connection check found, on stderr: every host that cannot be worked on, at once."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING

import click

from worldtree.cli.terminal import use_colour

if TYPE_CHECKING:
    from worldtree.app.requests import HostConnection


def show_connections(connections: Sequence[HostConnection]) -> None:
    """Print each host that failed the check with why and the mend; nothing when all is well."""
    failed = [found for found in connections if found.state == "failed"]
    for found in failed:
        head = click.style(f"{found.host}: {found.message}", fg="red")
        click.echo(f"{head} [{found.slug}]", err=True, color=use_colour(sys.stderr))
        if found.hint:
            click.echo(f"  help: {found.hint}", err=True)
    if failed:
        told = f"{len(failed)} of {len(connections)} hosts cannot be worked on"
        click.echo(told, err=True)
