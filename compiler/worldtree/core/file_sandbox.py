"""Restricts which files a process can open, and its connections, by Landlock of Linux.

The numbers are those of ``linux/landlock.h``; system calls have the same ones on all machines.
"""

from __future__ import annotations

import ctypes
import os
import stat
import struct
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path

_CREATE_RULESET, _ADD_RULE, _RESTRICT_SELF = 444, 445, 446
_RULE_PATH_BENEATH, _VERSION_FLAG = 1, 1
_PR_SET_NO_NEW_PRIVS = 38
#: Rights of files, by the version of the interface that brought them.
_FILE_RIGHTS = {1: (1 << 13) - 1, 2: 1 << 13, 3: 1 << 14, 5: 1 << 15}
#: To execute, to read files, and to list directories.
_READ = 0b1101
#: Rights that a rule of a single file can have: execute, write, read, truncate.
_OF_FILES = 0b111 | 1 << 14
#: To bind and connect TCP sockets, from version 4 on.
_NETWORK_RIGHTS = 0b11


def restrict_files(readable: Iterable[Path], writable: Iterable[Path]) -> bool:
    """Let this process and its children open only what is below these places, and no TCP socket.

    Places that do not exist are left out. It cannot be undone. Returns False, and changes nothing,
    where the system has no Landlock.
    """
    libc = ctypes.CDLL(None, use_errno=True)
    version = libc.syscall(_CREATE_RULESET, None, 0, _VERSION_FLAG)
    if version < 1:
        return False
    every = sum(right for since, right in _FILE_RIGHTS.items() if since <= version)
    attributes = struct.pack("=QQ", every, _NETWORK_RIGHTS if version >= 4 else 0)
    ruleset = libc.syscall(_CREATE_RULESET, attributes, len(attributes) if version >= 4 else 8, 0)
    if ruleset < 0:
        return False
    try:
        for places, rights in ((readable, _READ), (writable, every)):
            for place in places:
                _add_rule(libc, ruleset, place, rights & every)
        libc.prctl(_PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)
        return bool(libc.syscall(_RESTRICT_SELF, ruleset, 0) == 0)
    finally:
        os.close(ruleset)


def _add_rule(libc: ctypes.CDLL, ruleset: int, place: Path, rights: int) -> None:
    with suppress(OSError):
        descriptor = os.open(place, os.O_PATH | os.O_CLOEXEC)
        try:
            if not stat.S_ISDIR(os.fstat(descriptor).st_mode):
                rights &= _OF_FILES
            rule = struct.pack("=Qi", rights, descriptor)
            libc.syscall(_ADD_RULE, ruleset, _RULE_PATH_BENEATH, rule, 0)
        finally:
            os.close(descriptor)
