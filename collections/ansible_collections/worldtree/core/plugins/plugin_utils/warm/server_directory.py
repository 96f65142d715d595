# Copyright: WorldTree contributors
# Apache License 2.0 (see LICENSE)
"""The directory of a server, with its socket and modules' zips. The host gets this text, too."""

from __future__ import annotations

import contextlib
import fcntl
import glob
import os
import shutil
import tempfile
import time

#: Not below Ansible's own temporary directory, which is removed with what is in it when
#: ansible-playbook ends: modules that still run then would lose what they import from.
_PLACES = ("/tmp", "/var/tmp", "/run")
#: Seconds in which a server that starts holds the lock of its directory.
_START_SECONDS = 30


class ServerDirectory:
    """A private directory, which the last of a server and its forks removes.

    All of them hold its lock: forks inherit it. C(name) is that of the server's process. Raises
    C(OSError).
    """

    def __init__(self, name):
        place = next((path for path in _PLACES if os.access(path, os.W_OK | os.X_OK)), _PLACES[0])
        remove_abandoned()
        self.path = tempfile.mkdtemp(prefix=f".{name}-", dir=place)
        try:
            self._lock = os.open(f"{self.path}/lock", os.O_WRONLY | os.O_CREAT, 0o600)
            fcntl.flock(self._lock, fcntl.LOCK_EX)
        except OSError:
            shutil.rmtree(self.path, ignore_errors=True)
            raise

    def release(self):
        """Use the directory no more."""
        if self._lock is not None:
            os.close(self._lock)
            self._lock = None

    def leave(self):
        """Use the directory no more, and remove it if nobody else uses it."""
        self.release()
        _remove_unused(self.path)


def remove_abandoned(name="wt-*", seconds=_START_SECONDS):
    """Remove this user's directories of servers that were killed with all their forks.

    C(name) is a pattern for the servers' processes; directories younger than C(seconds) stay: a
    server has its directory before it holds the lock.
    """
    for place in _PLACES:
        for path in glob.glob(f"{place}/.{name}-*"):
            with contextlib.suppress(OSError):
                found = os.lstat(path)
                if found.st_uid == os.geteuid() and time.time() - found.st_ctime >= seconds:
                    _remove_unused(path)


def _remove_unused(path):
    """Remove a directory unless its lock is held."""
    with contextlib.suppress(OSError):
        try:
            lock = os.open(f"{path}/lock", os.O_WRONLY | os.O_NOFOLLOW)
        except FileNotFoundError:
            os.rmdir(path)  # Its server was killed before it made the lock.
            return
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            shutil.rmtree(path, ignore_errors=True)
        finally:
            os.close(lock)
