"""The files of artifacts on a host: a place that others can write to is not used."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from unit.collection.conftest import Run

#: Somebody who is not the user of the tests.
OTHER = os.geteuid() + 1
DIGEST = "0" * 64

Ask = Callable[..., dict[str, Any]]


@pytest.fixture
def ask(run: Run) -> Ask:
    """Return a function that asks for a file which the store lacks."""

    def asked(store: Path, **more: Any) -> dict[str, Any]:
        offer = {"any": {"sha256": DIGEST, "size": 1}}
        return run("artifact", name="tool", version="1", store=str(store), offer=offer, **more)

    return asked


@pytest.mark.parametrize("is_checked", [True, False])
@pytest.mark.parametrize("place", [".", "sha256", "partial", "locks", ".."])
def test_a_store_that_others_can_write_to_is_not_used(
    ask: Ask, tmp_path: Path, place: str, is_checked: bool
) -> None:
    """The message says what, why and what to do; check mode says it too."""
    store = tmp_path / "above" / "store"
    assert "missing" in ask(store)
    where = store.parent if place == ".." else store / place
    where.chmod(0o770)
    answer = ask(store, _ansible_check_mode=is_checked)
    assert answer["failed"]
    assert answer["msg"] == (
        f"the files of artifacts in {store} are not used, as somebody else could exchange them:"
        f" others can write in {where} (mode 0770), and exchange what it has; run"
        f" `chmod go-w {where}`, and remove {store} if that may have happened (it is made anew);"
        " or name another directory by `store`"
    )
    where.chmod(0o750)
    assert "missing" in ask(store)


def test_links_on_the_way_are_looked_at(ask: Ask, tmp_path: Path) -> None:
    """Who can exchange a link decides on what is used."""
    link = tmp_path / "open" / "link"
    link.parent.mkdir()
    link.symlink_to("../target")
    (tmp_path / "target").mkdir()
    assert "missing" in ask(link / "store")
    link.parent.chmod(0o777)
    assert f"others can write in {link.parent} (mode 0777)" in ask(link / "store")["msg"]
    # Only its owner can exchange it there.
    link.parent.chmod(0o1777)
    assert "missing" in ask(link / "store")
    link.unlink()
    link.symlink_to("link")
    assert "leads to itself by links" in ask(link / "store")["msg"]


@pytest.mark.parametrize("name", ["store", "above"])
def test_a_store_of_somebody_else_is_not_used(
    ask: Ask, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    store = tmp_path / "above" / "store"
    ask(store)
    looked = os.lstat

    def look(path: Any, **more: Any) -> os.stat_result:
        found = looked(path, **more)
        is_it = Path(path).name == name
        return os.stat_result((*found[:4], OTHER, *found[5:])) if is_it else found

    monkeypatch.setattr(os, "lstat", look)
    answer = ask(store)
    assert answer["failed"]
    assert f"/{name} belongs to " in answer["msg"]


def test_a_new_store_is_closed_whatever_the_umask_is(ask: Ask, tmp_path: Path) -> None:
    store = tmp_path / "a" / "b" / "store"
    before = os.umask(0o002)
    try:
        assert "missing" in ask(store)
    finally:
        os.umask(before)
    modes = [one.stat().st_mode & 0o777 for one in (store, *store.parents[:2])]
    assert modes == [0o700, 0o755, 0o755]
