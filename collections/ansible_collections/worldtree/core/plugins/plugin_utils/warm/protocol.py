# Copyright: WorldTree contributors
# Apache License 2.0 (see LICENSE)
"""The protocol between Ansible and a server. The host gets this text, too."""

from __future__ import annotations

import struct

#: Answers to a request: the zip is not known yet; ready to start; another server is needed.
NEED_ZIP, READY, STALE = b"Z", b"R", b"S"
#: What starts a module, or is the end of the request ``quit``.
GO = b"G"
#: Frames of a module that runs: its output, its errors, its end with the exit code.
STDOUT, STDERR, EXIT = b"O", b"E", b"X"
#: Bytes of a token, and of a request at most: a module's parameters may have a file's content.
TOKEN_BYTES = 32
_MAX_BYTES = 2**30


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
