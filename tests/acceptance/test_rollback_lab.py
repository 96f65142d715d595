"""Rollback, drift and the cancel of a dead run on real hosts, with the state in PostgreSQL."""

from __future__ import annotations

import json
import os
import signal
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from acceptance.lab_documents import command, hosts, ssh
from acceptance.workspace import Workspace, processes, wait_until_gone
from lab.handle import LabHandle
from unit.store import postgres

pytestmark = pytest.mark.lab(minutes=3)

SLEEP = f"sleep 301.{os.getpid()}"
FILE = "/etc/worldtree-test.conf"


@pytest.fixture(scope="module")
def server() -> Iterator[Path]:
    """The socket of a database server."""
    with postgres.server_or_skip("state in PostgreSQL") as socket:
        yield socket


@pytest.fixture
def two(lab: LabHandle, server: Path, tmp_path: Path) -> Workspace:
    """Two hosts as the base has them, whose keys only the cluster's own file gets to know."""
    lab.reset(lab.hosts[:2])
    database = f"lab_{os.getpid()}_{time.monotonic_ns()}"
    address = postgres.make_database(server, database)
    return Workspace(tmp_path, {"WORLDTREE_DATABASE_URL": address})


def write(place: Workspace, lab: LabHandle, *steps: dict[str, Any], **more: Any) -> None:
    """Write the document."""
    ways = {name: value for name, value in ssh(lab).items() if name != "knownHostsFile"}
    ways["hostKeyChecking"] = "accept-new"
    named = [{"name": f"s{n}", **step} for n, step in enumerate(steps, 1)]
    modules = [{"name": "m", "tasks": [{"name": "t", "steps": named}]}]
    rest = {"stateDir": "/var/lib/worldtree", **more}
    place.write({"ssh": ways, "hosts": hosts(lab, 2), "modules": modules, **rest})


def put(content: str) -> dict[str, Any]:
    """A step that writes the file on every host."""
    return {"copy": {"content": content, "dest": FILE, "mode": "0644"}}


def contents(lab: LabHandle) -> list[str]:
    """What is in the file on each host."""
    return [host.ssh(f"cat {FILE}").stdout for host in lab.hosts[:2]]


def test_a_failure_is_rolled_back_and_drift_is_seen(two: Workspace, lab: LabHandle) -> None:
    """What was there before is there again; what a person edits shows, host by host."""
    write(two, lab, put("one\n"))
    applied = two.wt("apply", "--yes")
    assert applied.code == 0, applied.err
    assert two.wt("drift").code == 0

    failing = {"copy": {"content": "x", "dest": "/no/such/directory/file", "mode": "0644"}}
    write(two, lab, put("two\n"), failing, policy={"onFailure": "rollback"})
    failed = two.wt("apply", "--yes", "-o", "json")
    assert (failed.code, failed.json["status"]) == (1, "rolled-back"), failed.err
    assert contents(lab) == ["one\n", "one\n"]

    lab.hosts[1].ssh(f"echo by hand > {FILE}")
    write(two, lab, put("one\n"))
    drifted = two.wt("drift", "-o", "json")
    assert drifted.code == 3, drifted.err
    assert [(one["node"], one["host"]) for one in drifted.json["differs"]] == [
        ("create-cluster/m/t/s1", "lab2")
    ]
    assert contents(lab) == ["one\n", "by hand\n"]


def test_what_a_dead_run_left_on_hosts_is_ended_by_cancel(two: Workspace, lab: LabHandle) -> None:
    """kill -9 of ``wt`` and supervisor: hosts' work goes on, until ``wt cancel`` ends it."""

    def asleep() -> list[str]:
        return [line for line in processes(SLEEP) if line == SLEEP]

    write(two, lab, command(f"exec {SLEEP}")["steps"][0] | {"name": "s1"})
    process = two.start("apply", "--yes")
    process.wait_until(lambda: len(asleep()) == 2, "two sleeps")
    (supervisor,) = two.home.glob("tasks/*/attempts/*/supervisor.json")
    process.kill()
    os.kill(json.loads(supervisor.read_text())["pid"], signal.SIGKILL)
    process.communicate()
    assert len(asleep()) == 2
    cancelled = two.wt("cancel")
    assert cancelled.code == 0, cancelled.err
    assert wait_until_gone(asleep, 60) == []
    shown = two.wt("tasks", "show")
    assert "not checked" not in shown.out + shown.err
    assert "could not be checked" not in shown.out + shown.err
