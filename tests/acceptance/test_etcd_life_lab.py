"""An etcd on real hosts gets a member, loses one and has it removed, loses all data, is restored.

Somebody writes all the time; what was acknowledged is never lost.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from acceptance.lab_documents import hosts, ssh
from acceptance.workspace import Workspace
from lab.handle import LabHandle

# Four real hosts and six runs; the short proof is in test_etcd_data_lab.py.
pytestmark = [pytest.mark.lab(minutes=8), pytest.mark.long, pytest.mark.timeout(1800)]

_KEYS = "/written/"


class Writer:
    """Writes numbered keys by the first two members that answer, until it is stopped."""

    def __init__(self, lab: LabHandle) -> None:
        self._lab = lab
        self._stop = threading.Event()
        self.acknowledged: list[str] = []
        self._thread = threading.Thread(target=self._write)
        self._thread.start()

    def _write(self) -> None:
        number = 0
        while not self._stop.wait(0.1):
            number += 1
            for host in self._lab.hosts[:2]:
                words = ["etcdctl", "--command-timeout=2s", "put", f"{_KEYS}{number:06}", "x"]
                if host.exec(words, check=False).returncode == 0:
                    self.acknowledged.append(f"{_KEYS}{number:06}")
                    break

    def stop(self) -> None:
        """Stop after the present write."""
        self._stop.set()
        self._thread.join()


def write(place: Workspace, lab: LabHandle, count: int) -> None:
    """Write the document with the first ``count`` hosts as members."""
    place.write(
        {
            "ssh": ssh(lab),
            "stateDir": "/var/lib/worldtree",
            "hosts": [{**one, "roles": ["etcd"]} for one in hosts(lab, count)],
            "components": {"etcd": {"tls": False}},
        }
    )


def run(place: Workspace, *words: str, code: int = 0) -> None:
    """Run a pipeline; it has to end with this exit code."""
    outcome = place.wt("apply", *words, "--yes", timeout=600)
    assert outcome.code == code, outcome.out + outcome.err


@pytest.fixture
def place(lab: LabHandle, tmp_path: Path) -> Iterator[Workspace]:
    """Three members."""
    lab.reset(lab.hosts[:4])
    found = Workspace(tmp_path)
    write(found, lab, 3)
    run(found)
    yield found
    lab.reset(lab.hosts[:4])


def members(lab: LabHandle) -> list[str]:
    """Names of the members that have a vote and started, by what the first one says."""
    lines = lab.hosts[0].exec(["etcdctl", "member", "list"]).stdout.splitlines()
    fields = [line.split(", ") for line in lines]
    return sorted(one[2] for one in fields if one[1] == "started" and one[-1] == "false")


def kept(lab: LabHandle) -> set[str]:
    """The keys that are there."""
    read = lab.hosts[0].exec(["etcdctl", "get", "--prefix", "--keys-only", _KEYS])
    return set(read.stdout.split())


def test_what_was_acknowledged_is_never_lost(place: Workspace, lab: LabHandle) -> None:
    writer = Writer(lab)
    try:
        write(place, lab, 4)
        run(place)
        assert members(lab) == ["lab1", "lab2", "lab3", "lab4"]

        lab.hosts[3].kill()
        # The dead host could not be cleared, and is named: the rest is done.
        run(place, "--pipeline", "remove-member", "--param", "member=lab4", code=3)
        assert members(lab) == ["lab1", "lab2", "lab3"]
        write(place, lab, 3)

        run(place, "--pipeline", "defrag")
    finally:
        writer.stop()
    assert writer.acknowledged
    assert kept(lab) >= set(writer.acknowledged)

    run(place, "--pipeline", "backup")
    for host in lab.hosts[:3]:
        host.ssh("systemctl kill -s KILL etcd; systemctl stop etcd; rm -rf /var/lib/etcd/member")
    run(place, "--pipeline", "restore", "--param", "deleteOld=true")
    assert members(lab) == ["lab1", "lab2", "lab3"]
    assert kept(lab) >= set(writer.acknowledged)
