"""Passwords: their length, their hashes, and checks that take the same work for all users."""

from __future__ import annotations

import threading
from functools import cache
from typing import TYPE_CHECKING

from worldtree.core.errors import RefusedError, WorldTreeError

if TYPE_CHECKING:
    from pwdlib import PasswordHash

#: Characters of a password.
MIN_LENGTH, MAX_LENGTH = 12, 1000
#: A hash takes 64 MiB of memory while it is computed, so only a few are at a time.
_SLOTS = threading.BoundedSemaphore(2)


def ensure_password(password: str) -> None:
    """Raise ``RefusedError`` for a password that is too short or too long."""
    if not MIN_LENGTH <= len(password) <= MAX_LENGTH:
        raise RefusedError(
            f"a password has {MIN_LENGTH} to {MAX_LENGTH} characters",
            code="password-unsuitable",
            hint="choose another one, such as four random words",
        )


def hash_password(password: str) -> str:
    """Return the Argon2id hash of a password, with its parameters and salt."""
    with _SLOTS:
        return _hasher().hash(_bytes(password))


def check_password(password: str, known: str | None) -> tuple[bool, str | None]:
    """Return whether a password has the hash ``known``, and a new hash where that one is weak.

    Without a hash this takes the same work, and returns False.
    """
    from pwdlib.exceptions import PwdlibError

    with _SLOTS:
        try:
            is_right, renewed = _hasher().verify_and_update(
                _bytes(password), known if known is not None else _unknown_hash()
            )
        except PwdlibError:
            return False, None
    return (False, None) if known is None else (is_right, renewed)


@cache
def _hasher() -> PasswordHash:
    try:
        from pwdlib import PasswordHash
        from pwdlib.hashers.argon2 import Argon2Hasher
    except ImportError as error:
        raise WorldTreeError(
            "the library for passwords is not installed",
            code="service-not-installed",
            hint="install it: `pip install 'worldtree[service]'`",
        ) from error
    return PasswordHash((Argon2Hasher(),))


@cache
def _unknown_hash() -> str:
    """Return a hash that is compared for users without one."""
    return _hasher().hash("the password of nobody")


def _bytes(password: str) -> bytes:
    return password.encode("utf-8", "surrogatepass")
