"""A worker loses its power in the middle of a step on real hosts; another one goes on over SSH."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
import yaml

from acceptance.lab_documents import hosts, ssh
from acceptance.test_worker_local import wait_for
from chaos import load, work
from chaos.fleet import WorkerMachine
from lab.handle import HostHandle, LabHandle
from unit.store import postgres
from worldtree.app.tasks.task_requests import TaskRequest
from worldtree.results.status import TaskStatus

pytestmark = [
    pytest.mark.lab(minutes=2),
    pytest.mark.long,  # Waits until the dead worker's time is over.
    pytest.mark.skipif(shutil.which("unshare") is None, reason="needs PID namespaces"),
]

_OUTAGE = 20.0
_POLICY = """[policy]
[policy.secrets]
env = ["SERVICE_KEY"]
"""
#: On the hosts.
_PLACE = Path("/root/takeover")
_WAIT = f"while ! test -e {_PLACE}/go; do sleep 0.2; done"


@pytest.fixture
def server() -> Iterator[postgres.Server]:
    """A server for both workers."""
    with postgres.running_or_skip("a takeover", durable=True) as found:
        yield found


def test_another_worker_sweeps_the_hosts_and_goes_on(
    lab: LabHandle, server: postgres.Server, tmp_path: Path
) -> None:
    """What the dead worker left on the hosts has ended before anything begins again."""
    chosen = lab.hosts[:2]
    lab.reset(chosen)
    for host in chosen:
        host.ssh(f"rm -rf {_PLACE}; mkdir {_PLACE}")
    key = Path(lab.inventory()["key"]).read_text("utf-8")
    url = postgres.make_database(server.socket, "takeover")
    first, second = (
        WorkerMachine(
            tmp_path / name,
            server.socket,
            "takeover",
            outage=_OUTAGE,
            tasks=1,
            policy=_POLICY,
            environ={**os.environ, "SERVICE_KEY": key},
        )
        for name in ("first", "second")
    )
    with (
        closing(first),
        closing(second),
        closing(load.open_application(tmp_path, url, _OUTAGE)) as application,
    ):
        store = application.store
        first.start()
        kept = store.put_document("shop", _document(lab), None)
        asked = application.submission.submit("shop", TaskRequest(stored_document=kept.digest))
        wait_for(lambda: all(_runs(host, "cut") == ["begin"] for host in chosen))
        second.start()
        wait_for(lambda: len(store.list_workers()) == 2)
        first.kill()
        # Its commands go on: the hosts do not know that nobody waits for them.
        for host in chosen:
            assert host.ssh(f"! flock -n {_PLACE}/cut.lock true", check=False).returncode == 0
        # The host keys that the first worker accepted are sealed.
        wait_for(lambda: "no task is taken: " in second.log())
        shutil.copy(first.path / "home/store.key", second.path / "home")
        wait_for(lambda: all(_runs(host, "cut") == ["begin"] * 2 for host in chosen))
        for host in chosen:
            host.ssh(f"touch {_PLACE}/go")
        wait_for(lambda: store.task(asked.id).ended is not None)
        found = store.task(asked.id)
        assert found.status is TaskStatus.SUCCEEDED, (found.message, second.log())
        for host in chosen:
            assert _runs(host, "before") == ["begin", "end"]
            assert _runs(host, "cut") == ["begin", "begin", "end"]
            assert _runs(host, "after") == ["begin", "end"]
            # Two runs at once would have written this.
            assert host.ssh(f"test ! -e {_PLACE}/overlaps").returncode == 0
        states = [one.state for one in store.list_workers(gone=True)]
        assert states == ["fenced", "alive"]
        assert f"the process of task {asked.id} died" in second.log()
    for machine in (first, second):
        assert "Traceback" not in machine.log()


def _runs(host: HostHandle, name: str) -> list[str]:
    """Return what the runs of a step have written on a host."""
    return host.ssh(f"cat {_PLACE}/{name}.runs 2>/dev/null || :").stdout.split()


def _document(lab: LabHandle) -> str:
    """Three steps; the one in the middle ends when somebody lets it."""
    ways = {**ssh(lab), "privateKey": "${env:SERVICE_KEY}", "hostKeyChecking": "accept-new"}
    for name in ("privateKeyFile", "knownHostsFile"):
        del ways[name]
    lines = {"before": ":", "cut": _WAIT, "after": ":"}
    steps = [{"name": name, **work.counted(_PLACE, name, line)} for name, line in lines.items()]
    spec = {
        "ssh": ways,
        "hosts": hosts(lab, 2),
        "facts": {"gather": "never"},
        "modules": [{"name": "m", "tasks": [{"name": "t", "steps": steps}]}],
    }
    data = {
        "apiVersion": "worldtree.io/v1alpha1",
        "kind": "Cluster",
        "metadata": {"name": "shop"},
        "spec": spec,
    }
    return yaml.safe_dump(data, sort_keys=False)
