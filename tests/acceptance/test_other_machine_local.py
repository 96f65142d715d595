"""A task goes on where its state directory is not: its files are in the server's database."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from acceptance.test_apply_local import module, sh, task
from acceptance.workspace import Workspace
from unit.store import postgres


@pytest.mark.once
def test_a_task_is_resumed_and_rolled_back_from_another_state_directory(tmp_path: Path) -> None:
    with postgres.server_or_skip("a task that goes on elsewhere") as socket:
        url = postgres.make_database(socket, "shared")
        first = Workspace(tmp_path / "first", {"WORLDTREE_DATABASE_URL": url})
        other = Workspace(tmp_path / "other", {"WORLDTREE_DATABASE_URL": url})
        for place in (first, other):
            place.path.mkdir()
        gate, out = tmp_path / "gate", tmp_path / "out"
        first.write(
            {
                "hosts": [{"name": "a", "connection": "local"}],
                "facts": {"gather": "never"},
                "modules": [
                    module(
                        "m",
                        task(
                            "t",
                            {"copy": {"dest": str(out), "content": "one"}, "name": "put"},
                            sh(f"test -e {gate}"),
                        ),
                    )
                ],
            }
        )
        assert first.wt("apply", "--yes").code == 3
        failed = first.wt("tasks", "show", "-o", "json").json["task_id"]
        shutil.rmtree(first.home)
        gate.touch()
        logs = other.wt("tasks", "logs", failed, "--failed")
        assert "cluster.yaml:" in logs.out, logs.err
        resumed = other.wt("resume", failed, "--yes", "-o", "json")
        assert resumed.code == 0, resumed.err
        assert [node["attempts"] for node in resumed.json["nodes"]] == [1, 2]
        shutil.rmtree(other.home)
        undone = first.wt("rollback", failed, "--yes", "-o", "json")
        assert undone.code == 0, undone.err
        assert not out.exists()
