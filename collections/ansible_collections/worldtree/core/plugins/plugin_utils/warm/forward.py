# Copyright: WorldTree contributors
# Apache License 2.0 (see LICENSE)
"""The way to servers on other hosts: sockets here that a shared ssh connection forwards."""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import select
import socket
import subprocess
import time

from . import protocol
from .client import NotStarted

#: Longest path of a socket (C(sun_path) less its end), which ssh checks, too.
_MAX_SOCKET_PATH = 107
#: Seconds in which a server confirms its first request: a host that answers needs two round trips.
_CHECK_SECONDS = 20
#: Seconds for all servers of an ansible-playbook to end in; those that do not answer then end with
#: their connection.
_END_SECONDS = 4
#: Servers that are asked at once: each takes a descriptor, and then a process.
_BATCH = 64


def shared_connection(command):
    """Return the start of a command that speaks with a shared connection, by its socket alone.

    C(command) is one of ssh with C(-G), which says where that is. With the settings of the host,
    C(-O) would mean all the forwardings in these as well, and they may have a password in them.
    Raises C(NotStarted).
    """
    try:
        shown = subprocess.run(
            command, stdin=subprocess.DEVNULL, capture_output=True, timeout=_CHECK_SECONDS
        ).stdout
    except (OSError, subprocess.TimeoutExpired) as error:
        raise NotStarted("no-control-path") from error
    for line in shown.decode(errors="surrogateescape").splitlines():
        key, _, path = line.partition(" ")
        if key.lower() == "controlpath" and path != "none":
            escaped = path.replace("%", "%%")
            return [os.fsdecode(command[0]), "-F", "none", "-o", f'ControlPath="{escaped}"']
    raise NotStarted("no-control-path")


def forward(command, cancel, local):
    """Have ssh listen on the socket C(local), as C(command) says; it needs an open connection.

    C(cancel) is the command that undoes it. Raises C(NotStarted).
    """
    if len(os.fsencode(local)) > _MAX_SOCKET_PATH:
        raise NotStarted("long-path")
    if os.path.exists(local):  # Of a server before this one.
        run_quietly([cancel], _CHECK_SECONDS)
        with contextlib.suppress(FileNotFoundError):
            os.unlink(local)
    run_quietly([command], _CHECK_SECONDS)
    if not os.path.exists(local):
        raise NotStarted("no-forwarding")


def check(local, token, zip_data):
    """Have the server confirm a request that starts nothing. Raises C(NotStarted).

    A host that forbids to forward sockets ends the connection.
    """
    request = {"zip": hashlib.sha256(zip_data).hexdigest()}
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as connection:
        connection.settimeout(_CHECK_SECONDS)
        try:
            connection.connect(str(local))
            head = bytes.fromhex(token) + protocol.block(json.dumps(request).encode())
            connection.sendall(head + protocol.block(b""))
            answer = protocol.receive(connection, 1)
        except (OSError, EOFError) as error:
            raise NotStarted("no-forwarding") from error
    if answer != protocol.READY:
        raise NotStarted("no-forwarding")


def end_forwarded(servers, names, seconds=_END_SECONDS):
    """End servers on other hosts side by side, in C(seconds) at most; the others are left out."""
    end = time.monotonic() + seconds
    known = [(name, servers.read(name)) for name in names]
    found = [(name, state) for name, state in known if state.get("socket") and state.get("cancel")]
    for name, state in found:
        servers.write(name, {**state, "socket": None})
    for first in range(0, len(found), _BATCH):
        batch = found[first : first + _BATCH]
        _quit([(state["socket"], servers.token(name)) for name, state in batch], end)
        run_quietly([state["cancel"] for _, state in batch], end - time.monotonic())


def run_quietly(commands, seconds):
    """Run commands side by side, in C(seconds) at most; whether they fail is not looked at."""
    end = time.monotonic() + seconds
    running = []
    for command in commands:
        with contextlib.suppress(OSError):
            running.append(
                subprocess.Popen(
                    command,
                    stdin=subprocess.DEVNULL,
                    stdout=subprocess.DEVNULL,
                    stderr=subprocess.DEVNULL,
                )
            )
    for process in running:
        try:
            process.wait(max(0, end - time.monotonic()))
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _quit(servers, end):
    """Ask servers to end, each a socket and its token, and wait for their answers."""
    request = protocol.block(json.dumps({"quit": True}).encode())
    poller = select.poll()
    asked = {}
    with contextlib.ExitStack() as stack:
        for path, token in servers:
            connection = stack.enter_context(socket.socket(socket.AF_UNIX, socket.SOCK_STREAM))
            with contextlib.suppress(OSError):  # The connection to the host has ended.
                connection.settimeout(max(0.1, end - time.monotonic()))
                connection.connect(path)
                connection.sendall(bytes.fromhex(token) + request)
                asked[connection.fileno()] = connection
                poller.register(connection, select.POLLIN)
        while asked and (left := end - time.monotonic()) > 0:
            for number, _ in poller.poll(left * 1000):
                poller.unregister(number)
                del asked[number]
