"""The broker process, which holds a task's secrets in memory and serves them on a socket.

Started as ``… -m worldtree.secrets.broker CONFIG LISTEN LIFE``. The arguments are inherited
descriptors. ``CONFIG``: read once, to its end, for the sources as JSON. ``LISTEN``: the listening
Unix socket. ``LIFE``: the reading end of a pipe; the broker ends when all processes have closed
the other end. The protocol is JSON lines:

``{"get": "vault:kv/app#password"}`` -> ``{"value": …}`` or ``{"error": …, "problem": {…}}``
``{"put": [reference, JSON]}`` -> ``{}``: holds a secret that a task created
``{"values": k}`` -> ``{"values": [those after the k-th], "count": n}``
``{"preflight": [reference, …]}`` -> ``{"problems": {reference: {slug, summary, why, help}}}``
``{"vaulted": {"files": [path, …], "clear": [path, …]}}`` -> ``{"unread": [path, …]}``: redacts
what ansible-vault encrypted in ``files`` and what does not stand in ``clear``
``{"agent": [reference, …]}`` -> ``{"agent": path of its socket}`` or ``{"error": …, "problem": …}``
"""

from __future__ import annotations

import json
import os
import select
import shutil
import signal
import socket
import struct
import sys
import threading
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

from worldtree.core.subreaper import adopt_orphans
from worldtree.secrets.errors import SecretError
from worldtree.secrets.process_hardening import protect_memory
from worldtree.secrets.resolver import SecretResolver, SecretSources
from worldtree.secrets.ssh_agent import SshAgent

#: Seconds until the next attempt to accept a client.
_RETRY_SECONDS = 0.1


class BrokerServer:
    """Answers requests on a socket until the keep-alive pipe is closed."""

    def __init__(self, resolver: SecretResolver, listener: socket.socket, lifeline: int) -> None:
        self._resolver, self._listener, self._lifeline = resolver, listener, lifeline
        self._directory = Path(listener.getsockname()).parent
        self._agent: SshAgent | None = None
        self._agent_lock = threading.Lock()
        #: Values of Ansible's memory that must not be written down, as JSON text by key.
        self._kept: dict[str, str] = {}
        self._answers: Mapping[str, Callable[[Any], dict[str, Any]]] = {
            "get": self._get,
            "put": self._put,
            "values": self._values,
            "preflight": self._preflight,
            "agent": self._start_agent,
            "vaulted": self._conceal_vaulted,
            "keep": self._keep,
            "kept": self._get_kept,
        }

    def serve(self) -> None:
        """Serve until the keep-alive pipe is closed, then release all resources."""
        threading.Thread(target=self._run_upkeep, daemon=True).start()
        # select.select does not support descriptors above 1023.
        poll = select.poll()
        poll.register(self._lifeline, select.POLLIN | select.POLLHUP)
        poll.register(self._listener, select.POLLIN)
        try:
            while True:
                ready = dict(poll.poll())
                if self._lifeline in ready and not os.read(self._lifeline, 64):
                    return
                if self._listener.fileno() in ready:
                    self._accept()
        finally:
            self._end()

    def _accept(self) -> None:
        """Serve the next client in a thread; where it cannot be had now, it is tried again."""
        try:
            connection, _ = self._listener.accept()
        except OSError:  # Too many open files, or a client that has gone.
            time.sleep(_RETRY_SECONDS)
            return
        try:
            threading.Thread(target=self._talk, args=(connection,), daemon=True).start()
        except RuntimeError:  # Too many threads: the client sees that nobody answers.
            connection.close()

    def _talk(self, connection: socket.socket) -> None:
        with connection, suppress(OSError), connection.makefile("rwb") as stream:
            if not _is_trusted_peer(connection):
                return
            for line in stream:
                stream.write(json.dumps(self._answer(line)).encode() + b"\n")
                stream.flush()

    def _answer(self, line: bytes) -> dict[str, Any]:
        try:
            ((what, argument),) = json.loads(line).items()
            answer = self._answers[what]
        except (ValueError, KeyError, AttributeError):
            return {"error": "unknown request"}
        try:
            return answer(argument)
        except SecretError as error:
            return {"error": str(error.problem), "problem": error.problem.to_dict()}
        except Exception as error:  # The text of the error may have a value in it.
            return {"error": f"the secrets broker failed: {type(error).__name__}"}

    def _get(self, reference: str) -> dict[str, Any]:
        return {"value": self._resolver.get(str(reference))}

    def _put(self, pair: list[str]) -> dict[str, Any]:
        reference, text = pair
        self._resolver.put(str(reference), str(text))
        return {}

    def _values(self, after: int) -> dict[str, Any]:
        values, count = self._resolver.values(int(after))
        return {"values": values, "count": count}

    def _keep(self, values: dict[str, str]) -> dict[str, Any]:
        self._kept.update(values)
        return {}

    def _get_kept(self, keys: list[str]) -> dict[str, Any]:
        return {"values": {key: self._kept[key] for key in keys if key in self._kept}}

    def _preflight(self, references: list[str]) -> dict[str, Any]:
        problems = self._resolver.find_problems(references)
        return {"problems": {name: problem.to_dict() for name, problem in problems.items()}}

    def _conceal_vaulted(self, paths: dict[str, list[str]]) -> dict[str, Any]:
        texts = (Path(path).read_text("utf-8", "ignore") for path in paths["clear"])
        unread = self._resolver.conceal_vaulted(map(Path, paths["files"]), "\n".join(texts))
        return {"unread": [str(path) for path in unread]}

    def _start_agent(self, references: list[str]) -> dict[str, Any]:
        with self._agent_lock:
            keys = [self._resolver.get(reference) for reference in references]
            if self._agent is None:
                self._agent = SshAgent(self._directory / "agent")
            self._agent.add(keys)
            return {"agent": str(self._agent.socket_path)}

    def _run_upkeep(self) -> None:
        while True:
            self._resolver.upkeep_due.wait(self._resolver.upkeep())
            self._resolver.upkeep_due.clear()

    def _end(self) -> None:
        self._listener.close()
        if self._agent is not None:
            self._agent.close()
        self._resolver.close()
        shutil.rmtree(self._directory, ignore_errors=True)


def _is_trusted_peer(connection: socket.socket) -> bool:
    """Whether the peer process belongs to our user or to root."""
    if not hasattr(socket, "SO_PEERCRED"):
        return True  # The mode of the directory keeps other users out.
    size = struct.calcsize("3i")
    found = connection.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, size)
    return struct.unpack("3i", found)[1] in (os.getuid(), 0)


def main() -> None:
    """Read the configuration, then serve."""
    protect_memory()
    adopt_orphans()
    config, listening, lifeline = map(int, sys.argv[1:4])
    for number in (signal.SIGINT, signal.SIGHUP, signal.SIGTERM):
        # Only the keep-alive pipe ends the broker: a run may still need it.
        signal.signal(number, signal.SIG_IGN)
    for descriptor in (config, listening, lifeline):
        os.set_inheritable(descriptor, False)
    with os.fdopen(config, "rb") as stream:
        data = json.loads(stream.read())
    sources = SecretSources(**{**data, "directories": tuple(data["directories"])})
    # Libraries read proxies and certificate authorities from the environment. /proc shows only the
    # environment that the broker was started with.
    os.environ.update(sources.environ)
    listener = socket.socket(fileno=listening)
    BrokerServer(SecretResolver(sources), listener, lifeline).serve()


if __name__ == "__main__":
    main()
