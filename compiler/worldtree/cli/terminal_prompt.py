"""Asks for secrets on the terminal, without echo."""

from __future__ import annotations

import sys
from functools import cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from worldtree.app.ports import AskSecret


def terminal_prompt() -> AskSecret | None:
    """Return a function that asks on the terminal; None without a terminal."""
    # Closed streams are None.
    if all(stream is not None and stream.isatty() for stream in (sys.stdin, sys.stderr)):
        return _ask_once
    return None


@cache
def _ask_once(question: str) -> str:
    """Ask once per process: finishing orphaned runs first needs the same secrets as the work."""
    import getpass

    return getpass.getpass(f"{question.rstrip(': ')}: ", stream=sys.stderr)
