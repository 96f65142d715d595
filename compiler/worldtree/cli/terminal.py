"""Properties of the terminal: colours, width; and the width of text."""

from __future__ import annotations

import os
import select
import sys
from contextvars import ContextVar
from typing import TextIO

from worldtree.app.views.text import clean

#: Whether colours are disabled (``--no-color``, NO_COLOR).
colour_disabled: ContextVar[bool] = ContextVar("colour_refused", default=False)


def use_colour(stream: TextIO | None = None) -> bool:
    """Whether to colour ``stream`` (default: stdout): a terminal, and colours are not disabled."""
    if colour_disabled.get() or os.environ.get("NO_COLOR") or os.environ.get("TERM") == "dumb":
        return False
    return (stream or sys.stdout).isatty()


def terminal_width(stream: TextIO | None = None) -> int | None:
    """Return the width of the terminal at ``stream`` (default: stdout); None if it is none."""
    stream = stream or sys.stdout
    if not stream.isatty():
        return None
    wanted = os.environ.get("COLUMNS", "")
    if wanted.isdecimal() and int(wanted):
        return int(wanted)
    try:
        return os.get_terminal_size(stream.fileno()).columns or None
    except (OSError, ValueError):  # A terminal that does not know its size.
        return None


def write_unbuffered(text: str) -> None:
    """Write a line on stderr without buffers and locks; safe in a signal handler."""
    os.write(2, f"\n{text}\n".encode())


def redirect_broken_streams() -> bool:
    """Redirect stdout and stderr to /dev/null if their reader has exited; return if any has."""
    found = False
    for descriptor in (1, 2):
        poll = select.poll()
        poll.register(descriptor, select.POLLOUT)
        if any(what & (select.POLLERR | select.POLLNVAL) for _, what in poll.poll(0)):
            nowhere = os.open(os.devnull, os.O_WRONLY)
            os.dup2(nowhere, descriptor)
            os.close(nowhere)
            found = True
    return found


def first_line(text: str) -> str:
    """Return the first line that is not empty, cleaned."""
    return clean(text.strip().partition("\n")[0])


def width_of(text: str) -> int:
    """Return the columns that ``text`` takes; wide East Asian characters take two."""
    return len(text) if text.isascii() else sum(map(_character_width, text))


def truncate(text: str, width: int) -> str:
    """Return ``text`` in at most ``width`` columns, with an ellipsis if it was cut."""
    if width_of(text) <= width:
        return text
    kept, used = "", 0
    for character in text:
        used += _character_width(character)
        if used > width - 1:
            break
        kept += character
    return kept + "…"


def wrap(text: str, width: int) -> list[str]:
    """Return all of ``text`` in lines of at most ``width`` columns (at least two).

    Lines end after a space, comma, slash, dot or colon if one is in the second half.
    """
    lines = []
    while width_of(text) > width:
        end, used = 0, 0
        for character in text:
            if used + _character_width(character) > width:
                break
            used += _character_width(character)
            end += 1
        if text[end : end + 1] != " ":
            end = next((n for n in range(end, end // 2, -1) if text[n - 1] in " ,/.:"), end)
        lines.append(text[:end].rstrip())
        text = text[end:].lstrip()
    return [*lines, text]


def _character_width(character: str) -> int:
    from unicodedata import combining, east_asian_width

    if combining(character):
        return 0
    return 2 if east_asian_width(character) in "WF" else 1
