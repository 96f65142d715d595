"""A backup of etcd on a real host: lost data come back, and a damaged backup stops nothing."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from acceptance.lab_documents import hosts, ssh
from acceptance.workspace import Workspace
from lab.handle import HostHandle, LabHandle

pytestmark = [pytest.mark.lab(minutes=1), pytest.mark.timeout(600)]


@pytest.fixture
def place(lab: LabHandle, tmp_path: Path) -> Iterator[Workspace]:
    """One host with a member of etcd, without certificates."""
    [named] = hosts(lab, 1)
    lab.reset(lab.hosts[:1])
    found = Workspace(tmp_path)
    found.write(
        {
            "ssh": ssh(lab),
            "stateDir": "/var/lib/worldtree",
            "hosts": [{**named, "roles": ["etcd"]}],
            "components": {"etcd": {"tls": False}},
        }
    )
    applied = found.wt("apply", "--yes")
    assert applied.code == 0, applied.err
    yield found
    lab.reset(lab.hosts[:1])


def ctl(host: HostHandle, *words: str) -> str:
    """What etcdctl on the host prints."""
    return host.exec(["etcdctl", *words]).stdout.strip()


def test_lost_data_come_back_from_a_backup(place: Workspace, lab: LabHandle) -> None:
    host, backups = lab.hosts[0], place.path / "kept"
    where = ("--param", f"directory={backups}")
    ctl(host, "put", "key", "acknowledged")
    made = place.wt("apply", "--pipeline", "backup", *where, "--yes", "-o", "json")
    assert made.code == 0, made.err
    assert [path.suffix for path in sorted(backups.glob("etcd-*"))] == [".db", ".json", ".sha256"]

    lost = "systemctl kill -s KILL etcd; systemctl stop etcd; rm -rf /var/lib/etcd/member"
    host.ssh(lost)
    restored = place.wt("apply", "--pipeline", "restore", *where, "--yes", "-o", "json")
    assert restored.code == 0, restored.err + restored.out
    assert ctl(host, "get", "--print-value-only", "key") == "acknowledged"

    # A damaged backup is refused before anything is stopped.
    [backup] = backups.glob("*.db")
    backup.write_bytes(backup.read_bytes()[:-1])
    ctl(host, "put", "key", "newer")
    refused = place.wt("apply", "--pipeline", "restore", *where, "--yes", "-o", "json")
    assert refused.code == 3
    assert "is damaged" in refused.out
    assert {node for node, status in refused.statuses.items() if status == "skipped"} >= {
        "etcd/stop/stop",
        "etcd/swap/swap",
    }
    assert ctl(host, "get", "--print-value-only", "key") == "newer"
