"""Shows what maintenance of the state did."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import click

from worldtree.cli.output import count
from worldtree.core.errors import RefusedError

if TYPE_CHECKING:
    from worldtree.app.admin.maintenance import Pruned, Rebuilt

_UNITS = ("KiB", "MiB", "GiB", "TiB")


def format_bytes(number: int) -> str:
    """Return bytes with a unit: ``812 B``, ``3.4 MiB``."""
    if number < 1024:
        return f"{number} B"
    value, place = number / 1024, 0
    while value >= 1024 and place < len(_UNITS) - 1:
        value, place = value / 1024, place + 1
    return f"{value:.1f} {_UNITS[place]}"


def write_rebuilt(found: Rebuilt) -> None:
    """Print what was rebuilt and whether it differed."""
    rows = ", ".join(f"{number:,} {name}" for name, number in found.rows.items())
    click.echo(f"{found.task}: rebuilt from {count(found.events, 'event')}: {rows}")
    for line in found.differences:
        click.echo(f"  {line}")
    if found.differences:
        click.echo(f"differs: {count(len(found.differences), 'value')}, corrected", err=True)
    else:
        click.echo("identical: nothing differed", err=True)


def write_pruned(found: Pruned, *, dry_run: bool) -> None:
    """Print what was deleted, or would be."""
    for task in found.tasks:
        click.echo(f"{task.id}  {task.cluster}  {task.command}  {task.status}")
    click.echo(f"{_summary(found)} {'would be' if dry_run else 'were'} deleted", err=True)


def confirm_pruning(found: Pruned) -> None:
    """Ask before anything is deleted; raises ``RefusedError``."""
    if not found.tasks and not found.directories:
        return
    refused = "deleting old tasks was not confirmed"
    if not sys.stdin.isatty():
        raise RefusedError(
            refused, code="not-confirmed", hint="without a terminal, add --yes or --dry-run"
        )
    write_pruned(found, dry_run=True)
    if not click.confirm("Delete them?", err=True):
        raise RefusedError(refused, code="not-confirmed")


def _summary(found: Pruned) -> str:
    parts = (
        count(len(found.tasks), "task"),
        count(found.events, "event"),
        f"{count(len(found.directories), 'directory', 'directories')} with"
        f" {format_bytes(found.size)}",
    )
    older = f" ({count(found.needed, 'older task')} kept: the last success of a node on a host)"
    return ", ".join(parts) + (older if found.needed else "")
