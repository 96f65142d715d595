"""Questions whose answers must not be seen: asked on the terminal, before any work."""

from __future__ import annotations

import getpass
import sys
from collections.abc import Callable

#: Returns the answer to a question.
Ask = Callable[[str], str]


def terminal_asker() -> Ask | None:
    """Return what asks on the terminal without echo; None where there is none."""
    if not (sys.stdin.isatty() and sys.stderr.isatty()):
        return None
    return lambda question: getpass.getpass(f"{question.rstrip(': ')}: ", stream=sys.stderr)
