# Copyright: WorldTree contributors
# Apache License 2.0 (see LICENSE)
"""The server on the host: Python with Ansible's basic code imported, which forks for each module.

Its text is sent to the host's Python as standard input (Python 3.8 or newer, Linux), as Ansible
sends modules. Nothing of it is stored there.

- It listens on a socket in a directory of its own. It talks to one user of the machine, and only to
  who has its token.
- It lives as long as the process that it watches. It ends when a file changes that a new Python, or
  a new login, would read.
- Only forks read requests. A request is confirmed before anything of it starts; the module starts
  when the other side has answered that.
"""

from __future__ import annotations

import base64
import ctypes
import errno
import fcntl
import glob
import hashlib
import hmac
import importlib
import json
import os
import select
import shutil
import signal
import socket
import struct
import sys
import tempfile
import time
import zipfile
import zipimport

#: Answers to a request: the zip is not known yet; ready to start; another server is needed.
NEED_ZIP, READY, STALE = b"Z", b"R", b"X"
#: What starts a module, or is the end of the request ``quit``.
GO = b"G"
#: Frames of a module that runs: its output, its errors, its end with the exit code.
STDOUT, STDERR, EXIT = b"O", b"E", b"X"
#: Bytes of a token, and of a request at most: a module's parameters may have a file's content.
TOKEN_BYTES = 32
_MAX_BYTES = 2**30
#: Seconds in which the other side has to send a request.
_REQUEST_SECONDS = 30
#: Milliseconds between looks at the watched process where the kernel cannot report its end.
_WATCH_MS = 1000
_PREFIX = ".wt-warm-"
_PR_SET_DUMPABLE, _PR_SET_NAME, _PR_GET_NAME = 4, 15, 16
#: Files that Python, its libraries, and a login read when they start.
_READ_AT_START = (
    *("/etc/ld.so.cache", "/etc/ld.so.preload", "/usr/lib/locale", "/usr/lib/locale/locale-archive"),
    *("/etc/nsswitch.conf", "/etc/ssl/openssl.cnf", "/etc/pki/tls/openssl.cnf"),
    *("/etc/crypto-policies/config", "/etc/crypto-policies/back-ends"),
)
_READ_BY_LOGINS = (
    *("/etc/passwd", "/etc/group", "/etc/shadow", "/etc/sudoers", "/etc/sudoers.d", "/etc/doas.conf"),
    *("/etc/environment", "/etc/default/locale", "/etc/login.defs", "/etc/pam.d", "/etc/security"),
    *("/etc/security/limits.conf", "/etc/security/limits.d", "/etc/security/pam_env.conf"),
)
_SIGNALS = (signal.SIGTERM, signal.SIGHUP, signal.SIGINT, signal.SIGCHLD)


class _Ended(BaseException):
    """The server was asked to end."""


def receive(connection, size):
    """Return exactly ``size`` bytes. Raises ``EOFError`` when the other side has ended."""
    parts = []
    while size:
        part = connection.recv(min(size, 2**20))
        if not part:
            raise EOFError
        parts.append(part)
        size -= len(part)
    return b"".join(parts)


def receive_block(connection):
    """Return a block of bytes that follows its length. Raises ``EOFError`` and ``ValueError``."""
    (size,) = struct.unpack(">I", receive(connection, 4))
    if size > _MAX_BYTES:
        raise ValueError("the block is too large")
    return receive(connection, size)


def block(data):
    """Return ``data`` after its length."""
    return struct.pack(">I", len(data)) + data


class Importer(zipimport.zipimporter):
    """Imports from a module's zip; keeps what it compiled beside the zip for the next module."""

    def get_code(self, fullname):
        """Return the compiled code of a module."""
        import marshal

        kept = f"{self.archive}.{fullname}"
        try:
            with open(kept, "rb") as file:
                return marshal.loads(file.read())
        except (OSError, EOFError, ValueError, TypeError):
            code = super().get_code(fullname)
        try:
            part = f"{kept}.{os.getpid()}"
            with open(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
                file.write(marshal.dumps(code))
            os.rename(part, kept)
        except OSError:
            pass  # A full disk, or a module that changed its root directory: it is compiled again.
        return code

    def invalidate_caches(self):
        """Do nothing: the zip never changes."""


class Job:
    """What a fork has to run; the attributes are those of the request."""

    def __init__(self, server, request, parameters, descriptors):
        self.server, self.request, self.parameters = server, request, parameters
        self.descriptors = descriptors


class Server:
    """The server, from its start to its end.

    ``config``: token (hex), watch ([process id, start time in ticks], or None for the ssh session
    that started it), name (of its process), base (directory for its own, or None), zip (base64),
    preload (names of modules to import), login (whether it was started by another user's login).
    """

    def __init__(self, config):
        self._token = bytes.fromhex(config["token"])
        self._config = config
        self._environment = dict(os.environ)
        self._signals = {number: signal.getsignal(number) for number in _SIGNALS}
        self._cwd = os.getcwd()
        self._directory = None
        self._pid = None
        self._preloaded = {}
        self._libc = ctypes.CDLL(None)
        self._comm = ctypes.create_string_buffer(16)
        self._libc.prctl(_PR_GET_NAME, self._comm, 0, 0, 0)

    # ---- start ---------------------------------------------------------------------------------

    def start(self):
        """Detach, report the socket's path on standard output, and serve.

        Returns a ``Job`` in forks that have a module to run, and None in the others.
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
        for number in (signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, self._end)
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        listener = None
        try:
            try:
                listener, watch = self._prepare()
                answer = {"socket": listener.getsockname()}
            except Exception as error:  # Whatever it is, modules then run as if this did not exist.
                answer = {"error": f"{type(error).__name__}: {error}"}
            os.write(writer, json.dumps(answer).encode())
            os.close(writer)
            return self._serve(listener, watch) if "socket" in answer else None
        except _Ended:
            return None
        finally:
            if os.getpid() == self._pid:
                self._finish(listener)
                os._exit(0)

    def _end(self, *_):
        raise _Ended

    def _finish(self, listener):
        """Take no more requests; remove the directory when no module imports from it any more."""
        for number in (signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, signal.SIG_IGN)
        if listener is not None:
            listener.close()
        if self._directory is None:
            return
        try:
            os.unlink(f"{self._directory}/s")
            os.wait()  # For all of them, as their ends are ignored; then it raises an error.
        except OSError:
            pass
        shutil.rmtree(self._directory, ignore_errors=True)

    def _prepare(self):
        self._libc.prctl(_PR_SET_NAME, self._config["name"].encode()[:15], 0, 0, 0)
        # No other process of this user reads what forks receive.
        self._libc.prctl(_PR_SET_DUMPABLE, 0, 0, 0, 0)
        watch = _Watched(self._config["watch"] or _ssh_session())
        self._user = watch.user
        self._make_directory()
        listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        path = f"{self._directory}/s"
        listener.bind(path)
        if os.stat(self._directory).st_uid == os.geteuid():
            os.chmod(path, 0o600 if self._user == os.geteuid() else 0o666)
        else:
            os.chown(path, self._user, -1)
        listener.listen(128)
        listener.setblocking(False)
        self._preload()
        os.chdir("/")
        self._files = self._signature()
        return listener, watch

    def _make_directory(self):
        base = self._config["base"]
        if not base or len(base) > 60 or not os.access(base, os.W_OK | os.X_OK):
            base = next(path for path in ("/tmp", "/var/tmp", "/run") if os.access(path, os.W_OK))
        _remove_abandoned(base)
        umask = os.umask(0o077)
        try:
            self._directory = tempfile.mkdtemp(prefix=_PREFIX, dir=base)
            self._lock = os.open(f"{self._directory}/lock", os.O_WRONLY | os.O_CREAT, 0o600)
        finally:
            os.umask(umask)
        fcntl.flock(self._lock, fcntl.LOCK_EX)
        if self._user != os.geteuid():
            # The other user must reach the socket, of which it has to know the path.
            if os.geteuid() == 0:
                os.chown(self._directory, self._user, -1)
            else:
                os.chmod(self._directory, 0o711)

    def _preload(self):
        """Import what every module imports before its own code, from the first module's zip."""
        data = base64.b64decode(self._config["zip"])
        self._base = self._zip_path(hashlib.sha256(data).hexdigest())
        self._store(self._base, data)
        sys.path[:] = [path for path in sys.path if path not in ("", ".")]
        sys.path_hooks.insert(0, _hook_of(self._directory))
        sys.path.insert(0, self._base)
        for name in self._config["preload"]:
            importlib.import_module(name)
        sys.path.remove(self._base)
        stamps = _stamps(self._base)
        for name in list(sys.modules):
            if name.partition(".")[0] in ("ansible", "ansible_collections"):
                place = name.replace(".", "/")
                # Those that `six` makes have no file.
                file = next(filter(stamps.get, (f"{place}/__init__.py", f"{place}.py")), None)
                self._preloaded[name] = (file, stamps.get(file))
        importlib.import_module("runpy")
        del self._config["zip"]
        import gc

        gc.collect()
        gc.freeze()

    def _zip_path(self, digest):
        return f"{self._directory}/{digest}.zip"

    def _store(self, path, data):
        part = f"{path}.{os.getpid()}"
        with open(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
            file.write(data)
        os.rename(part, path)

    def _signature(self):
        """Return what identifies the files that a new process would read, as they are now."""
        paths = {sys.executable, os.path.realpath(sys.executable), os.__file__, *_READ_AT_START}
        paths.update(path for path in sys.path if path)
        if self._config["login"]:
            paths.update(_READ_BY_LOGINS)
        found = {}
        for path in paths:
            try:
                now = os.stat(path)
            except OSError:
                found[path] = None
            else:
                found[path] = (now.st_dev, now.st_ino, now.st_mtime_ns, now.st_size)
        return found

    # ---- requests ------------------------------------------------------------------------------

    def _serve(self, listener, watch):
        signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # Forks leave nothing to wait for.
        poller = select.poll()
        poller.register(listener, select.POLLIN)
        if watch.descriptor is not None:
            poller.register(watch.descriptor, select.POLLIN)
        while True:
            events = poller.poll(None if watch.descriptor is not None else _WATCH_MS)
            if watch.has_ended():
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
                if user != self._user:
                    continue
                if self._signature() != self._files:
                    connection.setblocking(False)
                    connection.send(STALE)
                    return None
                try:
                    pid = os.fork()
                except OSError:
                    continue  # The other side sees the end before anything was started.
                if pid == 0:
                    try:
                        job = self._answer(connection)
                    except BaseException:
                        os._exit(1)
                    if job is None:
                        os._exit(0)
                    return job

    def _answer(self, connection):
        """Answer one request in this fork; return a ``Job`` in the fork that has to run it."""
        for number in (signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, signal.SIG_DFL)
        connection.setblocking(True)
        connection.settimeout(_REQUEST_SECONDS)
        if not hmac.compare_digest(receive(connection, TOKEN_BYTES), self._token):
            return None
        request = json.loads(receive_block(connection))
        if request.get("quit"):
            os.kill(self._pid, signal.SIGTERM)
            connection.sendall(READY)
            return None
        parameters = receive_block(connection)
        path = self._zip_path(request["zip"])
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
        pid = os.fork()
        if pid == 0:
            signal.set_wakeup_fd(-1)
            return Job(self, request, parameters, (nothing[0], out[1], err[1]))
        for number in (*nothing, out[1], err[1]):
            os.close(number)
        streams = {out[0]: STDOUT, err[0]: STDERR}
        poller = select.poll()
        for number in (*streams, reader, connection.fileno()):
            os.set_blocking(number, number == connection.fileno())
            poller.register(number, select.POLLIN)
        status = None
        while status is None:
            for number, _ in poller.poll():
                if number == reader:
                    os.read(reader, 4096)
                    done, code = os.waitpid(pid, os.WNOHANG)
                    status = code if done else None
                elif number in streams:
                    if _pass_on(connection, number, streams[number]) is False:
                        poller.unregister(number)
                elif not connection.recv(1):
                    # Nobody waits any more. As with a pipe, further output fails.
                    for stream in streams:
                        os.close(stream)
                    os.waitpid(pid, 0)
                    return None
        for number, kind in streams.items():
            while _pass_on(connection, number, kind):
                pass
        code = os.WEXITSTATUS(status) if os.WIFEXITED(status) else -os.WTERMSIG(status)
        connection.sendall(EXIT + struct.pack(">i", code))
        return None

    # ---- modules -------------------------------------------------------------------------------

    def become_module(self, job):
        """Give this fork the surroundings in which Ansible's own wrapper would run the module."""
        os.setsid()
        for number, source in enumerate(job.descriptors):
            os.dup2(source, number)
        os.closerange(3, max(64, max(job.descriptors) + 16))
        for number, handler in self._signals.items():
            if handler is not None:
                signal.signal(number, handler)
        self._libc.prctl(_PR_SET_NAME, self._comm, 0, 0, 0)
        self._libc.prctl(_PR_SET_DUMPABLE, 1, 0, 0, 0)
        os.environ.clear()
        os.environ.update(self._environment)
        os.environ.update(job.request["environment"])
        time.tzset()
        tempfile.tempdir = None
        try:
            os.chdir(self._cwd)
        except OSError:
            try:
                os.chdir(os.path.expanduser("~"))
            except OSError:
                os.chdir("/")
        limit = job.request["rlimit_nofile"]
        if limit:
            import resource

            soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
            if min(hard, limit) != soft:
                try:
                    resource.setrlimit(resource.RLIMIT_NOFILE, (min(hard, limit), hard))
                except ValueError:
                    pass
        path = self._zip_path(job.request["zip"])
        self._adopt(path)
        sys.path.insert(0, path)
        return path

    def _adopt(self, path):
        """Make the modules imported at the start look as if they had come from another zip.

        They are left out where the zip has none of that name, and all of them where it has another
        one: then the module imports its own.
        """
        stamps = _stamps(path)
        if any(stamps.get(file, stamp) != stamp for file, stamp in self._preloaded.values()):
            for name in self._preloaded:
                del sys.modules[name]
            return
        for name, (file, _) in self._preloaded.items():
            if file is None:
                continue
            module = sys.modules[name]
            parent, _, last = name.rpartition(".")
            if file not in stamps:
                del sys.modules[name]
                if parent in sys.modules and getattr(sys.modules[parent], last, None) is module:
                    delattr(sys.modules[parent], last)
                continue
            if module.__name__ != name:
                continue  # Another module, by a name for older releases.
            module.__file__ = f"{path}/{file}"
            if hasattr(module, "__path__"):
                found = [place.replace(self._base, path, 1) for place in module.__path__]
                module.__path__ = module.__spec__.submodule_search_locations = found
                module.__spec__.origin = module.__file__
                module.__spec__.loader = module.__loader__ = Importer(
                    os.path.dirname(os.path.dirname(module.__file__))
                )


class _Watched:
    """The process whose end is the end of the server."""

    def __init__(self, found):
        self._pid, self._started = found
        self.descriptor = None
        try:
            self.descriptor = os.pidfd_open(self._pid)
        except (AttributeError, OSError):
            pass  # Python before 3.9, or Linux before 5.3: it is looked for once a second.
        if self.has_ended():
            raise OSError(f"process {self._pid} has ended")
        self.user = _user_of(self._pid)

    def has_ended(self):
        """Whether there is no such process any more."""
        return _start_time(self._pid) != self._started


def _start_time(pid):
    """Return when a process started, in ticks; None without one that lives."""
    try:
        with open(f"/proc/{pid}/stat", "rb") as file:
            fields = file.read().rpartition(b")")[2].split()
    except OSError:
        return None
    return None if fields[0] in (b"Z", b"X") else int(fields[19])


def _user_of(pid):
    # The owner of the directory in /proc is root where a process may not be looked into.
    with open(f"/proc/{pid}/status", "rb") as file:
        line = next(line for line in file if line.startswith(b"Uid:"))
    return int(line.split()[1])


def _ssh_session():
    """Return the process of the ssh session that this one belongs to, and when it started."""
    pid = os.getpid()
    while pid > 1:
        with open(f"/proc/{pid}/stat", "rb") as file:
            head, _, rest = file.read().rpartition(b")")
        if head.partition(b"(")[2].startswith((b"sshd", b"dropbear")):
            return pid, int(rest.split()[19])
        pid = int(rest.split()[1])
    raise OSError("there is no ssh session")


def _remove_abandoned(base):
    """Remove directories of servers of this user that were killed."""
    for path in glob.glob(f"{glob.escape(base)}/{_PREFIX}*/lock"):
        try:
            if os.stat(path).st_uid != os.geteuid():
                continue
            lock = os.open(path, os.O_WRONLY | os.O_NOFOLLOW)
        except OSError:
            continue
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            # A server that starts has not written its first zip yet.
            if time.time() - os.stat(path).st_mtime > _REQUEST_SECONDS:
                shutil.rmtree(os.path.dirname(path), ignore_errors=True)
        except OSError:
            pass  # Its server lives.
        finally:
            os.close(lock)


def _stamps(path):
    """Return the checksum and size of each file in a zip."""
    with zipfile.ZipFile(path) as archive:
        return {info.filename: (info.CRC, info.file_size) for info in archive.infolist()}


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


def run_module(job):
    """Run the module of a job; ends with ``SystemExit``, as Ansible's modules do."""
    request, parameters = job.request, job.parameters
    path = job.server.become_module(job)
    del job
    from ansible.module_utils._internal._ansiballz import _loader

    _loader.run_module(
        json_params=parameters,
        profile=request["profile"],
        module_fqn=request["module"],
        modlib_path=path,
        extensions={},
    )
