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
        self.user = _user_of(self._pid)

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


def _user_of(pid):
    # The owner of the directory in /proc is root where a process may not be looked into.
    with open(f"/proc/{pid}/status", "rb") as file:
        line = next(line for line in file if line.startswith(b"Uid:"))
    return int(line.split()[1])


def ssh_session():
    """Return the process of the ssh session that this one belongs to, and when it started."""
    pid = os.getpid()
    while pid > 1:
        with open(f"/proc/{pid}/stat", "rb") as file:
            head, _, rest = file.read().rpartition(b")")
        if head.partition(b"(")[2].startswith((b"sshd", b"dropbear")):
            return pid, int(rest.split()[19])
        pid = int(rest.split()[1])
    raise OSError("there is no ssh session")
