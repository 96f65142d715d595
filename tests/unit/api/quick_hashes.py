"""Hashes of passwords that take little work, for tests that log in again and again."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from unittest.mock import patch

from pwdlib import PasswordHash
from pwdlib.hashers.argon2 import Argon2Hasher

from worldtree.auth import passwords


@contextmanager
def quick_hashes(*, wanted: bool) -> Iterator[None]:
    """Hash passwords of the block with little work, if that is ``wanted``.

    A hash of the program takes 64 MiB and a fifth of a second of a processor, on purpose; so do
    those of `tests/unit/auth`.
    """
    if not wanted:
        yield
        return
    with patch.object(passwords, "_hasher", _hasher):
        yield


@cache
def _hasher() -> PasswordHash:
    return PasswordHash((Argon2Hasher(time_cost=1, memory_cost=8, parallelism=1),))
