"""Which files and directories are synced, and when."""

from __future__ import annotations

import os
import stat
from pathlib import Path

import pytest

from worldtree.core import fsync
from worldtree.core.errors import WorldTreeError
from worldtree.core.fsync import BackgroundSync, write_durably
from worldtree.runner.process.protocol import create_atomically, write_atomically


@pytest.fixture
def synced(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The calls of fsync in order: files, and directories by name."""
    found: list[str] = []

    def fsync(descriptor: int) -> None:
        name = Path(f"/proc/self/fd/{descriptor}").readlink().name
        kind = "directory" if stat.S_ISDIR(os.fstat(descriptor).st_mode) else "file"
        found.append(kind if kind == "file" else f"{kind} {name}")

    monkeypatch.setattr(os, "fsync", fsync)
    return found


def test_the_directory_entry_is_synced_with_its_file(tmp_path: Path, synced: list[str]) -> None:
    """Otherwise a started run loses its supervisor file at a power failure."""
    directory = tmp_path / "attempt"
    directory.mkdir()
    assert create_atomically(directory / "supervisor.json", {"pid": 1})
    write_atomically(directory / "end.json", {})
    assert synced == ["file", "directory attempt"] * 2


def test_a_directory_is_synced_in_the_background(tmp_path: Path) -> None:
    (tmp_path / "play.yml").write_text("[]")
    BackgroundSync(tmp_path).wait()


def test_a_failed_sync_is_reported(tmp_path: Path) -> None:
    with pytest.raises(WorldTreeError, match=r"cannot sync .*gone to disk: No such file"):
        BackgroundSync(tmp_path / "gone").wait()


def test_a_sync_that_the_system_does_not_have_is_reported(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Not every C library has `syncfs`."""
    monkeypatch.setattr(fsync.ctypes, "CDLL", lambda *_args, **_more: object())
    with pytest.raises(WorldTreeError, match=r"cannot sync .* has no attribute 'syncfs'"):
        BackgroundSync(tmp_path).wait()


def test_a_file_is_written_as_a_whole_with_its_directory(tmp_path: Path, synced: list[str]) -> None:
    """With its mode, and by a temporary file that is never left."""
    place = tmp_path / "place"
    place.mkdir()
    write_durably(place / "one", b"old")
    assert stat.S_IMODE((place / "one").stat().st_mode) == 0o600
    write_durably(place / "one", b"new", mode=0o644)
    assert (place / "one").read_bytes() == b"new"
    assert stat.S_IMODE((place / "one").stat().st_mode) == 0o644
    assert synced == ["file", "directory place"] * 2
    (place / "two").mkdir()
    with pytest.raises(IsADirectoryError):
        write_durably(place / "two", b"new")
    assert sorted(path.name for path in place.iterdir()) == ["one", "two"]
