"""The ways in which ``wt apply`` does not simply apply: rehearse, check, go step by step."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

import click

from worldtree.cli.command import HintedUsageError

F = TypeVar("F", bound=Callable[..., Any])

_OPTIONS = (
    click.option(
        "--dry-run",
        is_flag=True,
        help="Only show what would run when and how long it would take; contact no host.",
    ),
)


def mode_options(function: F) -> F:
    """Add the options that choose a mode."""
    for option in reversed(_OPTIONS):
        function = option(function)
    return function


def refuse_with_dry_run(**others: Any) -> None:
    """Refuse options that mean nothing when nothing is run."""
    for name, value in others.items():
        if value:
            message = f"--dry-run runs nothing, so it goes with no --{name.replace('_', '-')}"
            raise HintedUsageError(message, hint="leave one of them out")
