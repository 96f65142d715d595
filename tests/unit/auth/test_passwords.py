"""Passwords and limits of failed logins."""

from __future__ import annotations

import pytest

from worldtree.auth import login_limits
from worldtree.auth.login_limits import LoginLimits
from worldtree.auth.passwords import (
    MAX_LENGTH,
    MIN_LENGTH,
    check_password,
    ensure_password,
    hash_password,
)
from worldtree.core.errors import RefusedError

PASSWORD = "four random wörds"


def test_a_password_fits_its_own_hash_alone() -> None:
    known = hash_password(PASSWORD)
    assert known.startswith("$argon2id$")
    assert PASSWORD not in known
    assert check_password(PASSWORD, known) == (True, None)
    assert check_password("another password", known) == (False, None)
    assert hash_password(PASSWORD) != known


@pytest.mark.parametrize("known", [None, "", "garbage", "$argon2id$broken"])
def test_nothing_fits_a_hash_that_is_none(known: str | None) -> None:
    assert check_password(PASSWORD, known)[0] is False
    assert check_password("the password of nobody", None) == (False, None)


def test_a_weak_hash_is_renewed() -> None:
    from pwdlib.hashers.argon2 import Argon2Hasher

    weak = Argon2Hasher(time_cost=1, memory_cost=8, parallelism=1).hash(PASSWORD)
    is_right, renewed = check_password(PASSWORD, weak)
    assert is_right
    assert renewed is not None
    assert check_password(PASSWORD, renewed) == (True, None)


@pytest.mark.parametrize("password", ["", "x" * (MIN_LENGTH - 1), "x" * (MAX_LENGTH + 1)])
def test_unsuitable_passwords(password: str) -> None:
    with pytest.raises(RefusedError) as refused:
        ensure_password(password)
    assert refused.value.code == "password-unsuitable"


def test_logins_are_limited_per_name_and_per_address_for_a_while() -> None:
    now = 0.0
    limits = LoginLimits(clock=lambda: now)
    for number in range(login_limits.MAX_PER_NAME):
        limits.begin("ann", f"192.0.2.{number}")
    with pytest.raises(RefusedError) as refused:
        limits.begin("ann", "192.0.2.99")
    assert refused.value.code == "login-limited"
    limits.begin("bob", "192.0.2.1")
    now = login_limits.WINDOW_SECONDS + 1
    limits.begin("ann", "192.0.2.99")
    for number in range(login_limits.MAX_PER_ADDRESS):
        limits.begin(f"user{number}", "198.51.100.1")
    with pytest.raises(RefusedError):
        limits.begin("zoe", "198.51.100.1")


def test_a_success_is_no_failure() -> None:
    limits = LoginLimits(clock=lambda: 0.0)
    for _ in range(200):
        limits.begin("ann", "192.0.2.1")
        limits.succeeded("ann", "192.0.2.1")


def test_limits_take_little_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(login_limits, "_MAX_KEYS", 10)
    limits = LoginLimits(clock=lambda: 0.0)
    for number in range(100):
        limits.begin(f"user{number}", f"address{number}")
    assert len(limits._failures) == 10
