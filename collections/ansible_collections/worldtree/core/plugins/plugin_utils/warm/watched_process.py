# Copyright: WorldTree contributors
# Apache License 2.0 (see LICENSE)
"""The process that a server must not outlive. The host gets this text, too."""

from __future__ import annotations

import contextlib
import os


class WatchedProcess:
    """The process whose end is the end of the server."""

    def __init__(self, found):
        self._pid, self._started = found
        self.descriptor = None
        # Without it (Linux before 5.3) the process is looked for once a second.
        with contextlib.suppress(AttributeError, OSError):
            self.descriptor = os.pidfd_open(self._pid)
        if self.has_ended():
            raise OSError(f"process {self._pid} has ended")

    def close(self):
        """Stop watching, in a fork of the server."""
        if self.descriptor is not None:
            os.close(self.descriptor)

    def has_ended(self):
        """Whether there is no such process any more."""
        return _start_time(self._pid) != self._started


def _start_time(pid):
    """Return when a process started, in ticks; None without one that lives."""
    try:
        with open(f"/proc/{pid}/stat", "rb") as file:
            fields = file.read().rpartition(b")")[2].split()
    except OSError:
        return None
    return None if fields[0] in (b"Z", b"X") else int(fields[19])
