"""What a task was made from, in its directory."""

from __future__ import annotations

import json
from pathlib import Path

from worldtree.app.tasks.task_source import TaskSource, read_task_source, write_task_source
from worldtree.compile.selection import Selection


def test_a_source_is_read_as_it_was_written(tmp_path: Path) -> None:
    source = TaskSource(
        Path("/srv/cluster.yaml"),
        "compare",
        Selection(only=("a/*",), tags=("t",)),
        "20260101-000000-abcdef",
        {"web1": {"ansible_system": "Linux"}},
        whole=False,
    )
    write_task_source(tmp_path, source)
    assert read_task_source(tmp_path) == source


def test_a_source_that_an_earlier_version_wrote_is_read(tmp_path: Path) -> None:
    """Without tags, a document before and facts."""
    selection = {"only": ["a/*"], "since": [], "until": [], "hosts": []}
    written = {"file": "/srv/cluster.yaml", "pipeline": "verify", "selection": selection}
    (tmp_path / "origin.json").write_text(json.dumps(written))
    assert read_task_source(tmp_path) == TaskSource(
        Path("/srv/cluster.yaml"), "verify", Selection(only=("a/*",)), whole=False
    )
