"""Compiles the documents of a service in forks of a process that has imported what that needs.

The program of ``isolated_compile`` imports a thousand modules at each start, which takes much more
time than to compile the small documents of tests. `tests/unit/app/documents/test_isolated_compile`
and whole services have the program itself, and so have all services at full length.
"""

from __future__ import annotations

import ast
import atexit
import gc
import importlib
import os
import pkgutil
import select
import signal
import socket
import subprocess
import sys
import threading
import traceback
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from typing import NoReturn
from unittest.mock import patch

#: Takes the place of the program: has its standard output, directory and environment used by a
#: fork, and ends as that does. When it is killed, so is the fork.
_CLIENT = """
import os, signal, socket, sys
with socket.socket(socket.AF_UNIX) as server:
    server.connect("\\0" + sys.argv[1])
    given = [1, os.open(".", os.O_RDONLY)]
    socket.send_fds(server, [repr(dict(os.environ)).encode()], given)
    code = int(server.recv(16) or 1)
if code < 0:
    signal.signal(-code, signal.SIG_DFL)
    os.kill(os.getpid(), -code)
os._exit(code)
"""
#: Packages whose modules a compile loads on first use.
_PACKAGES = ("ansible", "app.documents", "compile", "plan", "plugins", "spec")


@contextmanager
def forked_compiles(*, wanted: bool) -> Iterator[None]:
    """Compile in forks until the end of the block, if that is ``wanted``."""
    if not wanted:
        yield
        return
    from worldtree.app.documents import isolated_compile

    with patch.object(isolated_compile, "_CHILD", _command()):
        yield


@cache
def _command() -> tuple[str, ...]:
    """Return the command of a compile; the first call starts the process that forks."""
    name = f"wt-compiles-{uuid.uuid4().hex}"
    with socket.socket(socket.AF_UNIX) as listening:
        listening.bind(f"\0{name}")
        listening.listen(64)
        process = subprocess.Popen(
            [sys.executable, "-I", __file__, str(listening.fileno())],
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            env={"PATH": os.defpath, "LANG": "C.UTF-8"},
            cwd="/",
            pass_fds=[listening.fileno()],
            start_new_session=True,
        )
    atexit.register(process.communicate)
    return (sys.executable, "-I", "-S", "-c", _CLIENT, name)


def _serve(listening: socket.socket) -> None:
    """Fork for each connection, until standard input is closed."""
    _preload()
    while True:
        ready, _, _ = select.select([listening, 0], [], [], 1.0)
        _reap()
        if 0 in ready:
            return
        if listening in ready:
            connection, _ = listening.accept()
            if os.fork() == 0:
                listening.close()
                _handle(connection)
            connection.close()


def _preload() -> None:
    for name in _PACKAGES:
        package = importlib.import_module(f"worldtree.{name}")
        for module in pkgutil.walk_packages(package.__path__, f"worldtree.{name}."):
            importlib.import_module(module.name)
    assert threading.active_count() == 1, "a fork would lose the other threads"
    gc.collect()
    gc.freeze()  # So that forks keep sharing the memory.


def _reap() -> None:
    try:
        while os.waitpid(-1, os.WNOHANG)[0]:
            pass
    except ChildProcessError:
        pass


def _handle(connection: socket.socket) -> NoReturn:
    """Compile what is asked for on a connection, and send how that ended."""
    try:
        message, given, _, _ = socket.recv_fds(connection, 65536, 2)
        pid = os.fork()
        if pid == 0:
            _compile(ast.literal_eval(message.decode()), *given)
        ended = os.pidfd_open(pid)
        for descriptor in given:
            os.close(descriptor)
        ready, _, _ = select.select([ended, connection], [], [])
        if ended not in ready:  # The client was killed.
            os.kill(pid, signal.SIGKILL)
        code = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
        connection.sendall(str(code).encode())
    except BrokenPipeError:
        pass
    finally:
        os._exit(0)


def _compile(environment: dict[str, str], output: int, directory: int) -> NoReturn:
    """Run the program of ``isolated_compile`` in this fork."""
    from worldtree.app.documents import compile_child

    code = 1
    try:
        os.setsid()
        os.fchdir(directory)
        os.dup2(output, 1)
        nothing = os.open(os.devnull, os.O_RDWR)
        os.dup2(nothing, 0)
        os.dup2(nothing, 2)
        os.closerange(3, os.sysconf("SC_OPEN_MAX"))
        os.environ.clear()
        os.environ.update(environment)
        compile_child.main()
        code = 0
    except MemoryError:
        code = compile_child.MEMORY_EXIT
    except BaseException:  # As the interpreter does at its end.
        traceback.print_exc()
    finally:
        os._exit(code)


if __name__ == "__main__":
    _serve(socket.socket(fileno=int(sys.argv[1])))
