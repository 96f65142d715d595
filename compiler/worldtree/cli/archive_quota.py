"""Reads and shows how many archives a project may keep."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import click

from worldtree.cli.output import write_data

_MIB = 1024 * 1024


def asked_quota(count: int | None, size: int | None, *, default: bool) -> tuple[int, int] | None:
    """Return the numbers of a command; None where there are none. Raises ``UsageError``."""
    if default and (count, size) != (None, None):
        raise click.UsageError("`--default` and numbers exclude each other")
    if count is None and size is None:
        return None
    if count is None or size is None:
        raise click.UsageError("`--count` and `--bytes` are set together")
    return count, size


def show_quota(found: Mapping[str, Any], output: str) -> None:
    """Print a quota in the form of ``archive_quota_view``."""
    if output != "table":
        write_data(found, output)
        return
    used = found["used"]
    click.echo(
        f"{used['count']} of {found['count']} archives, "
        f"{used['bytes'] / _MIB:.1f} of {found['bytes'] / _MIB:.1f} MiB"
    )
