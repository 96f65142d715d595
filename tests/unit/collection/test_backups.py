"""Backups are kept whole, checked by their digest, and only the oldest ones go."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from unit.collection.conftest import Run

_PREFIX = "etcd-shop-"


@pytest.fixture
def place(tmp_path: Path) -> Path:
    """The directory of the backups, with the one of copies in it."""
    (tmp_path / "backups" / ".incoming").mkdir(parents=True)
    return tmp_path / "backups"


def keep(run: Run, place: Path, called: str, content: bytes, **more: object) -> dict[str, Any]:
    """Keep a backup of this content."""
    copy = place / ".incoming" / f".partial-{called}"
    copy.write_bytes(content)
    given = {
        "source": str(copy),
        "directory": str(place),
        "name": f"{_PREFIX}{called}",
        "prefix": _PREFIX,
        "sha256": hashlib.sha256(content).hexdigest(),
        **more,
    }
    return run("keep_backup", **given)


def names(place: Path) -> list[str]:
    return sorted(path.name for path in place.iterdir() if path.suffix == ".db")


def test_a_backup_is_found_again_with_what_is_known_of_it(run: Run, place: Path) -> None:
    keep(run, place, "1.db", b"old")
    kept = keep(run, place, "2.db", b"new", about={"revision": 7})
    found = run("find_backup", directory=str(place), prefix=_PREFIX)
    assert found["path"] == kept["path"] == str(place / "etcd-shop-2.db")
    assert (found["size"], found["about"]) == (3, {"revision": 7})
    assert Path(found["path"]).stat().st_mode & 0o777 == 0o600
    line = (place / "etcd-shop-2.db.sha256").read_text()
    assert line == f"{hashlib.sha256(b'new').hexdigest()}  etcd-shop-2.db\n"
    older = run("find_backup", path="etcd-shop-1.db", directory=str(place), prefix=_PREFIX)
    assert older["size"] == 3


def test_the_oldest_go_and_others_stay(run: Run, place: Path) -> None:
    (place / "etcd-other-0.db").write_bytes(b"another cluster's")
    for number in range(4):
        result = keep(run, place, f"{number}.db", b"x", keep=2)
    assert result["removed"] == ["etcd-shop-1.db"]
    assert names(place) == ["etcd-other-0.db", "etcd-shop-2.db", "etcd-shop-3.db"]
    assert not (place / "etcd-shop-1.db.sha256").exists()


def test_a_copy_with_another_digest_is_a_failure_and_the_older_stay(run: Run, place: Path) -> None:
    keep(run, place, "1.db", b"old")
    result = keep(run, place, "2.db", b"cut", sha256="0" * 64, keep=1)
    assert result["failed"]
    assert "older ones are untouched" in result["msg"]
    assert names(place) == ["etcd-shop-1.db"]
    assert list((place / ".incoming").iterdir()) == []


def test_interrupted_copies_go_after_a_day(run: Run, place: Path) -> None:
    left = place / ".incoming" / ".partial-left.db"
    fresh = place / ".incoming" / ".partial-fresh.db"
    left.write_bytes(b"half")
    fresh.write_bytes(b"half")
    os.utime(left, (1, 1))
    keep(run, place, "1.db", b"x")
    assert (left.exists(), fresh.exists()) == (False, True)


@pytest.mark.parametrize(
    ("change", "why"),
    [
        (lambda path: path.write_bytes(b"other"), "is damaged"),
        (lambda path: Path(f"{path}.sha256").unlink(), "the digest of the backup, is not there"),
        (lambda path: Path(f"{path}.sha256").write_text("nothing"), "has no sha256"),
        (lambda path: path.unlink(), "is not there"),
    ],
)
def test_a_damaged_backup_is_refused(
    run: Run, place: Path, change: Callable[[Path], object], why: str
) -> None:
    keep(run, place, "1.db", b"data")
    change(place / "etcd-shop-1.db")
    result = run("find_backup", path="etcd-shop-1.db", directory=str(place), prefix=_PREFIX)
    assert result["failed"]
    assert why in result["msg"]


def test_without_a_backup_the_place_is_named(run: Run, place: Path) -> None:
    result = run("find_backup", directory=str(place), prefix=_PREFIX)
    assert result["msg"] == f"no backup to restore: {place} has no backup {_PREFIX}*"


@pytest.mark.parametrize("bad", [{"name": "other-1.db"}, {"name": "etcd-shop-a/b"}, {"keep": -1}])
def test_bad_arguments_are_named(run: Run, place: Path, bad: dict[str, object]) -> None:
    result = keep(run, place, "1.db", b"x", **bad)
    assert result["failed"]
    assert names(place) == []
