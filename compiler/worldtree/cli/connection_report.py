"""Shows the hosts that failed the connection check, on stderr."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING

import click

from worldtree.cli.terminal import use_colour

if TYPE_CHECKING:
    from worldtree.app.requests import HostConnection


def show_connections(connections: Sequence[HostConnection]) -> None:
    """Print each failed host with the reason and a hint; nothing if none failed."""
    failed = [found for found in connections if found.state == "failed"]
    for found in failed:
        head = click.style(f"{found.host}: {found.message}", fg="red")
        click.echo(f"{head} [{found.slug}]", err=True, color=use_colour(sys.stderr))
        if found.hint:
            click.echo(f"  help: {found.hint}", err=True)
    if failed:
        text = f"{len(failed)} of {len(connections)} hosts failed the connection check"
        click.echo(text, err=True)
