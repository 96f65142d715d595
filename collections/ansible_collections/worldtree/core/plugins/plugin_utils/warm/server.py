# Copyright: WorldTree contributors
# Apache License 2.0 (see LICENSE)
"""The server on the host: Python with Ansible's basic code imported, which forks for each module.

Its text and that of what it imports are sent to the host's Python (3.10 or newer, Linux) as
standard input, as Ansible sends modules. Nothing of it is stored there.

- It listens on a socket in a directory of its own. It talks to its own user, and only to who has
  its token.
- It lives as long as the process that it watches: ansible-playbook on this machine, and the one of
  sshd that serves the connection elsewhere. It ends when a file changes that a new Python, or a
  login, would read.
- Its directory is removed by the last of server and forks, which all hold its lock.
- Only forks read requests. A request is confirmed before anything of it starts; the module starts
  when the other side has answered that.
"""

from __future__ import annotations

import base64
import contextlib
import errno
import gc
import hashlib
import hmac
import importlib
import json
import os
import select
import signal
import socket
import struct
import sys

from .login import LoginFiles, login_process
from .module_fork import PR_SET_DUMPABLE, PR_SET_NAME, Importer, Job, Preloaded, Surroundings
from .protocol import (
    EXIT,
    GO,
    NEED_ZIP,
    READY,
    STALE,
    STDERR,
    STDOUT,
    TOKEN_BYTES,
    block,
    receive,
    receive_block,
)
from .server_directory import ServerDirectory
from .start_files import StartFiles
from .watched_process import WatchedProcess

#: Seconds in which the other side has to send a request.
_REQUEST_SECONDS = 30
#: Milliseconds between looks at the watched process where the kernel cannot report its end.
_WATCH_MS = 1000
#: Milliseconds without a request after which a server of an ssh connection ends.
_IDLE_MS = 1_800_000
#: What asks the server and its forks to end.
_ENDING_SIGNALS = (signal.SIGTERM, signal.SIGHUP)


class _Ended(BaseException):
    """A fork that waits for its request was asked to end."""


class Server:
    """The server, from its start to its end.

    ``config``: token (hex), watch (process id, start time in ticks; None: that of the login over
    ssh), name (of its process), interpreter (path), zip (base64), preload (names of modules to
    import).
    """

    def __init__(self, config):
        self._token = bytes.fromhex(config["token"])
        self._config = config
        # Before the fork that has another parent.
        self._watched = config.get("watch") or login_process()
        self.surroundings = Surroundings()
        self._directory = None
        self._pid = None
        self._has_to_end = False

    # ---- start ---------------------------------------------------------------------------------

    def start(self):
        """Detach, report the socket's path on standard output, and serve.

        Returns a ``Job`` in forks that have a module to run; all others end here.
        """
        reader, writer = os.pipe()
        if os.fork():
            os.close(writer)
            with open(reader, "rb") as answers:
                answer = answers.read()
            os.write(1, answer + b"\n")
            os._exit(0)
        os.close(reader)
        os.setsid()
        if os.fork():
            os._exit(0)
        nothing = os.open(os.devnull, os.O_RDWR)
        for number in (0, 1, 2):
            os.dup2(nothing, number)
        os.close(nothing)
        self._pid = os.getpid()
        for number in _ENDING_SIGNALS:
            signal.signal(number, self._note_end)
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        listener = job = None
        try:
            try:
                listener, watch = self._prepare()
                answer = {"socket": listener.getsockname(), "pid": self._pid}
            except Exception as error:  # Whatever it is, modules then run as if this did not exist.
                answer = {"error": f"{type(error).__name__}: {error}"}
            os.write(writer, json.dumps(answer).encode())
            os.close(writer)
            if "socket" in answer:
                job = self._serve(listener, watch)
        finally:  # A fork without a job must not go on as a second server, whatever happened to it.
            if job is None:
                self._finish(listener)
                os._exit(0)
        return job

    def _note_end(self, *_):
        # An error would be lost where Python calls back, such as after a fork.
        self._has_to_end = True

    def _finish(self, listener):
        """End the server, or a fork that has no module to run. Modules that run go on."""
        _ignore_ending()
        if listener is not None:
            listener.close()
        if self._directory is None:
            return
        if os.getpid() == self._pid:
            with contextlib.suppress(OSError):
                os.unlink(f"{self._directory.path}/s")
        self._directory.leave()

    def _prepare(self):
        if sys.version_info < (3, 10):
            # Its importer of zips has another form, which has not been tried.
            raise OSError("Python is older than 3.10")
        if not os.path.samefile(self._config["interpreter"], sys.executable):
            # Such as a script that starts another Python once a file in the directory says so.
            raise OSError("the interpreter is a program that starts Python")
        if self._watched is None:
            raise OSError("this is no login over sshd, or one with X11")
        libc = self.surroundings.libc
        libc.prctl(PR_SET_NAME, self._config["name"].encode()[:15], 0, 0, 0)
        # No other process of this user reads what forks receive.
        libc.prctl(PR_SET_DUMPABLE, 0, 0, 0, 0)
        watch = WatchedProcess(self._watched)
        # An end just here would leave the directory.
        signal.pthread_sigmask(signal.SIG_BLOCK, _ENDING_SIGNALS)
        try:
            self._directory = ServerDirectory(self._config["name"])
        finally:
            signal.pthread_sigmask(signal.SIG_UNBLOCK, _ENDING_SIGNALS)
        listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        path = f"{self._directory.path}/s"
        listener.bind(path)
        os.chmod(path, 0o600)
        listener.listen(128)
        listener.setblocking(False)
        self._preload()
        os.chdir("/")
        files = StartFiles if self._config["watch"] else LoginFiles
        self._files = files(self._directory.path, self._config["interpreter"])
        return listener, watch

    def _preload(self):
        """Import what every module imports before its own code, from the first module's zip."""
        data = base64.b64decode(self._config["zip"])
        base = self.zip_path(hashlib.sha256(data).hexdigest())
        self._store(base, data)
        sys.path[:] = [path for path in sys.path if path not in ("", ".")]
        sys.path_hooks.insert(0, _hook_of(self._directory.path))
        sys.path.insert(0, base)
        for name in self._config["preload"]:
            importlib.import_module(name)
        sys.path.remove(base)
        self.preloaded = Preloaded(base)
        importlib.import_module("runpy")
        del self._config["zip"]
        gc.collect()
        gc.freeze()

    def zip_path(self, digest):
        """Return the path of a zip by its SHA-256."""
        return f"{self._directory.path}/{digest}.zip"

    def _store(self, path, data):
        part = f"{path}.{os.getpid()}"
        with open(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
            file.write(data)
        os.rename(part, path)

    # ---- requests ------------------------------------------------------------------------------

    def _serve(self, listener, watch):
        signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # Forks leave nothing to wait for.
        poller = select.poll()
        poller.register(listener, select.POLLIN)
        # A signal that comes just before `poll` does not interrupt it: it is seen here.
        reader, writer = os.pipe()
        os.set_blocking(writer, False)
        signal.set_wakeup_fd(writer, warn_on_full_buffer=False)
        poller.register(reader, select.POLLIN)
        if watch.descriptor is not None:
            poller.register(watch.descriptor, select.POLLIN)
        # A shared connection of ssh may outlive many runs of Ansible.
        idle = None if self._config.get("watch") else _IDLE_MS
        while not self._has_to_end:
            events = poller.poll(idle if watch.descriptor is not None else _WATCH_MS)
            if watch.has_ended() or (not events and watch.descriptor is not None):
                return None
            if not any(number == listener.fileno() for number, _ in events):
                continue
            try:
                connection, _ = listener.accept()
            except OSError as error:
                if error.errno in (errno.EAGAIN, errno.ECONNABORTED, errno.EMFILE, errno.ENFILE):
                    continue
                raise
            with connection:
                _, user, _ = struct.unpack(
                    "3i", connection.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, 12)
                )
                if user != os.geteuid():
                    continue
                if self._files.have_changed():
                    connection.setblocking(False)
                    connection.send(STALE)
                    return None
                try:
                    pid = os.fork()
                except OSError:
                    continue  # The other side sees the end before anything was started.
                if pid == 0:
                    # Who connects after the server's end has to see it at once.
                    listener.close()
                    watch.close()
                    return self._answer(connection)
        return None

    def _answer(self, connection):
        """Answer one request in this fork; return a ``Job`` in the fork that has to run it."""
        signal.set_wakeup_fd(-1)
        for number in _ENDING_SIGNALS:
            signal.signal(number, _end)
        if self._has_to_end:
            return None
        connection.setblocking(True)
        connection.settimeout(_REQUEST_SECONDS)
        if not hmac.compare_digest(receive(connection, TOKEN_BYTES), self._token):
            return None
        request = json.loads(receive_block(connection))
        if request.get("quit"):
            self._directory.release()  # So that the server finds itself the last one.
            os.kill(self._pid, signal.SIGTERM)
            connection.sendall(READY)
            return None
        parameters = receive_block(connection)
        path = self.zip_path(request["zip"])
        if not os.path.exists(path):
            connection.sendall(NEED_ZIP)
            data = receive_block(connection)
            if hashlib.sha256(data).hexdigest() != request["zip"]:
                return None
            self._store(path, data)
        connection.sendall(READY)
        if receive(connection, 1) != GO:
            return None
        connection.settimeout(None)
        return self._run(connection, request, parameters)

    def _run(self, connection, request, parameters):
        reader, writer = os.pipe()
        os.set_blocking(writer, False)
        signal.signal(signal.SIGCHLD, lambda *_: None)
        signal.set_wakeup_fd(writer)
        out, err, nothing = os.pipe(), os.pipe(), os.pipe()
        signal.pthread_sigmask(signal.SIG_BLOCK, _ENDING_SIGNALS)
        pid = os.fork()
        if pid == 0:
            signal.set_wakeup_fd(-1)
        for number in _ENDING_SIGNALS:  # This fork ends with its module.
            signal.signal(number, signal.SIG_DFL if pid == 0 else signal.SIG_IGN)
        signal.pthread_sigmask(signal.SIG_UNBLOCK, _ENDING_SIGNALS)
        if pid == 0:
            return Job(self, request, parameters, (nothing[0], out[1], err[1]))
        for number in (*nothing, out[1], err[1]):
            os.close(number)
        streams = {out[0]: STDOUT, err[0]: STDERR}
        for number in (*streams, reader):
            os.set_blocking(number, False)
        try:
            _report(connection, pid, streams, reader)
        finally:
            # Where nobody waits any more, further output fails, as with a pipe. The module imports
            # from the directory until its end.
            for number in streams:
                os.close(number)
            with contextlib.suppress(ChildProcessError):
                os.waitpid(pid, 0)


def _report(connection, pid, streams, ended):
    """Send what a module writes, then its exit code. Raises C(OSError) when nobody waits.

    C(streams) are its outputs with their kinds; C(ended) can be read when a process has ended.
    """
    poller = select.poll()
    for number in (*streams, ended, connection.fileno()):
        poller.register(number, select.POLLIN)
    status = None
    while status is None:
        for number, _ in poller.poll():
            if number == ended:
                os.read(ended, 4096)
                done, code = os.waitpid(pid, os.WNOHANG)
                status = code if done else None
            elif number in streams:
                if _pass_on(connection, number, streams[number]) is False:
                    poller.unregister(number)
            elif not connection.recv(1):
                raise BrokenPipeError
    for number, kind in streams.items():
        while _pass_on(connection, number, kind):
            pass
    code = os.WEXITSTATUS(status) if os.WIFEXITED(status) else -os.WTERMSIG(status)
    connection.sendall(EXIT + struct.pack(">i", code))


def _end(*_):
    _ignore_ending()
    raise _Ended


def _ignore_ending():
    for number in _ENDING_SIGNALS:
        signal.signal(number, signal.SIG_IGN)


def _hook_of(directory):
    def hook(path):
        if not path.startswith(f"{directory}/"):
            raise ImportError
        return Importer(path)

    return hook


def _pass_on(connection, number, kind):
    """Send what a stream has; returns False at its end, and None when it has nothing now."""
    try:
        data = os.read(number, 2**16)
    except BlockingIOError:
        return None
    if data:
        connection.sendall(kind + block(data))
    return bool(data)
