"""Starts the broker of a task and sends it the requests of ``wt``."""

from __future__ import annotations

import contextlib
import json
import os
import shlex
import socket
import subprocess
import sys
from collections.abc import Iterable, Mapping
from dataclasses import asdict
from pathlib import Path

import worldtree
from worldtree.core.environment_paths import VAULT_ANSWER, VAULT_IDENTITIES
from worldtree.core.scratch import ScratchDirectory, remove_unused, socket_base_directory
from worldtree.secrets.broker_client import SOCKET_VARIABLE, SecretsClient
from worldtree.secrets.errors import SecretError, SecretProblem
from worldtree.secrets.resolver import SecretSources

#: Name prefix of a broker's directory.
_PREFIX = "wt-secrets-"
#: Seconds to wait for the broker to end after the keep-alive pipe is closed.
_STOP_TIMEOUT = 4.0


class BrokerProcess:
    """Handle of a running broker in its parent process; a context manager.

    A process that inherits ``lifeline`` keeps the broker alive beyond the parent. It must not pass
    the descriptor on to its children (``os.set_inheritable(fd, False)``): a service started by
    them would keep the broker alive for ever.
    """

    def __init__(
        self,
        process: subprocess.Popen[bytes],
        directory: ScratchDirectory,
        socket_path: Path,
        lifeline: int,
        identities: str = "",
    ) -> None:
        """``identities`` are Ansible's vault identities, where one of them is the broker's."""
        self._identities = identities
        self._process, self._directory = process, directory
        self.socket_path = socket_path
        #: Writing end of the pipe that keeps the broker alive.
        self.lifeline = lifeline
        self._agent = ""
        self._client = SecretsClient(socket_path)

    @classmethod
    def start(cls, sources: SecretSources) -> BrokerProcess:
        """Start a broker in the background; it accepts requests immediately.

        ``sources`` is passed in memory: not in arguments, the environment or a file.
        """
        directory = ScratchDirectory(_PREFIX, _base_directory())
        path = directory.path / "socket"
        listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        alive, lifeline = os.pipe()
        reading, writing = socket.socketpair()
        with listener, reading, writing:
            listener.bind(str(path))
            listener.listen(128)
            _write_program(directory.path / "askpass", "worldtree.secrets.askpass")
            identities = _write_vault_identity(directory.path, sources.environ)
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
            # With our copy closed, writing to a dead broker fails instead of blocking.
            reading.close()
            with contextlib.suppress(BrokenPipeError):
                writing.sendall(json.dumps(asdict(sources)).encode())
        return cls(process, directory, path, lifeline, identities)

    @property
    def pid(self) -> int:
        """The process id of the broker."""
        return self._process.pid

    @property
    def has_ended(self) -> bool:
        """Whether the broker's process is gone; before ``close`` it was killed then."""
        return self._process.poll() is not None

    def environment(self) -> dict[str, str]:
        """Return the variables for runs: the sockets of the broker and of the ssh-agent, if any.

        And the program that gives Ansible a vault password that was typed.
        """
        agent = {"SSH_AUTH_SOCK": self._agent} if self._agent else {}
        vault = {VAULT_IDENTITIES: self._identities} if self._identities else {}
        return {SOCKET_VARIABLE: str(self.socket_path), **agent, **vault}

    def preflight(self, references: Iterable[str]) -> dict[str, SecretProblem]:
        """Resolve ``references`` (``env:NAME``); return the problem of each one that failed."""
        found = self._client.call({"preflight": list(references)})["problems"]
        return {reference: SecretProblem(**data) for reference, data in found.items()}

    def load_keys(self, references: Iterable[str]) -> None:
        """Load private keys into an ssh-agent of this task; raises ``SecretError``."""
        answer = self._client.call({"agent": list(references)})
        if "problem" in answer:
            raise SecretError(**answer["problem"])
        self._agent = answer["agent"]

    def values(self, after: int = 0) -> tuple[list[str], int]:
        """Return (the values resolved after the ``after``-th, the number of values)."""
        return self._client.values(after)

    def close(self) -> None:
        """Close our end of the keep-alive pipe: the broker ends once all processes have done so."""
        self._client.close()
        if self.lifeline >= 0:
            os.close(self.lifeline)
            self.lifeline = -1
        try:
            self._process.wait(_STOP_TIMEOUT)
        except subprocess.TimeoutExpired:
            # Another process still uses the broker, which removes its directory when it ends. The
            # return code keeps Python from waiting for it.
            self._process.returncode = 0
            self._directory.release()
        else:
            # A broker that was killed has left its directory.
            self._directory.remove()
        remove_unused(_PREFIX, _base_directory())

    def __enter__(self) -> BrokerProcess:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def _base_directory() -> str:
    return socket_base_directory(len(f"/{_PREFIX}12345678/socket"))


def _environment() -> dict[str, str]:
    """Return the environment that the broker starts with: nothing in it is secret."""
    names = ("HOME", "PATH", "USER", "LOGNAME", "TMPDIR", "TZ", "XDG_RUNTIME_DIR", "LANG")
    passed = {name: os.environ[name] for name in names if name in os.environ}
    return {**passed, "PYTHONPATH": str(Path(worldtree.__file__).parents[1])}


def _write_vault_identity(directory: Path, environ: Mapping[str, str]) -> str:
    """Return the vault identities of ``environ`` with one for the password that was typed, if any.

    Its source is a program, which asks the broker.
    """
    if not environ.get(VAULT_ANSWER):
        return ""
    program = directory / "vault-password"
    _write_program(program, "worldtree.secrets.vault_password")
    given = environ.get(VAULT_IDENTITIES, "")
    return ",".join(filter(None, [given, f"default@{program}"]))


def _write_program(path: Path, module: str) -> None:
    package = shlex.quote(str(Path(worldtree.__file__).parents[1]))
    python = shlex.quote(sys.executable)
    path.write_text(f'#!/bin/sh\nPYTHONPATH={package} exec {python} -m {module} "$@"\n')
    path.chmod(0o700)
