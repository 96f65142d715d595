"""Scratch directories: kept while a process holds their lock, removed afterwards."""

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
    """Treat a new directory as one that could have been locked already."""
    monkeypatch.setattr(scratch, "_LOCK_GRACE", 0.0)


@pytest.fixture
def made(tmp_path: Path) -> ScratchDirectory:
    """A scratch directory with contents."""
    found = ScratchDirectory("wt-", str(tmp_path))
    (found.path / "run-1").mkdir()
    return found


def test_is_private(made: ScratchDirectory) -> None:
    assert made.path.stat().st_mode & 0o777 == 0o700


def test_is_removed_with_its_contents(made: ScratchDirectory) -> None:
    made.remove()
    assert not made.path.exists()


def test_a_locked_directory_is_kept(made: ScratchDirectory) -> None:
    remove_unused("wt-", str(made.path.parent))
    assert made.path.exists()


def test_a_process_that_inherited_the_lock_keeps_it(made: ScratchDirectory) -> None:
    keeper = subprocess.Popen(["sleep", "60"], pass_fds=[made.descriptor])
    os.close(made.descriptor)
    remove_unused("wt-", str(made.path.parent))
    assert made.path.exists()
    keeper.kill()
    keeper.wait()
    remove_unused("wt-", str(made.path.parent))
    assert not made.path.exists()


def test_an_unused_directory_is_removed_with_the_given_function(made: ScratchDirectory) -> None:
    os.close(made.descriptor)
    seen: list[Path] = []
    remove_unused("wt-", str(made.path.parent), seen.append)
    assert seen == [made.path]


def test_other_entries_are_kept(made: ScratchDirectory, tmp_path: Path) -> None:
    """Other names, files, links to other directories."""
    os.close(made.descriptor)
    (tmp_path / "ours").mkdir()
    (tmp_path / "wt-file").touch()
    (tmp_path / "wt-link").symlink_to(tmp_path / "ours")
    remove_unused("wt-", str(tmp_path))
    assert {entry.name for entry in tmp_path.iterdir()} == {"ours", "wt-file", "wt-link"}


def test_a_new_directory_is_kept(made: ScratchDirectory, monkeypatch: pytest.MonkeyPatch) -> None:
    """The process that created it may not have locked it yet."""
    monkeypatch.setattr(scratch, "_LOCK_GRACE", 60.0)
    os.close(made.descriptor)
    remove_unused("wt-", str(made.path.parent))
    assert made.path.exists()


def test_a_released_directory_is_kept_while_another_process_has_it(made: ScratchDirectory) -> None:
    keeper = subprocess.Popen(["sleep", "60"], pass_fds=[made.descriptor])
    made.release()
    remove_unused("wt-", str(made.path.parent))
    assert made.path.exists()
    keeper.kill()
    keeper.wait()


def test_socket_paths_are_short_enough(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """If the path of the temporary directory is too long, /tmp is used."""
    deep = tmp_path / ("x" * 60)
    deep.mkdir()
    for place in (Path("/tmp"), tmp_path, deep):
        monkeypatch.setattr(tempfile, "tempdir", str(place))
        base = socket_base_directory(30)
        assert len(base) + 30 <= 103
        assert base == (str(place) if len(str(place)) <= 73 else "/tmp")


def test_without_locks_nothing_is_removed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Some file systems have no locks."""

    def refuse(*_: object) -> None:
        raise OSError(errno.ENOLCK, "No locks available")

    monkeypatch.setattr(fcntl, "flock", refuse)
    made = ScratchDirectory("wt-", str(tmp_path))
    remove_unused("wt-", str(tmp_path))
    assert made.path.exists()
    made.remove()
    assert not made.path.exists()
