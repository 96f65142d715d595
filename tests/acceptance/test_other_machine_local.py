"""A task goes on where its state directory is not: its files are in the server's database.

So are those of its cluster, sealed: what `pki` keeps below the state directory.
"""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from acceptance.test_apply_local import module, sh, task
from acceptance.workspace import Workspace
from unit.store import postgres

_PRIVATE = "a-private-key-of-the-authority"


@pytest.mark.once
def test_a_task_is_resumed_and_rolled_back_from_another_state_directory(tmp_path: Path) -> None:
    with postgres.server_or_skip("a task that goes on elsewhere") as socket:
        url = postgres.make_database(socket, "shared")
        first = Workspace(tmp_path / "first", {"WORLDTREE_DATABASE_URL": url})
        other = Workspace(tmp_path / "other", {"WORLDTREE_DATABASE_URL": url})
        for place in (first, other):
            place.path.mkdir()
        gate, out, seen = tmp_path / "gate", tmp_path / "out", tmp_path / "seen"
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
                            # As the role `pki` finds the place.
                            sh("mkdir -p $WORLDTREE_HOME/pki/cluster/etcd"),
                            sh(f"echo {_PRIVATE} > $WORLDTREE_HOME/pki/cluster/etcd/ca.key"),
                            sh(f"test -e {gate}"),
                            sh(f"cp $WORLDTREE_HOME/pki/cluster/etcd/ca.key {seen}"),
                        ),
                    )
                ],
            }
        )
        assert first.wt("apply", "--yes").code == 3
        failed = first.wt("tasks", "show", "-o", "json").json["task_id"]
        assert not (first.home / "pki/cluster").exists()
        key = (first.home / "store.key").read_bytes()
        shutil.rmtree(first.home)
        gate.touch()
        refused = other.wt("resume", failed, "--yes")
        assert refused.code == 4
        assert "this machine has no key" in refused.err
        for place in (first, other):
            place.home.mkdir(mode=0o700, exist_ok=True)
            (place.home / "store.key").write_bytes(key)
        logs = other.wt("tasks", "logs", failed, "--failed")
        assert "cluster.yaml:" in logs.out, logs.err
        resumed = other.wt("resume", failed, "--yes", "-o", "json")
        assert resumed.code == 0, resumed.err
        assert [node["attempts"] for node in resumed.json["nodes"]] == [1, 1, 1, 2, 1]
        assert seen.read_text() == f"{_PRIVATE}\n"
        assert not [path for path in other.home.rglob("*") if path.name == "ca.key"]
        shutil.rmtree(other.home)
        undone = first.wt("rollback", failed, "--yes", "-o", "json")
        assert undone.code == 0, undone.err
        assert not out.exists()
