"""What care of the state has done, as text and as data."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

import click

from worldtree.cli.output import count
from worldtree.core.errors import RefusedError

if TYPE_CHECKING:
    from worldtree.app.admin.maintenance import Pruned, Rebuilt

_UNITS = ("KiB", "MiB", "GiB", "TiB")


def format_bytes(number: int) -> str:
    """Return bytes as people read them: ``812 B``, ``3.4 MiB``."""
    if number < 1024:
        return f"{number} B"
    value, place = number / 1024, 0
    while value >= 1024 and place < len(_UNITS) - 1:
        value, place = value / 1024, place + 1
    return f"{value:.1f} {_UNITS[place]}"


def write_rebuilt(found: Rebuilt) -> None:
    """Say what was made anew, and whether it is the same."""
    rows = ", ".join(f"{number:,} {name}" for name, number in found.rows.items())
    click.echo(f"{found.task}: made anew from {count(found.events, 'event')}: {rows}")
    for line in found.differences:
        click.echo(f"  {line}")
    if found.differences:
        click.echo(f"differs: {count(len(found.differences), 'value')}, mended", err=True)
    else:
        click.echo("identical: the tree is as it was", err=True)


def rebuilt_data(found: Rebuilt) -> dict[str, Any]:
    """Return it as JSON data."""
    return {
        "task_id": found.task,
        "events": found.events,
        "rows": dict(found.rows),
        "identical": not found.differences,
        "differences": list(found.differences),
    }


def write_pruned(found: Pruned, *, dry_run: bool) -> None:
    """Say what went, or would go."""
    for task in found.tasks:
        click.echo(f"{task.id}  {task.cluster}  {task.command}  {task.status}")
    click.echo(f"{_summary(found)} {'would be' if dry_run else 'were'} deleted", err=True)


def pruned_data(found: Pruned) -> dict[str, Any]:
    """Return it as JSON data."""
    return {
        "items": [
            {
                "id": task.id,
                "cluster": task.cluster,
                "command": task.command,
                "status": task.status.value,
            }
            for task in found.tasks
        ],
        "events": found.events,
        "directories": [str(path) for path in found.directories],
        "bytes": found.size,
        "needed": found.needed,
    }


def confirm_pruning(found: Pruned) -> None:
    """Ask before anything is deleted; raises ``RefusedError``."""
    if not found.tasks and not found.directories:
        return
    refused = "deleting old tasks was not confirmed"
    if not sys.stdin.isatty():
        raise RefusedError(refused, hint="add --yes where nobody can be asked, or --dry-run")
    write_pruned(found, dry_run=True)
    if not click.confirm("Delete them?", err=True):
        raise RefusedError(refused)


def _summary(found: Pruned) -> str:
    parts = (
        count(len(found.tasks), "task"),
        count(found.events, "event"),
        f"{count(len(found.directories), 'directory', 'directories')} with"
        f" {format_bytes(found.size)}",
    )
    stay, did = ("stays", "it did") if found.needed == 1 else ("stay", "they did")
    older = f" ({count(found.needed, 'older task')} {stay}: what {did} last is what is there)"
    return ", ".join(parts) + (older if found.needed else "")
