"""The executor's end of the launcher: starts it, asks it for supervisors, ends it."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import tempfile
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import worldtree
from worldtree.core.scratch import ScratchDirectory, remove_unused

#: A file system in memory, for what must not reach a disk, where there is one.
_MEMORY_DIR = "/dev/shm" if os.access("/dev/shm", os.W_OK | os.X_OK) else tempfile.gettempdir()
_PREFIX = "wt-mem-"
#: Not by a variable: Ansible's modules would inherit it, and run by another Python.
_PROGRAM = (
    "import sys; sys.path.insert(0, sys.argv[1]); "
    "from worldtree.runner.process.launcher import start; start(*sys.argv[2:])"
)
_EXIT_SECONDS = 10.0


class Launcher:
    """One launcher process for a task.

    ``kept`` are descriptors that it and its supervisors keep open. ``environment`` is told the
    directory, in memory where there is such, for what must not reach a disk. What the process
    complains of is added to the file ``log``.
    """

    def __init__(
        self,
        environment: Callable[[Path], Mapping[str, str]],
        *,
        control_dir: Path,
        log: Path,
        kept: Sequence[int] = (),
    ) -> None:
        self._memory = ScratchDirectory(_PREFIX, _MEMORY_DIR)
        self._environment = dict(environment(self._memory.path))
        self._control_dir, self._log = control_dir, log
        self._kept = (self._memory.descriptor, *kept)
        self._has_started_supervisor = False
        self._start()

    def start_supervisor(self) -> socket.socket:
        """Return the parent's end of a new supervisor's socket.

        When the launcher is gone, so is the supervisor: its socket has ended then.
        """
        self._has_started_supervisor = True
        ours, theirs = socket.socketpair()
        with theirs:
            try:
                socket.send_fds(self._control, [b"."], [theirs.fileno()])
            except OSError:  # Somebody ended the process; what it had forked goes on.
                self._control.close()
                self._start()
                socket.send_fds(self._control, [b"."], [theirs.fileno()])
        return ours

    def close(self) -> None:
        """Hang up and wait for the end; every supervisor must have ended."""
        self._control.close()
        if not self._has_started_supervisor:
            self._process.kill()  # It may still load Ansible, for nobody.
        try:
            self._process.wait(_EXIT_SECONDS)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._memory.remove()
        remove_unused(_PREFIX, _MEMORY_DIR)

    def _start(self) -> None:
        self._control, theirs = socket.socketpair()
        package = str(Path(worldtree.__file__).parents[1])
        with theirs, self._log.open("ab") as log:
            self._process = subprocess.Popen(
                [
                    sys.executable,
                    "-P",
                    "-c",
                    _PROGRAM,
                    package,
                    str(theirs.fileno()),
                    str(self._control_dir),
                    str(self._memory.path),
                    *map(str, self._kept),
                ],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=log,
                pass_fds=[theirs.fileno(), *self._kept],
                env=self._environment,
                start_new_session=True,
            )
