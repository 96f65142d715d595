"""Questions whose answers must not be seen: asked on the terminal, before any work."""

from __future__ import annotations

import getpass
import sys
from collections.abc import Callable
from functools import cache

#: Returns the answer to a question.
AskSecret = Callable[[str], str]


def terminal_prompt() -> AskSecret | None:
    """Return what asks on the terminal without echo; None where there is none."""
    if not (sys.stdin.isatty() and sys.stderr.isatty()):
        return None
    return _ask_once


@cache
def _ask_once(question: str) -> str:
    """Ask once: what a command clears up before its own work needs the same secrets."""
    return getpass.getpass(f"{question.rstrip(': ')}: ", stream=sys.stderr)
