"""What is asked of the disk, and when."""

from __future__ import annotations

import os
import stat
from pathlib import Path

import pytest

from worldtree.core.errors import WorldTreeError
from worldtree.core.fsync import BackgroundSync
from worldtree.runner.process.protocol import create_atomically, write_atomically


@pytest.fixture
def synced(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What was brought to disk, in order: files and directories by name."""
    found: list[str] = []

    def fsync(descriptor: int) -> None:
        name = Path(f"/proc/self/fd/{descriptor}").readlink().name
        kind = "directory" if stat.S_ISDIR(os.fstat(descriptor).st_mode) else "file"
        found.append(kind if kind == "file" else f"{kind} {name}")

    monkeypatch.setattr(os, "fsync", fsync)
    return found


def test_a_name_is_on_disk_as_its_file_is(tmp_path: Path, synced: list[str]) -> None:
    """Otherwise a run that was begun has no supervisor any more once the power was gone."""
    directory = tmp_path / "attempt"
    directory.mkdir()
    assert create_atomically(directory / "supervisor.json", {"pid": 1})
    write_atomically(directory / "end.json", {})
    assert synced == ["file", "directory attempt"] * 2


def test_what_was_written_is_brought_to_disk(tmp_path: Path) -> None:
    (tmp_path / "play.yml").write_text("[]")
    BackgroundSync(tmp_path).wait()


def test_what_cannot_be_brought_to_disk_is_told(tmp_path: Path) -> None:
    with pytest.raises(WorldTreeError, match="cannot be brought to disk: No such file"):
        BackgroundSync(tmp_path / "gone").wait()
