"""Runs ``wt`` on a pseudo-terminal, as a user would."""

from __future__ import annotations

import fcntl
import os
import pty
import select
import struct
import termios
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

_CTRL_C = b"\x03"


class Terminal:
    """A program on a pseudo-terminal of 40 lines by 120 columns."""

    def __init__(self, pid: int, descriptor: int) -> None:
        self._pid, self._descriptor = pid, descriptor
        #: All that was printed, with its control sequences.
        self.shown = ""

    def wait_for(self, words: str, seconds: float = 60) -> None:
        """Read until ``words`` are printed after the previously awaited words."""
        begin, end = len(self.shown), time.monotonic() + seconds
        while words not in self.shown[begin:]:
            assert time.monotonic() < end, f"no {words!r} in {self.shown!r}"
            assert self._read(), f"wt exited without {words!r}: {self.shown!r}"

    def quiet_for(self, seconds: float) -> bool:
        """Whether nothing is printed for so long."""
        return not select.select([self._descriptor], [], [], seconds)[0]

    def type(self, text: str) -> None:
        """Type a line."""
        os.write(self._descriptor, f"{text}\r".encode())

    def interrupt(self) -> None:
        """Press Ctrl-C."""
        os.write(self._descriptor, _CTRL_C)

    def end(self) -> int:
        """Read to the end; return the exit code."""
        while self._read():
            pass
        return os.waitstatus_to_exitcode(os.waitpid(self._pid, 0)[1])

    def _read(self) -> bool:
        if self.quiet_for(120):
            raise AssertionError(f"silent for two minutes: {self.shown!r}")
        try:
            data = os.read(self._descriptor, 65536)
        except OSError:  # On Linux: the other end is closed.
            return False
        self.shown += data.decode(errors="replace")
        return bool(data)


@contextmanager
def terminal(
    command: Sequence[str], directory: Path, environment: Mapping[str, str]
) -> Iterator[Terminal]:
    """Start ``command``, and close its terminal at the end."""
    pid, descriptor = pty.fork()
    if pid == 0:
        os.chdir(directory)
        os.execvpe(command[0], command, {**environment, "TERM": "xterm-256color"})
    fcntl.ioctl(descriptor, termios.TIOCSWINSZ, struct.pack("HHHH", 40, 120, 0, 0))
    try:
        yield Terminal(pid, descriptor)
    finally:
        os.close(descriptor)
