"""Asks for secrets on the terminal, without echo unless the question allows it."""

from __future__ import annotations

import sys
from functools import cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from worldtree.app.ports import AskSecret, Question


def terminal_prompt() -> AskSecret | None:
    """Return a function that asks on the terminal; None without a terminal."""
    # Closed streams are None.
    if all(stream is not None and stream.isatty() for stream in (sys.stdin, sys.stderr)):
        return _ask_once
    return None


@cache
def _ask_once(question: Question) -> str:
    """Ask once per process: finishing orphaned runs first needs the same secrets as the work."""
    words = question.text.rstrip(": ")
    if question.default is not None:
        words += f" [{question.default}]" if question.is_shown else " [Enter: the default]"
    read = _read_shown if question.is_shown else _read_hidden
    while True:
        answer = read(f"{words}: ")
        if not question.is_confirmed or read(f"confirm {words}: ") == answer:
            return answer
        print("the answers differ: enter both again", file=sys.stderr)


def _read_hidden(words: str) -> str:
    import getpass

    return getpass.getpass(words, stream=sys.stderr)


def _read_shown(words: str) -> str:
    """Return a line; raises ``EOFError`` as ``getpass`` does."""
    print(words, end="", file=sys.stderr, flush=True)
    line = sys.stdin.readline()
    if not line:
        raise EOFError
    return line.rstrip("\n")
