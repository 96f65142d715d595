"""State that an earlier version wrote is opened, resumed and rolled back.

Each sample is a WORLDTREE_HOME with two tasks of the cluster `old`: one that succeeded, and one
that was killed with its runs while its second node was running. In it, ``@…@`` stands for what
differs between machines, and the database is SQL text.
"""

from __future__ import annotations

import sqlite3
import tarfile
from pathlib import Path

import pytest

from acceptance.workspace import Workspace
from worldtree.core.process_identity import current_process

#: The oldest, which all migrations change, and those that only `make test-full` tries.
OLDEST, *NEWER = sorted((Path(__file__).parent / "old_homes").glob("*.tar.xz"))


def unpack(sample: Path, path: Path) -> Workspace:
    """Unpack a sample into ``path``, as if its tasks had run there."""
    place = Workspace(path, {"HOME": str(path)})
    with tarfile.open(sample) as archive:
        archive.extractall(path, filter="data")
    here = current_process()
    values = {
        "@PLACE@": str(path),
        "@BOOT@": here.boot,
        "@MACHINE@": here.machine,
        "@HOST@": here.host,
        "@NAMESPACE@": here.namespace,
        "@USER@": f"{here.user}@{here.host}",
    }
    for file in path.rglob("*"):
        if file.is_file() and not file.is_symlink():
            text = file.read_bytes()
            for name, value in values.items():
                text = text.replace(name.encode(), value.encode())
            file.write_bytes(text)
    dump = place.home / "worldtree.sql"
    with sqlite3.connect(place.home / "worldtree.db") as database:
        database.executescript(dump.read_text(encoding="utf-8"))
    database.close()
    dump.unlink()
    return place


@pytest.mark.parametrize(
    "sample",
    # Three runs each.
    [OLDEST, *(pytest.param(sample, marks=pytest.mark.long) for sample in NEWER)],
    ids=lambda sample: sample.name.partition(".")[0],
)
def test_earlier_state_is_resumed_and_rolled_back(sample: Path, tmp_path: Path) -> None:
    """The cut-off node runs again, the finished one is reused, and both tasks are undone."""
    place = unpack(sample, tmp_path)
    for host in "ab":  # What the two tasks had left on the hosts.
        (tmp_path / f"{host}.note").write_text("two")
        (tmp_path / f"{host}.log").write_text("one\n")
        (tmp_path / f"{host}.slow").touch()
    (tmp_path / "gate").touch()
    listed = place.wt("tasks", "list", "-o", "json")
    assert [task["status"] for task in listed.json["items"]] == ["interrupted", "succeeded"]
    cut_off, finished = (task["id"] for task in listed.json["items"])

    resumed = place.wt("resume", cut_off, "--yes", "-o", "json")
    assert resumed.code == 0, resumed.err
    assert resumed.hosts("m/t/note") == {"a": "changed", "b": "changed"}
    assert [resumed.nodes[name]["attempts"] for name in resumed.nodes] == [1, 2, 1]
    assert (tmp_path / "b.last").read_text() == "two\n"
    assert place.wt("tasks", "rebuild", cut_off).code == 0

    for task in (cut_off, finished):
        undone = place.wt("rollback", task, "--yes", "-o", "json")
        assert undone.code == 0, undone.err
    assert not [file for host in "ab" for file in tmp_path.glob(f"{host}.*")]
    states = [task["status"] for task in place.wt("tasks", "list", "-o", "json").json["items"]]
    assert states == ["succeeded", "succeeded", "rolled-back", "rolled-back"]
