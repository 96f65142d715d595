# Copyright: WorldTree contributors
# Apache License 2.0 (see LICENSE)
"""Sends a file over the connection of a host, piece by piece, into a part that grows.

Each piece is the standard input of a small program on the host. It works with every connection
that runs modules by a pipe, as the user that the task becomes, and needs no space for a copy.
"""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import os
import shlex

#: Bytes of a piece, which is in memory.
PIECE = 16 << 20
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


def send(file, missing, run, bandwidth):
    """Send what a host lacks of C(file); return how many bytes that were.

    C(missing) is what the module has answered, and C(run(command, data)) runs a command with
    C(data) as its input and returns the result. Raises C(NotSent), and C(OSError) for C(file).
    """
    sent = 0
    with open(file, "rb") as stream:
        offset = stream.seek(missing["have"])
        while piece := stream.read(bandwidth.piece(PIECE)):
            bandwidth.wait(len(piece))
            command = shlex.join(
                [missing["python"], "-c", _PROGRAM, missing["partial"], str(offset)]
            )
            result = run(command, _MAGIC + len(piece).to_bytes(8, "big") + piece)
            if result.get("rc"):
                said = result.get("stderr") or result.get("stdout") or f"code {result['rc']}"
                raise NotSent(str(said).strip().splitlines()[-1])
            offset += len(piece)
            sent += len(piece)
    return sent
