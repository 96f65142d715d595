"""The launcher: imports Ansible once, then forks a supervisor for every run of a task.

The executor starts it with one end of a socket; each message on it carries the socket of one new
supervisor. It is single-threaded, since it forks. It lives until the executor closes its socket and
the last supervisor has ended, then removes their shared files: an executor that was killed cannot.
"""

from __future__ import annotations

import os
import select
import shutil
import socket
import sys
from contextlib import suppress
from pathlib import Path

from worldtree.runner.connect.shared_connections import close_connections
from worldtree.runner.process import private_apis, supervisor
from worldtree.runner.process.playbook_fork import preload
from worldtree.runner.process.protocol import READY, UNSUPPORTED

#: Seconds between checks for supervisors that have ended.
_POLL_SECONDS = 1.0


def main(control: socket.socket, control_dir: str, memory_dir: str, checked_file: str) -> None:
    """Fork a supervisor per message, until the other end closes the socket."""
    preload()
    _check_private_apis(control, Path(checked_file))
    children: set[int] = set()
    while True:
        ready, _, _ = select.select([control], [], [], _POLL_SECONDS)
        _reap(children)
        if not ready:
            continue
        try:
            message, sockets, _, _ = socket.recv_fds(control, 1, 1)
        except ConnectionResetError:  # The executor ended without having read the first byte.
            break
        if not message:
            break
        channel = socket.socket(fileno=sockets[0])
        pid = os.fork()
        if pid == 0:
            control.close()
            _supervise(channel, memory_dir)
        channel.close()
        children.add(pid)
    for pid in children:
        os.waitpid(pid, 0)
    close_connections(Path(control_dir))
    shutil.rmtree(memory_dir, ignore_errors=True)


def _check_private_apis(control: socket.socket, checked_file: Path) -> None:
    """Send ``READY``, or ``UNSUPPORTED`` after the differences were printed; then exit.

    Versions that were found to be as expected are checked once.
    """
    if not private_apis.was_checked(checked_file):
        if found := list(private_apis.differences()):
            print("\n".join(found), file=sys.stderr, flush=True)
            _send(control, UNSUPPORTED)
            os._exit(1)
        private_apis.save_checked(checked_file)
    _send(control, READY)


def _send(control: socket.socket, word: bytes) -> None:
    """Send ``word``; an executor that was killed meanwhile needs no answer."""
    with suppress(BrokenPipeError, ConnectionResetError):
        control.send(word)


def _supervise(channel: socket.socket, memory_dir: str) -> None:
    code = 1
    try:
        os.setsid()
        supervisor.main(channel, memory_dir)
        code = 0
    except Exception as error:  # The parent reads this log once the supervisor is gone.
        print(f"{type(error).__name__}: {error}", file=sys.stderr)
    finally:
        sys.stderr.flush()
        os._exit(code)


def _reap(children: set[int]) -> None:
    for pid in tuple(children):
        if os.waitpid(pid, os.WNOHANG)[0]:
            children.discard(pid)


def start(
    descriptor: str, control_dir: str, memory_dir: str, checked_file: str, *kept: str
) -> None:
    """Run as the main program of the process; the parameters are its command line.

    ``kept`` descriptors stay open here and in supervisors, but not in programs that these start.
    """
    for number in kept:
        os.set_inheritable(int(number), False)
    try:
        main(socket.socket(fileno=int(descriptor)), control_dir, memory_dir, checked_file)
    except SystemExit as end:
        # Ansible exits when it cannot load. Python would close the socket before it prints why, and
        # the process at the other end would read the log too early.
        print(end.code, file=sys.stderr, flush=True)
        os._exit(1)
    # Unloading all modules takes a moment, and the executor waits for this process.
    sys.stderr.flush()
    os._exit(0)
