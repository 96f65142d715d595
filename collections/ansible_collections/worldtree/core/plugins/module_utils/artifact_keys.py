# Copyright: WorldTree contributors
# Apache License 2.0 (see LICENSE)
"""The file C(authorized_keys) of an account, changed by root while its owner may exchange files.

Nothing is reached by a name that the owner could make lead elsewhere: each directory is opened from
the one above it, without following links, and checked once it is open, as sshd does. The file is
never written: a new one with its owner and mode takes its place, in the directory that is open.
"""

from __future__ import annotations

import contextlib
import errno
import fcntl
import os
import stat
import time

from ansible_collections.worldtree.core.plugins.module_utils.artifact_trust import (
    OTHERS,
    owner_name,
)

_NAME = "authorized_keys"
#: Beginning of the names of files that are not in its place yet.
_NEW = ".authorized_keys.worldtree-"
#: Bytes of the file; more is nothing that people have written.
_LARGEST = 1 << 20
#: Times that it is begun again, as another program changes the file.
_TRIES = 5
#: Seconds that another task is waited for; the owner of the directory could lock it for ever.
_LOCK_SECONDS = 10
_NO_LINK = os.O_NOFOLLOW | os.O_CLOEXEC


class NotServed(Exception):
    """Nothing was changed: the account has no keys that can be extended. The text says why."""


def change(account, edit):
    """Change the lines of the keys of C(account), a C(pwd.struct_passwd).

    C(edit) gets the lines as a list of bytes, and returns those that there shall be. Raises
    C(NotServed), and C(OSError).
    """
    with _directory(account) as (descriptor, path), _alone(descriptor, path):
        _sweep(descriptor)
        file = os.path.join(path, _NAME)
        for _ in range(_TRIES):
            found, lines = _read(descriptor, file, account)
            wanted = edit(lines)
            if wanted == lines or _replace(descriptor, found, b"".join(wanted), account):
                return
        raise NotServed("{0} is changed by another program again and again".format(file))


@contextlib.contextmanager
def _directory(account):
    """Give (descriptor, path) of the directory of the keys."""
    home = os.path.realpath(account.pw_dir)
    names = [name for name in home.split("/") if name] + [".ssh"]
    descriptor, path = os.open("/", os.O_PATH | os.O_DIRECTORY | os.O_CLOEXEC), "/"
    try:
        for number, name in enumerate(names, 1):
            is_last = number == len(names)
            _check(descriptor, path, account, is_above=number < len(names))
            path = os.path.join(path, name)
            how = os.O_RDONLY if is_last else os.O_PATH
            try:
                below = os.open(name, how | os.O_DIRECTORY | _NO_LINK, dir_fd=descriptor)
            except OSError as problem:
                raise NotServed(_reason(path, problem)) from None
            os.close(descriptor)
            descriptor = below
        _check(descriptor, path, account, is_above=False, is_own=True)
        yield descriptor, path
    finally:
        os.close(descriptor)


def _reason(path, problem):
    if problem.errno in (errno.ELOOP, errno.ENOTDIR):
        return "{0} is a link, or no directory".format(path)
    if problem.errno == errno.ENOENT:
        return "{0} is not there".format(path)
    return "{0}: {1}".format(path, problem.strerror)


def _check(descriptor, path, account, is_above, is_own=False):
    """Raise C(NotServed) for what another user than the account and root could change."""
    found = os.fstat(descriptor)
    if found.st_uid != account.pw_uid and (is_own or found.st_uid != 0):
        raise NotServed("{0} belongs to {1}".format(path, owner_name(found.st_uid)))
    keeps_owners = is_above and stat.S_ISDIR(found.st_mode) and found.st_mode & stat.S_ISVTX
    if found.st_mode & OTHERS and not keeps_owners:
        raise NotServed(
            "others can write to {0} (mode {1:04o})".format(path, stat.S_IMODE(found.st_mode))
        )


@contextlib.contextmanager
def _alone(descriptor, path):
    """Exclude other tasks; the lock ends with its process."""
    until = time.monotonic() + _LOCK_SECONDS
    while True:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            break
        except BlockingIOError:
            if time.monotonic() > until:
                raise NotServed("{0} is locked by another process".format(path)) from None
            time.sleep(0.05)
    yield  # Closing the directory ends it.


def _sweep(descriptor):
    """Remove what a killed process has left; the caller has the lock."""
    for name in os.listdir(descriptor):
        if name.startswith(_NEW):
            with contextlib.suppress(FileNotFoundError, IsADirectoryError):
                os.unlink(name, dir_fd=descriptor)


def _read(descriptor, path, account):
    """Return (how the file looks, its lines); (None, no lines) where it is not there."""
    try:
        # A pipe without a writer would keep this waiting.
        file = os.open(_NAME, os.O_RDONLY | os.O_NONBLOCK | _NO_LINK, dir_fd=descriptor)
    except FileNotFoundError:
        return None, []
    except OSError as problem:
        raise NotServed(_reason(path, problem)) from None
    with open(file, "rb") as stream:
        found = os.fstat(file)
        # Another name of a file of somebody else would be read, and given away.
        if not stat.S_ISREG(found.st_mode) or found.st_nlink != 1:
            raise NotServed("{0} is no file of its own".format(path))
        _check(file, path, account, is_above=False, is_own=True)
        content = stream.read(_LARGEST + 1)
    if len(content) > _LARGEST:
        raise NotServed("{0} has more than {1} bytes".format(path, _LARGEST))
    if content and not content.endswith(b"\n"):
        content += b"\n"
    return found, content.splitlines(keepends=True)


def _replace(descriptor, found, content, account):
    """Put a file with C(content) in its place; return whether it still was as it was C(found)."""
    new = _NEW + os.urandom(8).hex()
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | _NO_LINK
    file = os.open(new, flags, 0o600, dir_fd=descriptor)
    try:
        with open(file, "wb") as stream:
            stream.write(content)
            stream.flush()
            group = account.pw_gid if found is None else found.st_gid
            os.fchown(file, account.pw_uid, group)
            os.fchmod(file, 0o600 if found is None else stat.S_IMODE(found.st_mode))
            os.fsync(file)
        if _look(_present(descriptor)) != _look(found):
            return False
        os.replace(new, _NAME, src_dir_fd=descriptor, dst_dir_fd=descriptor)
        new = None
    finally:
        if new is not None:
            os.unlink(new, dir_fd=descriptor)
    os.fsync(descriptor)
    return True


def _present(descriptor):
    try:
        return os.stat(_NAME, dir_fd=descriptor, follow_symlinks=False)
    except FileNotFoundError:
        return None


def _look(found):
    return None if found is None else (found.st_ino, found.st_size, found.st_ctime_ns)
