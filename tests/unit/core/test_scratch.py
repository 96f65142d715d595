"""Directories of tasks: kept as long as anybody works in them, cleared away afterwards."""

from __future__ import annotations

import errno
import fcntl
import os
import subprocess
import tempfile
from pathlib import Path

import pytest

from worldtree.core import scratch
from worldtree.core.scratch import ScratchDirectory, remove_unused, socket_base_directory


@pytest.fixture(autouse=True)
def at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Take a new directory for one that had the time to be locked."""
    monkeypatch.setattr(scratch, "_MAKING", 0.0)


@pytest.fixture
def made(tmp_path: Path) -> ScratchDirectory:
    """One with something in it."""
    found = ScratchDirectory("wt-", str(tmp_path))
    (found.path / "run-1").mkdir()
    return found


def test_is_private(made: ScratchDirectory) -> None:
    assert made.path.stat().st_mode & 0o777 == 0o700


def test_is_removed_with_all_that_is_in_it(made: ScratchDirectory) -> None:
    made.remove()
    assert not made.path.exists()


def test_what_somebody_keeps_stays(made: ScratchDirectory) -> None:
    remove_unused("wt-", str(made.path.parent))
    assert made.path.exists()


def test_whoever_was_handed_it_keeps_it_when_its_maker_is_gone(made: ScratchDirectory) -> None:
    keeper = subprocess.Popen(["sleep", "60"], pass_fds=[made.descriptor])
    os.close(made.descriptor)
    remove_unused("wt-", str(made.path.parent))
    assert made.path.exists()
    keeper.kill()
    keeper.wait()
    remove_unused("wt-", str(made.path.parent))
    assert not made.path.exists()


def test_what_was_left_behind_is_cleared_away_as_asked(made: ScratchDirectory) -> None:
    os.close(made.descriptor)
    seen: list[Path] = []
    remove_unused("wt-", str(made.path.parent), seen.append)
    assert seen == [made.path]


def test_others_are_left_alone(made: ScratchDirectory, tmp_path: Path) -> None:
    """Other names, files, links to somewhere else."""
    os.close(made.descriptor)
    (tmp_path / "ours").mkdir()
    (tmp_path / "wt-file").touch()
    (tmp_path / "wt-link").symlink_to(tmp_path / "ours")
    remove_unused("wt-", str(tmp_path))
    assert {entry.name for entry in tmp_path.iterdir()} == {"ours", "wt-file", "wt-link"}


def test_what_was_just_made_is_left_alone(
    made: ScratchDirectory, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its maker may be about to lock it."""
    monkeypatch.setattr(scratch, "_MAKING", 60.0)
    os.close(made.descriptor)
    remove_unused("wt-", str(made.path.parent))
    assert made.path.exists()


def test_what_is_left_to_others_stays_as_long_as_they_keep_it(made: ScratchDirectory) -> None:
    keeper = subprocess.Popen(["sleep", "60"], pass_fds=[made.descriptor])
    made.release()
    remove_unused("wt-", str(made.path.parent))
    assert made.path.exists()
    keeper.kill()
    keeper.wait()


def test_sockets_have_room_for_their_names(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where temporary files lie too deep, /tmp has it."""
    deep = tmp_path / ("x" * 60)
    deep.mkdir()
    for place in (Path("/tmp"), tmp_path, deep):
        monkeypatch.setattr(tempfile, "tempdir", str(place))
        base = socket_base_directory(30)
        assert len(base) + 30 <= 103
        assert base == (str(place) if len(str(place)) <= 73 else "/tmp")


def test_without_locks_nothing_is_cleared_away(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Some file systems have none."""

    def refuse(*_: object) -> None:
        raise OSError(errno.ENOLCK, "No locks available")

    monkeypatch.setattr(fcntl, "flock", refuse)
    made = ScratchDirectory("wt-", str(tmp_path))
    remove_unused("wt-", str(tmp_path))
    assert made.path.exists()
    made.remove()
    assert not made.path.exists()
