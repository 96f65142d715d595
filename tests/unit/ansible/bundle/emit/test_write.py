"""Bundles are swapped in whole, and nothing that is no bundle is overwritten."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from unit.ansible.bundles import bundle, chain, node
from worldtree.ansible.bundle import Bundle, check_stale, emit, verify_bundle
from worldtree.core.errors import RefusedError, WorldTreeError


@pytest.fixture
def target(tmp_path: Path) -> Path:
    """Where bundles go."""
    return tmp_path / "build" / "shop"


@pytest.fixture
def other() -> Bundle:
    """A bundle of one other node."""
    return bundle(chain(node("only", "wait", 80)))[0]


def test_what_is_emitted_is_the_bundle(shop_bundle: Bundle, target: Path) -> None:
    old = os.umask(0o077)
    try:
        emit(shop_bundle, target)
    finally:
        os.umask(old)
    assert verify_bundle(target) == []
    assert check_stale(target, shop_bundle) == []
    assert os.readlink(target / "plays" / "files") == "../files"  # noqa: PTH115
    assert (target / "plays" / "files" / "motd.txt").read_text() == "hello\n"
    modes = {path.stat().st_mode & 0o777 for path in (target, target / "plays", target / "files")}
    assert modes == {0o755}
    assert (target / "files" / "tool.sh").stat().st_mode & 0o777 == 0o700
    assert (target / "site.yml").stat().st_mode & 0o777 == 0o644
    assert list(target.parent.iterdir()) == [target]


def test_another_bundle_takes_the_place_of_the_first(
    shop_bundle: Bundle, other: Bundle, target: Path
) -> None:
    emit(shop_bundle, target)
    emit(other, target)
    assert check_stale(target, other) == []
    assert not (target / "files").exists()


def test_files_that_are_the_same_stay_untouched(shop_bundle: Bundle, target: Path) -> None:
    emit(shop_bundle, target)
    before = {path: (target / path).stat() for path in shop_bundle.files}
    emit(shop_bundle, target)
    for path, stat in before.items():
        after = (target / path).stat()
        assert (after.st_mtime_ns, after.st_ino) == (stat.st_mtime_ns, stat.st_ino) or (
            path in ("plan.json", "digests.json")
        )


def test_a_file_that_was_edited_is_written_again(shop_bundle: Bundle, target: Path) -> None:
    emit(shop_bundle, target)
    (target / "site.yml").write_text("edited")
    (target / "ansible.cfg").chmod(0o600)
    emit(shop_bundle, target)
    assert verify_bundle(target) == []
    assert (target / "ansible.cfg").stat().st_mode & 0o777 == 0o644


def test_hidden_entries_and_what_a_run_left_are_no_obstacle(
    shop_bundle: Bundle, target: Path
) -> None:
    emit(shop_bundle, target)
    (target / ".git").mkdir()
    (target / ".git" / "HEAD").write_text("x")
    (target / "roles" / "shop" / "__pycache__").mkdir()
    (target / "roles" / "shop" / "__pycache__" / "a.pyc").write_text("x")
    emit(shop_bundle, target)
    assert (target / ".git" / "HEAD").read_text() == "x"
    assert verify_bundle(target) == []


@pytest.mark.parametrize("name", ["notes.txt", "roles/shop/mine.yml"])
def test_a_strange_file_is_not_swept_away(shop_bundle: Bundle, target: Path, name: str) -> None:
    emit(shop_bundle, target)
    (target / name).write_text("mine")
    with pytest.raises(RefusedError, match=name):
        emit(shop_bundle, target)
    assert (target / name).read_text() == "mine"


def test_what_is_no_bundle_is_not_overwritten(shop_bundle: Bundle, target: Path) -> None:
    target.mkdir(parents=True)
    (target / "thesis.txt").write_text("mine")
    with pytest.raises(RefusedError, match="not a bundle"):
        emit(shop_bundle, target)
    assert list(target.iterdir()) == [target / "thesis.txt"]
    with pytest.raises(RefusedError, match="not a directory"):
        emit(shop_bundle, target / "thesis.txt")


def test_an_empty_directory_is_taken(shop_bundle: Bundle, target: Path) -> None:
    target.mkdir(parents=True)
    emit(shop_bundle, target)
    assert verify_bundle(target) == []


def test_a_process_in_the_directory_stays_in_it(
    shop_bundle: Bundle, other: Bundle, target: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    emit(shop_bundle, target)
    monkeypatch.chdir(target)
    inode = target.stat().st_ino
    emit(other, Path())
    assert target.stat().st_ino == inode
    assert check_stale(Path(), other) == []


def test_a_failure_leaves_the_old_bundle_in_place(
    shop_bundle: Bundle, other: Bundle, target: Path, tmp_path: Path
) -> None:
    emit(other, target)
    (tmp_path / "doc" / "files" / "motd.txt").unlink()
    broken = Bundle(dict(shop_bundle.files), shop_bundle.links)
    with pytest.raises(WorldTreeError, match=r"motd\.txt") as caught:
        emit(broken, target)
    assert caught.value.hint == ""
    assert check_stale(target, other) == []
    assert list(target.parent.iterdir()) == [target]


def test_a_place_that_cannot_be_written_is_named_with_a_way_out(
    shop_bundle: Bundle, tmp_path: Path
) -> None:
    (tmp_path / "file").write_text("")
    for target in (Path("/proc/bundle"), tmp_path / "file" / "build" / "bundle"):
        with pytest.raises(WorldTreeError, match=f"cannot be written to {target}") as caught:
            emit(shop_bundle, target)
        assert "with `--dir`" in caught.value.hint
