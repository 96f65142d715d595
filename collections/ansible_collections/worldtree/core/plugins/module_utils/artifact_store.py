# Copyright: WorldTree contributors
# Apache License 2.0 (see LICENSE)
"""The files of artifacts on a host, by their sha256.

C(sha256/DIGEST) is a whole file, and C(sha256/DIGEST.json) how it looked when its bytes were
counted. C(partial/DIGEST) is what has arrived of one, from its beginning. C(locks/NAME) excludes
others. A file comes to C(sha256) by a rename only, after its bytes were counted and synced.
"""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import json
import os
import re
import time

from ansible_collections.worldtree.core.plugins.module_utils import artifact_trust

#: Seconds after which a part that nobody has continued is removed.
OLDEST_PART = 7 * 24 * 3600
_BLOCK = 1 << 20
_DIGEST = re.compile("[0-9a-f]{64}")
#: What C(write_whole) had not renamed yet.
_NEW = re.compile(r".*[.][0-9]+[.]new")


class WrongBytes(Exception):
    """What has arrived has another sha256."""


class UnsafeStore(Exception):
    """Somebody else could exchange files of the store; the text says who, and what to do."""


def default_store():
    """Return the directory of the files: the system's for root, the user's for others."""
    if os.geteuid() == 0:
        return "/var/cache/worldtree/artifacts"
    base = os.environ.get("XDG_CACHE_HOME") or os.path.expanduser("~/.cache")
    return os.path.join(base, "worldtree", "artifacts")


class Store:
    """The files below C(directory), which is created when it is first needed."""

    def __init__(self, directory=None):
        self.directory = directory or default_store()

    def path(self, digest):
        """Return where the file with this sha256 is, or would be."""
        return os.path.join(self.directory, "sha256", digest)

    def partial(self, digest):
        """Return where a file arrives."""
        return os.path.join(self.directory, "partial", digest)

    def arrived(self, digest):
        """Return how many bytes of a file have arrived, without a whole one."""
        try:
            return os.lstat(self.partial(digest)).st_size
        except FileNotFoundError:
            return 0

    def check(self):
        """Raise C(UnsafeStore) if others can write to it, as far as it exists, or exchange it."""
        try:
            for path in (self.directory, *self._parts()):
                artifact_trust.check(path)
        except artifact_trust.Untrusted as problem:
            raise UnsafeStore(
                "the files of artifacts in {0} are not used, as somebody else could exchange them:"
                " {1}, and remove {0} if that may have happened (it is made anew); or name another"
                " directory by `store`".format(self.directory, problem)
            ) from None

    def create(self):
        """Create the directories, which nobody else may enter. Raises C(UnsafeStore)."""
        self.check()
        for path in (self.directory, *self._parts()):
            artifact_trust.make(path)
        # Somebody may have been faster, where others can make directories.
        self.check()

    def _parts(self):
        return [os.path.join(self.directory, name) for name in ("sha256", "partial", "locks")]

    @contextlib.contextmanager
    def locked(self, name):
        """Exclude others that lock the same name; a process that is killed keeps no lock."""
        name = hashlib.sha256(name.encode()).hexdigest()[:32]
        flags = os.O_RDWR | os.O_CREAT | os.O_CLOEXEC
        descriptor = os.open(os.path.join(self.directory, "locks", name), flags, 0o600)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX)
            yield
        finally:
            os.close(descriptor)

    def find(self, digest, read=False):
        """Return the path of a whole file, None where there is none.

        Its bytes are counted again with C(read), and where it does not look as it did when they
        were. A file with other bytes is not found.
        """
        path = self.path(digest)
        try:
            seen = _look(path)
        except FileNotFoundError:
            return None
        if not read and seen == _read_json(path + ".json"):
            return path
        return path if file_digest(path) == digest else None

    def adopt(self, digest):
        """Make the file that has arrived a whole one, and return its path.

        Raises C(WrongBytes) after removing one with another sha256.
        """
        part, path = self.partial(digest), self.path(digest)
        with self.locked(digest):
            if self.find(digest) is None:
                if not os.path.exists(part) or file_digest(part) != digest:
                    self.discard(digest)
                    raise WrongBytes
                os.chmod(part, 0o444)
                sync(part)
                os.rename(part, path)
                sync(os.path.dirname(path))
                write_whole(path + ".json", json.dumps(_look(path)).encode())
            self.discard(digest)
        return path

    def discard(self, digest):
        """Remove what has arrived of a file."""
        with contextlib.suppress(FileNotFoundError):
            os.unlink(self.partial(digest))

    def tidy(self):
        """Remove parts that nobody has continued for long, and what killed processes wrote."""
        for place, pattern in (("partial", _DIGEST), ("sha256", _NEW)):
            directory = os.path.join(self.directory, place)
            for name in os.listdir(directory):
                path = os.path.join(directory, name)
                with contextlib.suppress(FileNotFoundError):
                    age = time.time() - os.lstat(path).st_mtime
                    if pattern.fullmatch(name) and age > OLDEST_PART:
                        os.unlink(path)


def file_digest(path):
    """Return the sha256 of a file, hex."""
    total = hashlib.sha256()
    with open(path, "rb") as stream:
        for block in iter(lambda: stream.read(_BLOCK), b""):
            total.update(block)
    return total.hexdigest()


def sync(path):
    """Write a file or a directory to the disk."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def write_whole(path, data):
    """Write a file as a whole: by a rename, after its bytes are on the disk."""
    new = "{0}.{1}.new".format(path, os.getpid())
    with open(new, "wb") as stream:
        stream.write(data)
        stream.flush()
        os.fsync(stream.fileno())
    os.replace(new, path)


def _look(path):
    # The time of the last change of the inode, which no program can set, changes with the bytes.
    found = os.lstat(path)
    return [found.st_ino, found.st_size, found.st_mtime_ns, found.st_ctime_ns]


def _read_json(path):
    try:
        with open(path, encoding="utf-8") as stream:
            return json.load(stream)
    except (FileNotFoundError, ValueError):
        return None
