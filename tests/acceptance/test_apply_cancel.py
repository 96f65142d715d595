"""Cancels on real hosts at any moment, and lost hosts: no process is left, the cause is shown."""

from __future__ import annotations

import random
import signal
import time
from pathlib import Path
from typing import Any

import pytest

from acceptance.workspace import Outcome, Workspace, processes, wait_until_gone
from lab.handle import HostHandle
from lab_plugin import LabHosts

pytestmark = pytest.mark.lab(minutes=4)

#: Seconds within which all must end; `test_apply_lab` asserts a much lower limit.
LIMIT = 120.0


def on_hosts(place: Workspace, hosts: list[HostHandle], *steps: dict[str, Any]) -> None:
    """Write a document with one task on lab hosts."""
    first = hosts[0].lab
    place.write(
        {
            "stateDir": "/var/lib/worldtree",
            "ssh": {
                "user": "root",
                "privateKeyFile": str(first.key),
                "knownHostsFile": str(first.known_hosts),
                "timeout": "10s",
            },
            "hosts": [{"name": host.name, "address": host.address} for host in hosts],
            "modules": [{"name": "work", "tasks": [{"name": "it", "steps": list(steps)}]}],
        }
    )


def sleeping(hosts: list[HostHandle], mark: str) -> list[str]:
    """Every process with the mark in its command line, on hosts and on this machine."""
    found = processes(mark)
    for host in hosts:
        out = host.exec(["pgrep", "-af", mark], check=False).stdout
        found += [f"{host.name}: {line}" for line in out.splitlines()]
    return found


def control_processes(place: Workspace) -> list[str]:
    """Processes of this workspace on the control side: Ansible, supervisors, ssh."""
    return processes(str(place.path))


def interrupted_interpreter_start(code: int, err: str) -> bool:
    """Whether Ctrl-C hit the start of the interpreter, where no program can handle it."""
    return "in main" not in err and (code == -signal.SIGINT or "Fatal Python error: init_" in err)


def test_nothing_is_left_after_cancels_at_random_moments(
    tmp_path: Path, lab_hosts: LabHosts
) -> None:
    """From the start-up of the program over the connection check to the work itself."""
    hosts, place = lab_hosts(3), Workspace(tmp_path)
    nap = f"300.1{random.SystemRandom().randrange(10**6):06d}"
    on_hosts(place, hosts, {"name": "nap", "command": {"argv": ["sleep", nap]}})
    for seed in range(8):
        moment = random.Random(seed).uniform(0.05, 9.0)
        process = place.start("apply", "-f", "cluster.yaml", "--yes", "-o", "json")
        time.sleep(moment)
        process.send_signal(signal.SIGINT)
        assert wait_until_gone(lambda: sleeping(hosts, nap), LIMIT) == [], f"after {moment:.2f} s"
        _, err = process.communicate(timeout=LIMIT)
        if not interrupted_interpreter_start(process.returncode, err):
            assert process.returncode == 130, f"after {moment:.2f} s: {err}"
        assert control_processes(place) == [], f"after {moment:.2f} s"


def test_run_of_a_killed_program_is_cancelled_from_elsewhere(
    tmp_path: Path, lab_hosts: LabHosts
) -> None:
    """kill -9: the run continues, its hosts stay locked, and `wt cancel` ends it."""
    hosts, place = lab_hosts(2), Workspace(tmp_path)
    nap = f"300.2{random.SystemRandom().randrange(10**6):06d}"
    on_hosts(place, hosts, {"name": "nap", "command": {"argv": ["sleep", nap]}})
    process = place.start("apply", "-f", "cluster.yaml", "--yes")
    process.wait_until(lambda: len(sleeping(hosts, f"sleep {nap}")) >= 2, "every host sleeps")
    process.kill()
    process.communicate()
    refused = place.wt("apply", "-f", "cluster.yaml", "--yes")
    assert refused.code == 4
    assert "its Ansible run still works on" in refused.err
    assert len(sleeping(hosts, f"sleep {nap}")) >= 2
    assert place.wt("cancel").code == 0
    assert wait_until_gone(lambda: sleeping(hosts, nap) + control_processes(place), LIMIT) == []


def test_task_is_cancelled_from_another_terminal(tmp_path: Path, lab_hosts: LabHosts) -> None:
    hosts, place = lab_hosts(2), Workspace(tmp_path)
    nap = f"300.3{random.SystemRandom().randrange(10**6):06d}"
    on_hosts(place, hosts, {"name": "nap", "command": {"argv": ["sleep", nap]}})
    process = place.start("apply", "-f", "cluster.yaml", "--yes")
    process.wait_until(lambda: len(sleeping(hosts, f"sleep {nap}")) >= 2, "every host sleeps")
    assert place.wt("cancel").code == 0
    process.communicate(timeout=LIMIT)
    assert process.returncode == 130
    assert sleeping(hosts, nap) + control_processes(place) == []


def test_host_that_goes_away_is_unreachable_and_the_others_finish(
    tmp_path: Path, lab_hosts: LabHosts
) -> None:
    hosts, place = lab_hosts(3), Workspace(tmp_path)
    wait = "touch /at-work; while test ! -e /may-end; do sleep 0.2; done"
    on_hosts(
        place,
        hosts,
        {"name": "nap", "command": {"argv": ["sh", "-c", wait]}},
        {"name": "after", "command": {"argv": ["true"]}},
    )
    process = place.start("apply", "-f", "cluster.yaml", "--yes", "-o", "json")
    process.wait_until(
        lambda: all(
            one.exec(["test", "-e", "/at-work"], check=False).returncode == 0 for one in hosts
        ),
        "every host is at work",
    )
    hosts[1].kill()
    for one in (hosts[0], hosts[2]):
        one.exec(["touch", "/may-end"])
    out, _ = process.communicate(timeout=200)
    assert process.returncode == 3, out
    outcome = Outcome(process.returncode, out, "")
    assert outcome.hosts("work/it/nap")[hosts[1].name] == "unreachable"
    after = outcome.hosts("work/it/after")
    assert after == {"lab1": "changed", "lab2": "not-run", "lab3": "changed"}


def test_all_connection_problems_are_reported_together(tmp_path: Path, lab_hosts: LabHosts) -> None:
    """With fail-fast, nothing changes on any host when some hosts are unusable."""
    hosts, place = lab_hosts(5), Workspace(tmp_path)
    first = hosts[0].lab
    key, known = str(first.key), str(first.known_hosts)
    unknown = tmp_path / "unknown_hosts"
    unknown.write_text("")
    hosts[1].ssh("systemctl stop ssh.socket; systemctl stop ssh", check=False)
    hosts[2].cut()
    hosts[3].ssh("mv /usr/bin/python3 /usr/bin/python3.away; mv /usr/bin/python3.11 /usr/bin/p11")
    ssh = {"privateKeyFile": key, "knownHostsFile": known, "timeout": "3s"}
    try:
        place.write(
            {
                "ssh": {"user": "root", **ssh, "hostKeyChecking": "strict"},
                "hosts": [
                    {"name": "fine", "address": hosts[0].address},
                    {"name": "refused", "address": hosts[1].address},
                    {"name": "silent", "address": hosts[2].address},
                    {"name": "pythonless", "address": hosts[3].address},
                    {"name": "guest", "address": hosts[4].address, "user": "guest"},
                    {"name": "stranger", "address": hosts[0].address, "user": "nobody-here"},
                    {"name": "nameless", "address": "no-such-host.invalid"},
                ],
                "policy": {"onFailure": "fail-fast"},
                "modules": [
                    {
                        "name": "work",
                        "tasks": [
                            {
                                "name": "it",
                                "steps": [
                                    {"name": "mark", "file": {"path": "/touched", "state": "touch"}}
                                    | {"become": True}
                                ],
                            }
                        ],
                    }
                ],
            }
        )
        outcome = place.wt("apply", "-f", "cluster.yaml", "--yes")
    finally:
        hosts[2].heal()
    assert outcome.code == 1, outcome.err
    for slug in (
        "connection-refused",
        "connection-timeout",
        "connection-no-python",
        "connection-no-become",
        "connection-auth",
        "connection-dns",
    ):
        assert slug in outcome.err, slug
    assert hosts[0].ssh("test -e /touched", check=False).returncode == 1
