# Copyright: WorldTree contributors
# Apache License 2.0 (see LICENSE)
"""Sends a file over the connection of a host into a part that grows.

It is the standard input of a small program on the host, as the user that the task becomes, without
space for a copy: of one program over ssh, piece by piece over other connections.
"""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import os
import shlex
import time

#: Bytes of a piece, which is in memory.
PIECE = 16 << 20
_BLOCK = 1 << 20
#: Tries in all, however far each one came, and the longest pause before one, in seconds.
_MOST_TRIES, _LONGEST_PAUSE = 100, 30
#: Options of ssh that a connection for a file has by itself.
_OWN_OPTIONS = frozenset(("compression", "controlmaster", "controlpath", "controlpersist"))
#: Before each piece: bytes that no text begins with, so that none is taken for a module.
_MAGIC = b"\0WT1"
#: What the host runs: it writes a piece at its place and syncs nothing, as the sha256 is checked
#: afterwards. Several that write the same file write the same bytes.
_PROGRAM = """\
import os, sys
path, offset = sys.argv[1], int(sys.argv[2])
source = sys.stdin.buffer
head = source.read(12)
left = int.from_bytes(head[4:], "big")
try:
    target = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_NOFOLLOW, 0o600)
    if len(head) < 12 or os.fstat(target).st_size < offset:
        sys.exit("the part has changed")
    os.lseek(target, offset, os.SEEK_SET)
    while left:
        block = source.read(min(left, 1 << 20))
        if not block:
            sys.exit("the connection was cut")
        left -= len(block)
        while block:
            block = block[os.write(target, block):]
    os.close(target)
except OSError as error:
    sys.exit("%s: %s" % (path, error.strerror))
"""


class NotSent(Exception):
    """A piece did not arrive; the reason is that of the host or the connection."""


class _Local(Exception):
    """An error of this machine, which is none of the connection that the bytes go to."""


class Tries:
    """Counts how often a transfer that was cut is begun again, and the bytes that arrived."""

    def __init__(self, most, sleep=time.sleep):
        self._most, self._sleep = most, sleep
        self._from, self._idle, self._all = None, 0, 0
        #: Bytes that have arrived by all tries.
        self.sent = 0

    def begin(self, have):
        """Note that the host has C(have) bytes, from which a try goes on."""
        if self._from is not None and have > self._from:
            self.sent += have - self._from
            self._idle = 0
        self._from = have

    def end(self, size):
        """Note that the host has all C(size) bytes."""
        if self._from is not None:
            self.sent += size - self._from
        self._from, self._idle = None, 0

    def again(self):
        """Return whether there is one more try after a cut, and wait a moment before it."""
        self._idle, self._all = self._idle + 1, self._all + 1
        if self._idle >= self._most or self._all >= _MOST_TRIES:
            return False
        self._sleep(min(2 ** (self._idle - 1), _LONGEST_PAUSE))
        return True


@contextlib.contextmanager
def one_sender(cache, digest, host):
    """Exclude other processes that send the same file to the same host; give whether one did.

    It is released when its process ends. Without it, for instance in a cache that cannot be
    written, both would send the same bytes.
    """
    name = hashlib.sha256(f"{digest} {host}".encode()).hexdigest()[:32]
    directory = cache / "transfers"
    try:
        directory.mkdir(mode=0o700, exist_ok=True)
        descriptor = os.open(directory / name, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    except OSError:
        yield False
        return
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            waited = False
        except BlockingIOError:
            fcntl.flock(descriptor, fcntl.LOCK_EX)
            waited = True
        yield waited
    finally:
        os.close(descriptor)


def send(file, missing, channel, bandwidth):
    """Send what a host lacks of C(file).

    C(missing) is what the module has answered. C(channel.run(command, data)) runs a command on the
    host with C(data) as its input and returns the result; C(channel.stream(command, write)), where
    it is not None, with what C(write(stream)) writes. Raises C(NotSent), and C(OSError).
    """
    with open(file, "rb") as stream:
        offset = stream.seek(missing["have"])
        size = os.fstat(stream.fileno()).st_size
        if channel.stream is not None:
            try:
                _check(channel.stream(_command(missing, offset), _writer(stream, size, bandwidth)))
            except _Local as problem:
                raise problem.__cause__ from None
            return
        while piece := stream.read(bandwidth.piece(PIECE)):
            bandwidth.wait(len(piece))
            _check(channel.run(_command(missing, offset), _head(len(piece)) + piece))
            offset += len(piece)


def bulk_arguments(text):
    """Return arguments of ssh for a connection of its own, without compression.

    Ansible compresses by default (C(-C)), which is ten times slower than the network for files that
    are compressed already; a shared connection compresses whatever its users say.
    """
    kept, words = [], shlex.split(text)
    while words:
        word = words.pop(0)
        if word == "-o" and words:
            word += words.pop(0)
        name = word[2:].lstrip().partition("=")[0].split(" ")[0].lower()
        if word != "-C" and not (word.startswith("-o") and name in _OWN_OPTIONS):
            kept.append(word)
    own = ["-oCompression=no", "-oControlMaster=no", "-oControlPath=none"]
    return shlex.join([*own, *kept])


def _writer(source, size, bandwidth):
    """Return what writes the rest of C(source); where it is called again, all of it again."""
    begin = source.tell()

    def write(target):
        source.seek(begin)
        target.write(_head(size - begin))
        while True:
            try:
                block = source.read(bandwidth.piece(_BLOCK))
                bandwidth.wait(len(block))
            except OSError as problem:
                raise _Local from problem
            if not block:
                break
            target.write(block)

    return write


def _head(size):
    return _MAGIC + size.to_bytes(8, "big")


def _command(missing, offset):
    return shlex.join([missing["python"], "-c", _PROGRAM, missing["partial"], str(offset)])


def _check(result):
    if result.get("rc"):
        said = result.get("stderr") or result.get("stdout") or f"code {result['rc']}"
        raise NotSent(str(said).strip().splitlines()[-1])
