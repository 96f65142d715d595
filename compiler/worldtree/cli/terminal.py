"""The terminal and the streams of the process: colours, widths, what cannot be written."""

from __future__ import annotations

import io
import os
import select
import sys
from contextlib import suppress
from contextvars import ContextVar
from typing import TYPE_CHECKING, TextIO

from worldtree.app.views.text import clean

if TYPE_CHECKING:
    from _typeshed import ReadableBuffer

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
    with suppress(OSError):  # As ``LossyFile``.
        os.write(2, f"\n{text}\n".encode())


class LossyFile(io.FileIO):
    """A file without errors of writing: what its reader, or a full disk, does not take is lost."""

    def write(self, data: ReadableBuffer, /) -> int:
        """Write ``data``; return the bytes that are done with."""
        try:
            return super().write(data)
        except OSError:
            return memoryview(data).nbytes


def make_stderr_lossy() -> None:
    """Let no work end, and no exit code change, because messages cannot be written."""
    stream = sys.stderr
    if stream is not None:  # A closed one is None.
        sys.stderr = io.TextIOWrapper(
            io.BufferedWriter(LossyFile(stream.fileno(), "wb", closefd=False)),
            encoding=stream.encoding,
            errors=stream.errors,
            line_buffering=True,
        )


def has_broken_stdout() -> bool:
    """Return whether the reader of stdout has exited."""
    poll = select.poll()
    poll.register(1, select.POLLOUT)
    return any(what & (select.POLLERR | select.POLLNVAL) for _, what in poll.poll(0))


def discard_stdout() -> None:
    """Redirect stdout to /dev/null, with what could not be written."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, 1)
    os.close(nowhere)


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
