"""Runs whole ``wt`` commands as forks of a process that has imported all modules.

Tests about the start of a process (signals, terminals, closed streams) use ``Workspace.start`` or
the installed ``wt``. All other tests use this module.
"""

from __future__ import annotations

import atexit
import json
import os
import selectors
import socket
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path

ROOT = Path(__file__).parents[2]
_PROGRAM = Path(__file__).with_name("fork_server.py")
#: Prefixes of variables that an interpreter reads only at its start.
_AT_START = ("LANG", "LC_", "LD_", "PYTHON")


def run(
    arguments: Sequence[str], *, directory: Path, environment: Mapping[str, str], timeout: float
) -> tuple[int, str, str]:
    """Run ``wt`` to its end; return its exit code (as ``Popen.returncode``), stdout and stderr.

    Raises ``TimeoutError`` after ``timeout`` seconds; whatever is raised, the command is killed.
    """
    request = {
        "arguments": list(arguments),
        "directory": str(directory),
        "environment": dict(environment),
    }
    server = _server()
    server.check(environment)
    channel, theirs = socket.socketpair()
    out, out_end = os.pipe()
    err, err_end = os.pipe()
    with channel, os.fdopen(out, "rb") as stdout, os.fdopen(err, "rb") as stderr:
        with theirs, Path(os.devnull).open("rb") as nothing:
            handed = [theirs.fileno(), nothing.fileno(), out_end, err_end]
            socket.send_fds(server.control, [b"."], handed)
            os.close(out_end)
            os.close(err_end)
        channel.sendall(json.dumps(request).encode() + b"\n")
        said = _read([channel.fileno(), stdout.fileno(), stderr.fileno()], timeout)
    status, *texts = (text.decode() for text in said)
    assert status, "the fork server has ended"
    return os.waitstatus_to_exitcode(int(status)), *texts  # type: ignore[return-value]


def _read(descriptors: Sequence[int], timeout: float) -> list[bytes]:
    """Read all descriptors to their ends."""
    end = time.monotonic() + timeout
    found = dict.fromkeys(descriptors, b"")
    with selectors.DefaultSelector() as selector:
        for number in descriptors:
            selector.register(number, selectors.EVENT_READ)
        while selector.get_map():
            if time.monotonic() > end:
                raise TimeoutError(f"wt has not ended within {timeout} s: {found}")
            for key, _ in selector.select(1):
                data = os.read(key.fd, 65536)
                found[key.fd] += data
                if not data:
                    selector.unregister(key.fd)
    return [found[number] for number in descriptors]


def environment() -> dict[str, str]:
    """Return the environment of the tests without Ansible and WorldTree settings."""
    changing = ("ANSIBLE_", "WORLDTREE_")
    clean = {name: text for name, text in os.environ.items() if not name.startswith(changing)}
    return {**clean, "PYTHONPATH": str(ROOT / "compiler")}


class _Server:
    """The fork server, and our end of its socket."""

    def __init__(self) -> None:
        self.control, theirs = socket.socketpair()
        clean = {
            k: v for k, v in os.environ.items() if not k.startswith(("ANSIBLE_", "WORLDTREE_"))
        }
        self._environment = {**clean, "PYTHONPATH": str(ROOT / "compiler")}
        with theirs:
            self._process = subprocess.Popen(
                [sys.executable, "-P", _PROGRAM, str(theirs.fileno())],
                env=self._environment,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                pass_fds=[theirs.fileno()],
                start_new_session=True,
            )
        assert self.control.recv(1), "the fork server cannot start"
        atexit.register(self.close)

    def check(self, environment: Mapping[str, str]) -> None:
        """Fail if a command needs variables that only a new interpreter would read."""
        wanted, ours = (
            {name: value for name, value in one.items() if name.startswith(_AT_START)}
            for one in (environment, self._environment)
        )
        assert wanted == ours, "these variables need a new interpreter: use Workspace.start"

    def close(self) -> None:
        """Close the connection."""
        self.control.close()
        self._process.wait()


@cache
def _server() -> _Server:
    """Return the fork server of this process; starts with the first command."""
    return _Server()
