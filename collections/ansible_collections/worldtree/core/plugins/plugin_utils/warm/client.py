# Copyright: WorldTree contributors
# Apache License 2.0 (see LICENSE)
"""Ansible's side of the servers: starts them, and has them run modules.

All workers of one ansible-playbook share what they know of servers in a directory below Ansible's
own temporary one, which only this user can read, and which is removed at the end.
"""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import hmac
import json
import os
import re
import secrets
import select
import socket
import struct
import time
from pathlib import Path

from . import protocol

#: Seconds in which a server confirms a request. Nothing has started before.
_CONFIRM_SECONDS = 60
#: Seconds in which a server that is asked to end has to confirm that; then it is left alone. It
#: ends with ansible-playbook in any case.
END_SECONDS = 0.5
#: Servers of one ansible-playbook at most on one host at a time, and starts of each.
MAX_SERVERS = 8
MAX_STARTS = 20
_PART_BYTES = 65_536
_COUNTS = "counts"
#: Modules of Ansible that every module imports before its own code.
_PRELOADED = ("ansible.module_utils._internal._ansiballz._loader",)
#: Texts that make the program of a server, joined without the imports of one another.
_SOURCES = (
    *("protocol.py", "watched_process.py", "start_files.py", "login.py"),
    *("module_fork.py", "host_commands.py", "server_directory.py", "server.py"),
)
_OWN_IMPORT = re.compile(r"^from (__future__|\.\w+) import (\([^)]*\)|[^(\n]*)\n", re.MULTILINE)
_PROFILES = "ansible.module_utils._internal._json._profiles._module_"


class NotStarted(Exception):
    """A server did not start the module; the argument is the reason, as it is counted."""


class ConnectionLost(Exception):
    """A module was started, and its end is not known."""


class Servers:
    """The servers that the workers of one ansible-playbook share; ``directory`` is private."""

    def __init__(self, directory):
        self._directory = Path(directory)
        self._directory.mkdir(mode=0o700, exist_ok=True)
        self._secret = self._shared_secret()

    def _shared_secret(self):
        path = self._directory / "key"
        with contextlib.suppress(FileNotFoundError):
            return path.read_bytes()
        with contextlib.suppress(FileExistsError):
            part = path.with_name(f"key.{os.getpid()}")
            with open(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
                file.write(secrets.token_bytes(protocol.TOKEN_BYTES))
            try:
                os.link(part, path)
            finally:
                part.unlink()
        return path.read_bytes()

    def digest(self, *parts):
        """Return a keyed digest of texts, which tells nothing of them."""
        message = json.dumps(parts).encode()
        return hmac.new(self._secret, message, hashlib.sha256).hexdigest()

    def name(self, host, *parts):
        """Return the name of a host's server that texts define."""
        return f"{self._start_of_names(host)}{self.digest('server', *parts)}"

    def _start_of_names(self, host):
        return f"{self.digest('host', host)[:32]}-"

    def token(self, name):
        """Return the token of the server ``name``, in hex."""
        return self.digest("token", name)

    def count(self, result):
        """Count a call: ``warm``, or why it took the ordinary path. A full disk loses the count."""
        line = f"{' '.join(result.split())}\n".encode()
        path = self._directory / _COUNTS
        with contextlib.suppress(OSError):
            file = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
            try:
                os.write(file, line)
            finally:
                os.close(file)

    @contextlib.contextmanager
    def locked(self, name):
        """Hold the lock of a server: one worker starts it, the others wait."""
        with open(
            os.open(self._directory / f"{name}.lock", os.O_WRONLY | os.O_CREAT, 0o600)
        ) as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            yield

    def read(self, name):
        """Return what is known of a server: socket, refused (why not), starts.

        One on another host has C(cancel), too: the command that undoes its forwarding.
        """
        try:
            return json.loads((self._directory / f"{name}.json").read_bytes())
        except (OSError, ValueError):
            return {}

    def write(self, name, state):
        """Keep what is known of a server."""
        part = self._directory / f"{name}.{os.getpid()}"
        part.write_text(json.dumps(state))
        part.rename(self._directory / f"{name}.json")

    def names(self):
        """Return the names of all servers that were started."""
        return [path.stem for path in self._directory.glob("*.json")]

    def of_host(self, host):
        """Return the names of the servers of a host that are not known to have ended."""
        start = self._start_of_names(host)
        names = (name for name in self.names() if name.startswith(start))
        return [name for name in names if self.read(name).get("socket")]

    def replace(self, name, path):
        """End the server at a socket, if it still is the one of that name; then another starts."""
        with self.locked(name):
            state = self.read(name)
            if not path or state.get("socket") != path:
                return
            self.write(name, {**state, "socket": None})
        end_server(path, self.token(name), END_SECONDS, is_here="cancel" not in state)

    def end(self, seconds):
        """End all servers; wait for it up to C(seconds) in all."""
        latest = time.monotonic() + seconds
        for name in self.names():
            # Without the lock: who starts a server holds that, and may need long.
            path = self.read(name).get("socket")
            if path:
                end_server(path, self.token(name), max(latest - time.monotonic(), 0.01))


def count_calls(directory):
    """Return how often each result was counted below a directory of Ansible's temporary files."""
    found = {}
    try:
        lines = (Path(directory) / _COUNTS).read_text().splitlines()
    except OSError:
        return found
    for line in lines:
        found[line] = found.get(line, 0) + 1
    return found


def start_program(token, call, *, watch, name, interpreter):
    """Return the program that starts a server; C(call) is a module that it will run.

    With C(None) as C(watch) it watches the login over ssh that it is started by.
    """
    config = {
        "token": token,
        "watch": watch,
        "name": name,
        "interpreter": interpreter,
        "zip": call.zip_data,
        "preload": [*_PRELOADED, *(f"{_PROFILES}{call.profile}_{way}" for way in ("c2m", "m2c"))],
    }
    texts = [(Path(__file__).parent / name).read_text(encoding="utf-8") for name in _SOURCES]
    source = "\n\n".join(_OWN_IMPORT.sub("", text) for text in texts)
    start = f"run_module(run_host_command(Server({config!r}).start()))"
    return f"from __future__ import annotations\n{source}\n\n{start}\n".encode()


def read_answer(output):
    """Return what a started server reports: socket, pid. Raises C(NotStarted)."""
    for line in reversed(output.splitlines()):
        if line.startswith(b"{"):
            with contextlib.suppress(ValueError):
                answer = json.loads(line)
                if "socket" in answer:
                    return answer
                raise NotStarted(f"no-server: {answer.get('error', '')}"[:200])
    raise NotStarted("no-server")


def request_module(path, token, call, zip_data, environment):
    """Have the server at a socket run a module; return exit code, output and errors.

    Raises C(NotStarted), and C(ConnectionLost) when the module may have run.
    """
    request = {
        "zip": hashlib.sha256(zip_data).hexdigest(),
        "module": call.module,
        "profile": call.profile,
        "rlimit_nofile": call.rlimit_nofile,
        "environment": environment,
    }
    return send_request(path, token, request, call.parameters, zip_data)


def send_request(path, token, request, parameters, zip_data=b""):
    """Have the server at a socket do what C(request) says; return exit code, output and errors.

    Raises C(NotStarted), and C(ConnectionLost) when it may have been done.
    """
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as connection:
        connection.settimeout(_CONFIRM_SECONDS)
        try:
            connection.connect(path)
            head = bytes.fromhex(token) + protocol.block(json.dumps(request).encode())
            _send(connection, head + protocol.block(parameters))
            answer = protocol.receive(connection, 1)
            if answer == protocol.NEED_ZIP and zip_data:
                _send(connection, protocol.block(zip_data))
                answer = protocol.receive(connection, 1)
        except (OSError, EOFError) as error:
            raise NotStarted("gone") from error
        if answer != protocol.READY:
            raise NotStarted("stale" if answer == protocol.STALE else "unknown-answer")
        connection.settimeout(None)
        try:
            connection.sendall(protocol.GO)
            return _read_result(connection)
        except (OSError, EOFError, ValueError) as error:
            raise ConnectionLost from error


def _send(connection, data):
    """Send bytes in parts: the timeout of a socket is for all of a call."""
    for start in range(0, len(data), _PART_BYTES):
        connection.sendall(data[start : start + _PART_BYTES])


def end_server(path, token, seconds, *, is_here=True):
    """Ask a server to end, and wait for its end, up to C(seconds); it may have ended already.

    The end of one on another host is not awaited.
    """
    latest = time.monotonic() + seconds
    process = None
    connection = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    with contextlib.suppress(OSError, EOFError), connection:
        connection.settimeout(seconds)
        connection.connect(path)
        credentials = connection.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, 12)
        # Without it (Linux before 5.3) the server's end is not awaited.
        with contextlib.suppress(AttributeError, OSError):
            process = os.pidfd_open(struct.unpack("3i", credentials)[0]) if is_here else None
        request = protocol.block(json.dumps({"quit": True}).encode())
        connection.sendall(bytes.fromhex(token) + request)
        protocol.receive(connection, 1)
    if process is not None:
        try:
            select.select([process], [], [], max(latest - time.monotonic(), 0))
        finally:
            os.close(process)


def _read_result(connection):
    streams = {protocol.STDOUT: bytearray(), protocol.STDERR: bytearray()}
    while True:
        kind = protocol.receive(connection, 1)
        if kind == protocol.EXIT:
            (code,) = struct.unpack(">i", protocol.receive(connection, 4))
            return code, bytes(streams[protocol.STDOUT]), bytes(streams[protocol.STDERR])
        if kind not in streams:
            raise ValueError("the frame is of an unknown kind")
        streams[kind] += protocol.receive_block(connection)
