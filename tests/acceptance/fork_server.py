"""Forks whole ``wt`` commands from a process that has loaded what they import (see ``forked_cli``).

A command equals ``python -m worldtree.cli.entry`` after its imports: a separate process and process
group with its own arguments, environment, directory and streams, one thread and no
other descriptor. It goes through ``entry.main``, which ends the process. No command ever runs in
this process itself, so each finds the modules as they were loaded. The process ends when its tests
close the connection.
"""

from __future__ import annotations

import gc
import importlib
import io
import json
import os
import pkgutil
import selectors
import signal
import socket
import sys
import tempfile
import threading
import time
import traceback
from contextlib import suppress
from typing import NoReturn

#: Packages that only processes other than ``wt`` load.
_FOREIGN = ("ansible", "ansible_runner")
#: Where modules of ours may need these; a command that loads one of the others loads Ansible.
_ELSEWHERE = ("worldtree.runner.inside.", "worldtree.runner.process.")
#: Modules outside the package that commands load on first use.
_OTHERS = ("alembic.command", "sqlalchemy.dialects.sqlite", "sqlalchemy.ext.compiler")


class _Forbidden:
    """Import hook that refuses modules that ``wt`` does not load."""

    def find_spec(self, name: str, *_: object) -> None:
        if name.partition(".")[0] in _FOREIGN:
            raise ImportError(f"{name} is not loaded by wt itself", name=name)


def preload() -> None:
    """Import every module that a command may use, except those that need Ansible."""
    import worldtree

    forbidden = _Forbidden()
    sys.meta_path.insert(0, forbidden)  # type: ignore[arg-type]  # it only refuses
    for module in pkgutil.walk_packages(worldtree.__path__, "worldtree."):
        try:
            importlib.import_module(module.name)
        except ImportError as error:
            foreign = (error.name or "").partition(".")[0] in _FOREIGN
            if not (foreign and module.name.startswith(_ELSEWHERE)):
                raise
    for name in _OTHERS:
        importlib.import_module(name)
    sys.meta_path.remove(forbidden)  # type: ignore[arg-type]
    assert threading.active_count() == 1, "a fork would lose the other threads"
    gc.collect()
    gc.freeze()  # So that forks keep sharing the memory.


def serve(control: socket.socket) -> None:
    """Fork a command for each message on ``control``, until the other end hangs up.

    A message carries a channel and the command's three streams. The channel has the request, and
    gets the wait status at the end. If the client closes it earlier, the command is killed.
    """
    with selectors.DefaultSelector() as selector:
        selector.register(control, selectors.EVENT_READ)
        while True:
            for key, _ in selector.select():
                if key.fileobj is control:
                    message, descriptors, _, _ = socket.recv_fds(control, 1, 4)
                    if not message:
                        return
                    _start(selector, descriptors)
                elif key.fileobj in selector.get_map():  # Not finished in this round.
                    pid, channel = key.data
                    if key.fileobj is channel:
                        os.killpg(pid, signal.SIGKILL)
                        selector.unregister(channel)
                    else:
                        _finish(selector, int(key.fd), pid, channel)


def _start(selector: selectors.BaseSelector, descriptors: list[int]) -> None:
    channel = socket.socket(fileno=descriptors[0])
    with channel.makefile("rb") as lines:
        request = json.loads(lines.readline())
    pid = os.fork()
    if pid == 0:
        _become_command(request, descriptors[1:])
    for descriptor in descriptors[1:]:
        os.close(descriptor)
    # In the parent and in the child, so that it is done in either order.
    os.setpgid(pid, pid)
    ended = os.pidfd_open(pid)
    selector.register(ended, selectors.EVENT_READ, (pid, channel))
    selector.register(channel, selectors.EVENT_READ, (pid, channel))


def _finish(selector: selectors.BaseSelector, ended: int, pid: int, channel: socket.socket) -> None:
    selector.unregister(ended)
    os.close(ended)
    status = os.waitpid(pid, 0)[1]
    if channel in selector.get_map():
        selector.unregister(channel)
        with suppress(BrokenPipeError):  # The client has gone.
            channel.sendall(str(status).encode())
    channel.close()


def _become_command(request: dict[str, object], streams: list[int]) -> NoReturn:
    """Run the command in this fork."""
    try:
        os.setpgid(0, 0)
        for number, descriptor in enumerate(streams):
            os.dup2(descriptor, number)
        os.closerange(3, os.sysconf("SC_OPEN_MAX"))
        _set_up(**request)  # type: ignore[arg-type]  # as ``forked_cli`` writes it
        from worldtree.cli import entry

        entry.main()
    except BaseException:  # as the interpreter does at its end
        traceback.print_exc()
        sys.stderr.flush()
    os._exit(1)


def _set_up(arguments: list[str], directory: str, environment: dict[str, str]) -> None:
    """Set up what a new interpreter would find."""
    os.chdir(directory)
    os.environ.clear()
    os.environ.update(environment)
    time.tzset()
    tempfile.tempdir = None
    sys.argv = ["wt", *arguments]
    sys.stdin = _stream(0, sys.stdin)
    sys.stdout = _stream(1, sys.stdout)
    sys.stderr = _stream(2, sys.stderr)


def _stream(number: int, like: io.TextIOWrapper | object) -> io.TextIOWrapper:
    assert isinstance(like, io.TextIOWrapper)
    return open(
        number,
        "r" if number == 0 else "w",
        encoding=like.encoding,
        errors=like.errors,
        buffering=1 if number == 2 or (number == 1 and os.isatty(1)) else -1,
        closefd=False,
    )


if __name__ == "__main__":
    with socket.socket(fileno=int(sys.argv[1])) as found:
        preload()
        found.sendall(b".")  # Ready; not sent when an import fails.
        serve(found)
