"""The files of tasks in the database: each content once, and gone when no task has it."""

from __future__ import annotations

from pathlib import Path

import pytest
from sqlalchemy import func, select, update

from unit.engine.plans import plan
from worldtree.core.file_trees import write_tree
from worldtree.store.schema import contents, file_trees
from worldtree.store.store import Store

WANTED = plan({"a": ("h1",)}, [])
NAMES = ("bundle", "facts")


def _directory(path: Path, **files: str) -> Path:
    (path / "bundle" / "roles").mkdir(parents=True)
    for name, text in files.items():
        (path / "bundle" / name).write_text(text)
    (path / "bundle" / "link").symlink_to("roles")
    return path


def _count(store: Store) -> int:
    with store._engine.connect() as connection:
        return connection.execute(select(func.count()).select_from(contents)).scalar_one()


def test_files_are_written_again_and_each_content_is_kept_once(
    any_store: Store, tmp_path: Path
) -> None:
    first = any_store.keep_files(_directory(tmp_path / "1", a="x" * 100_000, b="y"), NAMES)
    second = any_store.keep_files(_directory(tmp_path / "2", a="x" * 100_000, b="z"), NAMES)
    assert any_store.keep_files(tmp_path / "1", NAMES) == first != second
    assert _count(any_store) == 3
    target = tmp_path / "target"
    target.mkdir()
    write_tree(any_store.file_tree(second), target, any_store.file_content)
    assert (target / "bundle/a").read_text() == "x" * 100_000
    assert (target / "bundle/b").read_text() == "z"
    assert (target / "bundle/link").readlink() == Path("roles")
    for read in (any_store.file_tree, any_store.file_content):
        with pytest.raises(KeyError):
            read("0" * 64)


def test_what_no_task_has_goes_after_a_day(any_store: Store, tmp_path: Path) -> None:
    """What was just kept may be that of a task that begins now."""
    used = any_store.keep_files(_directory(tmp_path / "1", a="shared", b="used"), NAMES)
    any_store.create_task(WANTED, "apply", files=used)
    unused = any_store.keep_files(_directory(tmp_path / "2", a="shared", c="unused"), NAMES)
    any_store.prune(0.0)
    assert _count(any_store) == 3
    with any_store._writer.begin() as connection:
        for table in (contents, file_trees):
            connection.execute(update(table).values(kept=table.c.kept - 2 * 86_400))
    any_store.prune(0.0)
    assert _count(any_store) == 2
    assert {entry.path for entry in any_store.file_tree(used).entries} >= {"bundle/a", "bundle/b"}
    with pytest.raises(KeyError):
        any_store.file_tree(unused)


def test_only_a_server_is_shared(any_store: Store) -> None:
    assert any_store.is_shared == (any_store._engine.dialect.name == "postgresql")
