"""Runs in which the module that changes something saves the state before it, in one call."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import ansible
import pytest

from unit.engine.bundles import task
from unit.runner.control.executor_bench import Bench
from worldtree.core.resources import core_collection_dir
from worldtree.results.events import EventKind
from worldtree.runner.inside.joined_snapshots import SNAPSHOT

#: Seconds after which a run counts as hanging, on a machine that is busy with other tests.
_LONGEST_RUN = 600


@pytest.fixture
def places(bench: Bench, tmp_path: Path) -> Path:
    """A directory that stands for a host's disk; the bundle has the collection of the records."""
    bench.bundle.mkdir()
    (bench.bundle / "collections").symlink_to(core_collection_dir().parents[2])
    (tmp_path / "disk").mkdir()
    (tmp_path / "disk" / "old").write_text("old")
    return tmp_path / "disk"


def _save(path: Path, **keywords: Any) -> dict[str, Any]:
    args = {
        "id": f"demo/{{{{ inventory_hostname }}}}/{path.name}",
        "files": [str(path)],
        "state_dir": "{{ worldtree_state_dir | default(omit) }}",
    }
    return {"name": "Save", SNAPSHOT: args, **keywords}


def _steps(disk: Path) -> list[dict[str, Any]]:
    """Return steps as a bundle has them: a directory, a new file, a changed one, a rendered one."""
    return [
        _save(disk / "dir"),
        task("Directory", "file", {"path": f"{disk}/dir", "state": "directory", "mode": "0755"}),
        _save(disk / "new"),
        task("New", "copy", {"content": "né", "dest": f"{disk}/new", "mode": "0644"}),
        _save(disk / "old"),
        task("Old", "copy", {"content": "x", "dest": f"{disk}/old", "mode": "0644"}),
        _save(disk / "made"),
        task("Made", "template", {"src": f"{disk}/old", "dest": f"{disk}/made", "mode": "0644"}),
    ]


def _run(bench: Bench, *, code: int = 0) -> tuple[list[str], Mapping[str, Any]]:
    """Return the names of the tasks that ran, and the counted module calls."""
    outcome = bench.start().wait(_LONGEST_RUN)
    assert outcome is not None
    assert outcome.rc == code, [outcome.message, *bench.events[-3:]]
    stats = next(e for e in bench.events if e.kind is EventKind.RUN_STATS)
    names = [str(e.name) for e in bench.events if e.kind is EventKind.HOST_TASK_FINISHED]
    return names, stats.result["module_calls"]


def _kept(state_dir: Path) -> dict[str, tuple[str, str | None]]:
    """Return name -> (kind, content) of each file whose state was saved once."""
    found = {}
    for records in (state_dir / "before").iterdir():
        (file,) = records.glob("*/record.json")
        for path, state in json.loads(file.read_text())["state"]["files"].items():
            content = (file.parent / state["blob"]).read_text() if "blob" in state else None
            found[Path(path).name] = (state["kind"], content)
    return found


#: Of what `_steps` change.
_BEFORE = {
    "dir": ("absent", None),
    "new": ("absent", None),
    "old": ("file", "old"),
    "made": ("absent", None),
}


def test_saving_a_state_takes_neither_a_task_nor_a_call(bench: Bench, places: Path) -> None:
    """One call makes a directory; `copy` and `template` look before they write."""
    state = places.parent / "state"
    bench.open(*_steps(places), variables={"worldtree_state_dir": str(state)})
    names, calls = _run(bench)
    assert names == ["Directory", "New", "Old", "Made"]
    assert calls == {"warm": 7, "ordinary": {}}
    assert _kept(state) == _BEFORE
    assert (places / "new").read_text() == "né"
    assert (places / "made").read_text() == "x"


def test_tasks_that_differ_keep_the_same_in_two_calls(bench: Bench, places: Path) -> None:
    """As by plain Ansible."""
    state = places.parent / "state"
    steps = [{**step, "when": True} if SNAPSHOT not in step else step for step in _steps(places)]
    bench.open(*steps, variables={"worldtree_state_dir": str(state)})
    names, calls = _run(bench)
    assert names == ["Save", "Directory", "Save", "New", "Save", "Old", "Save", "Made"]
    assert calls == {"warm": 11, "ordinary": {}}
    assert _kept(state) == _BEFORE


def test_nothing_changes_where_a_state_cannot_be_saved(bench: Bench, places: Path) -> None:
    """The task fails with the reason, in the block where its snapshot stands."""
    steps = _steps(places)
    pairs = [steps[number : number + 2] for number in range(0, len(steps), 2)]
    blocks = [{"block": pair, "rescue": [task("Next", "debug", {"msg": "x"})]} for pair in pairs]
    bench.open(*blocks, variables={"worldtree_state_dir": f"{places}/old/state"})
    names, _ = _run(bench)
    assert names == [name for pair in pairs for name in (pair[1]["name"], "Next")]
    failed = [e for e in bench.events if e.kind is EventKind.HOST_TASK_FINISHED][::2]
    assert {event.status for event in failed} == {"failed"}
    said = [str(event.message) for event in failed]
    assert [text for text in said if "the state cannot be saved in" not in text] == []
    assert [file.name for file in places.iterdir()] == ["old"]
    assert (places / "old").read_text() == "old"


def test_a_module_that_cannot_save_is_preceded_by_one_that_does(bench: Bench, places: Path) -> None:
    """A team's own `stat`, which `copy` calls first, does not begin as Ansible's modules do."""
    library = bench.bundle / "plays" / "library"
    state = places.parent / "state"
    bench.open(*_steps(places)[4:6], variables={"worldtree_state_dir": str(state)})
    library.mkdir()
    own = (Path(ansible.__path__[0]) / "modules" / "stat.py").read_text()
    (library / "stat.py").write_text(own.replace("from __future__", '"""Ours."""\nfrom __future__'))
    names, calls = _run(bench)
    assert names == ["Old"]
    assert calls["warm"] + sum(calls["ordinary"].values()) == 3
    assert _kept(state) == {"old": ("file", "old")}
    assert (places / "old").read_text() == "x"
