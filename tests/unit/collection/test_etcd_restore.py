"""The data of a member are moved by renames, and an interrupted move is completed."""

from __future__ import annotations

import getpass
import os
from pathlib import Path
from typing import Any

import pytest

from unit.collection.conftest import Run

#: Stands for etcdutl: restores by writing its arguments where the database would be.
_TOOL = """#!/bin/sh
case "$*" in
  *--help*) echo "--bump-revision uint" ;;
  *broken*) echo "sha256 mismatch" >&2; exit 1 ;;
  *) for word in "$@"; do case $word in --data-dir=*) dir=${word#--data-dir=} ;; esac; done
     mkdir -p "$dir/member/snap" && echo "$*" >"$dir/member/snap/db" ;;
esac
"""


class Host:
    """A data directory, programs, and a systemctl that says whether the member runs."""

    def __init__(self, run: Run, path: Path) -> None:
        self._run = run
        self.data = path / "etcd"
        (self.data / "member").mkdir(parents=True)
        (self.data / "member" / "old").touch()
        self.programs = path / "bin"
        self.programs.mkdir()
        self.program("etcdctl", "#!/bin/sh\nexit 9\n")
        self.program("etcdutl", _TOOL)
        self.program("systemctl", "#!/bin/sh\nexit 3\n")

    def program(self, name: str, text: str) -> None:
        """Put a program in place of the real one."""
        (self.programs / name).write_text(text)
        (self.programs / name).chmod(0o755)

    def take(self, state: str, **more: Any) -> dict[str, Any]:
        """Take one step of the restore."""
        return self._run(
            "etcd_restore",
            state=state,
            ctl=str(self.programs / "etcdctl"),
            data_dir=str(self.data),
            owner=getpass.getuser(),
            **more,
        )

    def prepare(self, name: str = "snapshot") -> dict[str, Any]:
        """Restore a snapshot beside the data."""
        snapshot = self.data / name
        snapshot.touch()
        more = {"name": "m1", "peer_url": "http://h:2380", "initial_cluster": "m1=http://h:2380"}
        return self.take("prepared", snapshot=str(snapshot), token="new", **more)

    def names(self) -> list[str]:
        """What is in the data directory, without times."""
        return sorted(path.name.partition("-2")[0] for path in self.data.iterdir())


@pytest.fixture
def host(run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Host:
    """A host whose member does not run."""
    found = Host(run, tmp_path)
    monkeypatch.setenv("PATH", f"{found.programs}:{os.environ['PATH']}")
    return found


def test_a_restore_keeps_the_data_of_before_beside(host: Host) -> None:
    assert host.prepare()["changed"]
    assert host.names() == ["member", "worldtree-restored"]
    swapped = host.take("swapped")
    assert host.names() == ["member", "worldtree-before"]
    assert (Path(swapped["before"]) / "member" / "old").exists()
    words = (host.data / "member" / "snap" / "db").read_text()
    for word in ("--bump-revision=1000000000", "--mark-compacted", "--initial-cluster-token=new"):
        assert word in words
    assert host.take("swapped") == {**swapped, "changed": False}


def test_a_program_that_cannot_raise_revisions_is_not_asked_to(host: Host) -> None:
    host.program("etcdutl", _TOOL.replace("--bump-revision uint", "no such option"))
    host.prepare()
    assert "bump" not in (host.data / "worldtree-restored/member/snap/db").read_text()


def test_lost_data_need_no_place(host: Host) -> None:
    host.prepare()
    (host.data / "member" / "old").unlink()
    (host.data / "member").rmdir()
    assert host.take("swapped")["before"] == ""
    assert host.names() == ["member"]


def test_a_swap_that_was_interrupted_is_completed(host: Host) -> None:
    host.prepare()
    (host.data / "worldtree-before-20260102T030405Z").mkdir()
    (host.data / "member").rename(host.data / "worldtree-before-20260102T030405Z" / "member")
    assert host.take("swapped")["before"].endswith("20260102T030405Z")
    assert (host.data / "member" / "snap").is_dir()


def test_a_running_member_is_not_touched(host: Host) -> None:
    host.prepare()
    host.program("systemctl", "#!/bin/sh\nexit 0\n")
    assert "has to be stopped" in host.take("swapped")["msg"]
    assert (host.data / "member" / "old").exists()


def test_a_snapshot_that_cannot_be_restored_leaves_everything(host: Host) -> None:
    result = host.prepare("broken")
    assert "sha256 mismatch" in result["msg"]
    assert host.names() == ["member"]
    assert not host.take("swapped")["changed"]
    assert (host.data / "member" / "old").exists()


def test_undone_the_data_of_before_are_back(host: Host) -> None:
    host.prepare()
    host.take("swapped")
    assert host.take("reverted")["changed"]
    assert (host.data / "member" / "old").exists()
    assert host.names() == ["member", "worldtree-undone"]
    assert not host.take("reverted")["changed"]


def test_the_data_of_before_are_deleted_when_asked(host: Host) -> None:
    host.prepare()
    host.take("swapped")
    assert len(host.take("finished")["deleted"]) == 1
    assert host.names() == ["member"]
    assert not host.take("finished")["changed"]


def test_a_host_without_room_or_programs_is_refused(host: Host) -> None:
    assert host.take("checked", size=1)["changed"] is False
    assert "are needed" in host.take("checked", size=2**60)["msg"]
    (host.programs / "etcdctl").unlink()
    assert "is not installed" in host.take("checked")["msg"]
