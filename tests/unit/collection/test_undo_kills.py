"""Undo of an artifact step whose process is killed at any step, or the step's own before it.

A child counts what it does with files, and kills itself at a number. An undo afterwards brings
back the former state, and nothing else is left.
"""

from __future__ import annotations

import hashlib
import os
import random
import signal
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from examples import is_full
from unit.collection.conftest import Run

OLD, NEW = b"old program", b"new program"
DIGEST = hashlib.sha256(NEW).hexdigest()
TIME = 1_000_000_000


class Host:
    """A host with one version of a program, which a task replaces, and undoes."""

    def __init__(self, path: Path, run: Run) -> None:
        self._run, self.path = run, path
        self.dest, self.link = path / "bin" / "tool", path / "links" / "tool"
        for folder in ("bin", "links", "store/partial"):
            (path / folder).mkdir(parents=True)
        self.dest.write_bytes(OLD)
        self.dest.chmod(0o750)
        os.utime(self.dest, (TIME, TIME))
        self.link.symlink_to("/opt/tool/old")
        (path / "store" / "partial" / DIGEST).write_bytes(NEW)

    def snapshot(self) -> dict[str, Any]:
        files = [str(self.dest), str(self.link)]
        return self._run("snapshot", generation="t1", state_dir=str(self.path / "s"), files=files)

    def change(self) -> dict[str, Any]:
        return self._run(
            "artifact",
            name="tool",
            version="2",
            store=str(self.path / "store"),
            offer={"any": {"sha256": DIGEST, "size": len(NEW)}},
            received=DIGEST,
            dest=str(self.dest),
            links=[{"path": str(self.link)}],
        )

    def undo(self) -> dict[str, Any]:
        return self._run("restore", state_dir=str(self.path / "s"), task="t1")

    def check_undone(self) -> None:
        """All is as it was: the records, too, are of no later state."""
        assert self.dest.read_bytes() == OLD
        found = self.dest.stat()
        assert (found.st_mode & 0o7777, found.st_mtime) == (0o750, TIME)
        assert str(self.link.readlink()) == "/opt/tool/old"
        for folder in ("bin", "links"):
            assert [one.name for one in (self.path / folder).iterdir()] == ["tool"]
        assert not self.undo()["changed"]
        (records,) = (self.path / "s" / "before").iterdir()
        assert not [one.name for one in records.iterdir() if one.name.startswith(".")]
        assert self.snapshot().get("failed") is None


def killed_at(path: Path, number: int, act: Callable[[], dict[str, Any]]) -> int:
    """Act in a child that dies at this step; return how many it had if it did not."""
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        done = 0

        def hook(_event: str, arguments: tuple[Any, ...]) -> None:
            nonlocal done
            first = arguments[0] if arguments else None
            if isinstance(first, str) and first.startswith(str(path)):
                done += 1
                if done == number:
                    os.kill(os.getpid(), signal.SIGKILL)

        sys.addaudithook(hook)
        try:
            answer = act()
            os.write(writing, str(done).encode())
            os._exit(1 if answer.get("failed") else 0)
        except BaseException as error:  # The child must not return to pytest.
            os.write(2, repr(error).encode())
            os._exit(1)
    os.close(writing)
    with os.fdopen(reading, "rb") as stream:
        said = stream.read()
    _, status = os.waitpid(child, 0)
    code = os.waitstatus_to_exitcode(status)
    assert code in (0, -signal.SIGKILL)
    return int(said) if code == 0 else 0


@pytest.fixture
def make(run: Run, tmp_path: Path, plugins: Callable[[str], Any]) -> Callable[[str], Host]:
    """Return a function that makes hosts."""
    for name in ("artifact", "restore", "snapshot"):
        plugins(f"modules.{name}")
    return lambda name: Host(tmp_path / name, run)


@pytest.mark.parametrize("what", ["change", "undo"])
def test_undo_brings_back_what_was_whenever_something_was_killed(
    make: Callable[[str], Host], what: str
) -> None:
    def prepared(name: str) -> Host:
        host = make(name)
        host.snapshot()
        if what == "undo":
            assert host.change()["changed"]
        return host

    host = prepared("whole")
    steps = killed_at(host.path, 0, getattr(host, what))
    assert steps > 15
    drawn = random.Random(os.environ.get("WORLDTREE_SEED", "undo"))
    numbers = list(range(1, steps + 1))
    for number in numbers if is_full() else sorted(drawn.sample(numbers, 12)):
        host = prepared(f"host{number}")
        assert not killed_at(host.path, number, getattr(host, what))
        answer = host.undo()
        assert not answer.get("failed"), answer
        host.check_undone()


def test_a_record_that_is_not_whole_is_none(make: Callable[[str], Host]) -> None:
    """An earlier release removed records file by file, and was killed meanwhile."""
    host = make("host")
    host.snapshot()
    (record,) = (host.path / "s" / "before").glob("*/*/record.json")
    record.unlink()
    answer = host.undo()
    assert not answer.get("failed")
    assert (answer["changed"], answer["restored"]) == (False, [])
    assert host.snapshot()["kept"]
    host.change()
    assert host.undo()["changed"]
    host.check_undone()


def test_of_records_that_are_left_none_is_of_a_later_state(
    make: Callable[[str], Host], plugins: Callable[[str], Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    """They would lead forward again."""
    store_module = plugins("module_utils.before_store")
    host = make("host")
    store = store_module.Store(str(host.path / "s"), "id")
    with store.alone():
        names = [store.add(lambda _: {"files": {}}) for _ in range(3)]
    dropped: list[str] = []

    def drop(_store: object, name: str) -> None:
        dropped.append(name)

    monkeypatch.setattr(store_module.Store, "_drop", drop)
    store.drop_from(names[1])
    assert dropped == [names[2], names[1]]


def test_what_was_not_saved_keeps_nothing_else_from_coming_back(
    make: Callable[[str], Host], plugins: Callable[[str], Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A file over the limit is named; the link is led back anyway."""
    monkeypatch.setattr(plugins("module_utils.before_files"), "LARGEST", 4)
    host = make("host")
    host.snapshot()
    host.change()
    answer = host.undo()
    assert answer["failed"]
    assert f"cannot restore everything: {host.dest} was not saved" in answer["msg"]
    assert str(host.link.readlink()) == "/opt/tool/old"
    assert host.dest.read_bytes() == NEW
