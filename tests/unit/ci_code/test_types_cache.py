"""What mypy knows goes from one checkout to the next."""

from __future__ import annotations

from pathlib import Path

import types_cache


def checkout(path: Path) -> Path:
    path.mkdir()
    return path


def test_a_new_checkout_has_the_cache_of_an_earlier_one(tmp_path: Path) -> None:
    """The first one makes it; a checkout with a cache of its own keeps that to itself."""
    shared = tmp_path / "home" / "mypy"
    first = checkout(tmp_path / "first")
    types_cache.take(first, shared)
    (first / ".mypy_cache" / "data").write_text("one")
    types_cache.give(first, shared)
    assert [file.name for file in shared.iterdir()] == ["data"]

    second = checkout(tmp_path / "second")
    types_cache.take(second, shared)
    assert (second / ".mypy_cache" / "data").read_text() == "one"
    (second / ".mypy_cache" / "data").write_text("two")
    types_cache.give(second, shared)
    assert (shared / "data").read_text() == "two"

    (first / ".mypy_cache" / "data").write_text("three")
    types_cache.take(first, shared)
    types_cache.give(first, shared)
    assert (first / ".mypy_cache" / "data").read_text() == "three"
    assert (shared / "data").read_text() == "two"
    assert sorted(file.name for file in shared.parent.iterdir()) == ["mypy"]


def test_a_place_that_cannot_be_written_changes_nothing(tmp_path: Path) -> None:
    """Then mypy checks everything."""
    (tmp_path / "file").touch()
    first = checkout(tmp_path / "first")
    types_cache.take(first, tmp_path / "file" / "mypy")
    types_cache.give(first, tmp_path / "file" / "mypy")
    assert not list((first / ".mypy_cache").iterdir())
