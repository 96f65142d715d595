"""Content is kept once, is what its digest says, and goes when nothing links to it."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest

from worldtree.core.disk_usage import disk_usage, freed_bytes
from worldtree.core.file_digest import file_digest
from worldtree.core.shared_content import SharedContent

TEXT = b"text of a role\n"
DIGEST = hashlib.sha256(TEXT).hexdigest()


def kept(home: Path) -> list[Path]:
    """Return the files of the content directory."""
    return [path for path in (home / "content").rglob("*") if path.is_file()]


def link(home: Path, target: Path, mode: int = 0o644, text: bytes = TEXT) -> list[Path]:
    """Link to the content; return the paths that it was written to."""
    written = []

    def write(path: Path) -> None:
        written.append(path)
        path.write_bytes(text)

    SharedContent(home).link(target, DIGEST, mode, write)
    return written


def test_content_is_written_once(tmp_path: Path) -> None:
    """For each mode, since links share that as well."""
    assert link(tmp_path, tmp_path / "one")
    assert link(tmp_path, tmp_path / "two") == []
    assert link(tmp_path, tmp_path / "script", 0o755)
    assert [(tmp_path / name).read_bytes() for name in ("one", "two", "script")] == [TEXT] * 3
    assert (tmp_path / "one").stat().st_ino == (tmp_path / "two").stat().st_ino
    assert (tmp_path / "script").stat().st_mode & 0o777 == 0o755
    assert len(kept(tmp_path)) == 2
    assert (tmp_path / "content").stat().st_mode & 0o777 == 0o700


def test_content_that_was_changed_through_a_link_is_not_used_again(tmp_path: Path) -> None:
    link(tmp_path, tmp_path / "one")
    (tmp_path / "one").write_bytes(b"edited")
    assert link(tmp_path, tmp_path / "two")
    assert (tmp_path / "two").read_bytes() == TEXT
    (tmp_path / "two").chmod(0o600)
    link(tmp_path, tmp_path / "three")
    assert (tmp_path / "three").stat().st_mode & 0o777 == 0o644


def test_content_that_changed_while_it_was_read_is_not_kept(tmp_path: Path) -> None:
    """The file is there, and its own digest shows that it is another one."""
    link(tmp_path, tmp_path / "one", text=b"another")
    assert file_digest(tmp_path / "one") != DIGEST
    assert kept(tmp_path) == []


def test_where_links_are_impossible_files_are_copied(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object) -> None:
        raise OSError(18, "Invalid cross-device link")

    monkeypatch.setattr("os.link", refuse)
    link(tmp_path, tmp_path / "one", 0o755)
    assert (tmp_path / "one").read_bytes() == TEXT
    assert (tmp_path / "one").stat().st_mode & 0o777 == 0o755


def test_shared_files_are_shared_by_a_copy_and_others_are_not(tmp_path: Path) -> None:
    link(tmp_path, tmp_path / "one")
    (tmp_path / "own").write_text("x")
    SharedContent(tmp_path).copy(tmp_path / "one", tmp_path / "again")
    SharedContent(tmp_path).copy(tmp_path / "own", tmp_path / "other")
    assert (tmp_path / "again").stat().st_nlink == 3
    assert (tmp_path / "other").stat().st_nlink == 1


def test_content_goes_with_its_last_link(tmp_path: Path) -> None:
    for name in ("a", "b"):
        (tmp_path / name).mkdir()
        link(tmp_path, tmp_path / name / "file")
    (tmp_path / "a/own").write_text("12345")
    both = [tmp_path / "a", tmp_path / "b"]
    assert freed_bytes(both[:1]) == 5
    assert freed_bytes(both) == 5 + len(TEXT)
    seen: set[tuple[int, int]] = set()
    assert [disk_usage(path, seen) for path in both] == [5 + len(TEXT), 0]

    (tmp_path / "a/file").unlink()
    SharedContent(tmp_path).sweep()
    assert len(kept(tmp_path)) == 1
    (tmp_path / "b/file").unlink()
    SharedContent(tmp_path).sweep()
    assert kept(tmp_path) == []


def test_sweeping_where_nothing_was_kept_does_nothing(tmp_path: Path) -> None:
    SharedContent(tmp_path).sweep()
    assert list(tmp_path.iterdir()) == []
