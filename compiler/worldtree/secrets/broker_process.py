"""Starts the broker of a task, and asks it on behalf of ``wt``."""

from __future__ import annotations

import contextlib
import json
import os
import shlex
import socket
import subprocess
import sys
from collections.abc import Iterable
from dataclasses import asdict
from pathlib import Path

import worldtree
from worldtree.core.scratch import ScratchDirectory, remove_unused, socket_base_directory
from worldtree.secrets.broker_client import SOCKET_VARIABLE, SecretsClient
from worldtree.secrets.errors import SecretError, SecretProblem
from worldtree.secrets.resolver import SecretSources

#: What a broker's directory begins with.
_PREFIX = "wt-secrets-"
#: Seconds that the broker gets to end once nobody holds its life-line.
_STOP_TIMEOUT = 4.0


class BrokerProcess:
    """A running broker, as its parent sees it; a context manager.

    Whoever is to keep it alive beyond the parent inherits ``lifeline``. That process must keep the
    descriptor from its own children (``os.set_inheritable(fd, False)``), or a service which they
    start would keep the broker for ever.
    """

    def __init__(
        self,
        process: subprocess.Popen[bytes],
        directory: ScratchDirectory,
        socket_path: Path,
        lifeline: int,
    ) -> None:
        self._process, self._directory = process, directory
        self.socket_path = socket_path
        #: Writing end of the pipe that keeps the broker alive.
        self.lifeline = lifeline
        self._agent = ""
        self._client = SecretsClient(socket_path)

    @classmethod
    def start(cls, sources: SecretSources) -> BrokerProcess:
        """Start one; it can be asked at once. Takes a few milliseconds, the broker starts beside.

        Nothing of ``sources`` is in its arguments, its environment or a file.
        """
        directory = ScratchDirectory(_PREFIX, _base_directory())
        path = directory.path / "socket"
        listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        alive, lifeline = os.pipe()
        reading, writing = socket.socketpair()
        with listener, reading, writing:
            listener.bind(str(path))
            listener.listen(128)
            _write_askpass(directory.path / "askpass")
            handed = (reading.fileno(), listener.fileno(), alive)
            try:
                process = subprocess.Popen(
                    [sys.executable, "-m", "worldtree.secrets.broker", *map(str, handed)],
                    stdin=subprocess.DEVNULL,
                    stdout=subprocess.DEVNULL,
                    stderr=subprocess.DEVNULL,
                    pass_fds=(*handed, directory.descriptor),
                    env=_environment(),
                    start_new_session=True,
                )
            finally:
                os.close(alive)
            # With our copy closed, a broker that does not live is told rather than waited for.
            reading.close()
            with contextlib.suppress(BrokenPipeError):
                writing.sendall(json.dumps(asdict(sources)).encode())
        return cls(process, directory, path, lifeline)

    @property
    def pid(self) -> int:
        """Its process."""
        return self._process.pid

    def environment(self) -> dict[str, str]:
        """Return what runs are told: where to ask, and the agent if there is one."""
        agent = {"SSH_AUTH_SOCK": self._agent} if self._agent else {}
        return {SOCKET_VARIABLE: str(self.socket_path), **agent}

    def preflight(self, references: Iterable[str]) -> dict[str, SecretProblem]:
        """Resolve ``references`` (``env:NAME``); return what is wrong by reference; {} is well."""
        found = self._client.call({"preflight": list(references)})["problems"]
        return {reference: SecretProblem.of(data) for reference, data in found.items()}

    def load_keys(self, references: Iterable[str]) -> None:
        """Load private keys into an agent of the task's own; raises ``SecretError``."""
        answer = self._client.call({"agent": list(references)})
        if "problem" in answer:
            raise SecretError(**answer["problem"])
        self._agent = answer["agent"]

    def values(self, after: int = 0) -> tuple[list[str], int]:
        """Return the values known after the ``after``-th, and how many there are."""
        return self._client.values(after)

    def close(self) -> None:
        """Let go. The broker ends now, or when the last other holder of its life-line does."""
        self._client.close()
        if self.lifeline >= 0:
            os.close(self.lifeline)
            self.lifeline = -1
        try:
            self._process.wait(_STOP_TIMEOUT)
        except subprocess.TimeoutExpired:
            # Somebody still needs it, and it will clear up. Python is not to wait for it.
            self._process.returncode = 0
            self._directory.release()
        else:
            # It was killed, or there was nothing left to remove.
            self._directory.remove()
        remove_unused(_PREFIX, _base_directory())

    def __enter__(self) -> BrokerProcess:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def _base_directory() -> str:
    return socket_base_directory(len(f"/{_PREFIX}12345678/socket"))


def _environment() -> dict[str, str]:
    """Return the broker's own environment: nothing in it is anybody's secret."""
    names = ("HOME", "PATH", "USER", "LOGNAME", "TMPDIR", "TZ", "XDG_RUNTIME_DIR", "LANG")
    passed = {name: os.environ[name] for name in names if name in os.environ}
    return {**passed, "PYTHONPATH": str(Path(worldtree.__file__).parents[1])}


def _write_askpass(path: Path) -> None:
    package = shlex.quote(str(Path(worldtree.__file__).parents[1]))
    python = shlex.quote(sys.executable)
    path.write_text(
        f'#!/bin/sh\nPYTHONPATH={package} exec {python} -m worldtree.secrets.askpass "$@"\n'
    )
    path.chmod(0o700)
