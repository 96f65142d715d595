"""The executor's side of the launcher: starts it, requests supervisors, ends it."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import tempfile
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import worldtree
from worldtree.core.errors import RefusedError
from worldtree.core.scratch import ScratchDirectory, remove_unused
from worldtree.core.text import and_more
from worldtree.runner.process.private_apis import versions
from worldtree.runner.process.protocol import UNSUPPORTED

#: A file system in memory, if there is one, for data that must not reach a disk.
_MEMORY_DIR = "/dev/shm" if os.access("/dev/shm", os.W_OK | os.X_OK) else tempfile.gettempdir()
_PREFIX = "wt-mem-"
#: Sets the module path itself: Ansible's modules would inherit PYTHONPATH, under another Python.
_PROGRAM = (
    "import sys; sys.path.insert(0, sys.argv[1]); "
    "from worldtree.runner.process.launcher import start; start(*sys.argv[2:])"
)
_EXIT_SECONDS = 10.0


class Launcher:
    """One launcher process for a task.

    ``kept`` are descriptors that it and its supervisors keep open. ``environment`` gets the
    directory, in memory if possible, for data that must not reach a disk. Errors of the process are
    appended to the file ``log``. ``checked_file`` has the versions whose private APIs are checked.
    """

    def __init__(
        self,
        environment: Callable[[Path], Mapping[str, str]],
        *,
        control_dir: Path,
        log: Path,
        checked_file: Path,
        kept: Sequence[int] = (),
    ) -> None:
        self._memory = ScratchDirectory(_PREFIX, _MEMORY_DIR)
        self._environment = dict(environment(self._memory.path))
        self._control_dir, self._log = control_dir, log
        self._checked_file = checked_file
        self._kept = (self._memory.descriptor, *kept)
        self._has_started_supervisor = False
        self._start()

    def start_supervisor(self) -> socket.socket:
        """Return the parent's end of a new supervisor's socket.

        The socket is at its end when the launcher could not start the supervisor.
        """
        self._has_started_supervisor = True
        ours, theirs = socket.socketpair()
        with theirs:
            try:
                socket.send_fds(self._control, [b"."], [theirs.fileno()])
            except OSError:  # Somebody killed the launcher; its supervisors continue.
                self._control.close()
                self._start()
                socket.send_fds(self._control, [b"."], [theirs.fileno()])
        return ours

    def ensure_supported(self) -> None:
        """Raise ``RefusedError`` when this release of Ansible is not one to work with.

        Waits until Ansible is loaded. Any other failure of the launcher is that of its first run.
        """
        if self._control.recv(1) != UNSUPPORTED:
            return
        lines = self._log.read_text(errors="replace").strip().splitlines()
        names = ", ".join(f"{name} {found}" for name, found in versions().items())
        reason = and_more(lines, 1) or "no reason given"
        msg = f"{names} do not work together: {reason}"
        hint = "install versions that WorldTree supports; `wt doctor` lists what is different"
        raise RefusedError(msg, code="ansible-unsupported", hint=hint)

    def close(self) -> None:
        """Close the socket and wait for the launcher's end; all supervisors must have ended."""
        self._control.close()
        if not self._has_started_supervisor:
            self._process.kill()  # It may still be loading Ansible, which nobody needs.
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
                    str(self._checked_file),
                    *map(str, self._kept),
                ],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=log,
                pass_fds=[theirs.fileno(), *self._kept],
                env=self._environment,
                start_new_session=True,
            )
