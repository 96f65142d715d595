"""Warm connections over ssh on real hosts: the same results as without, and nothing is left."""

from __future__ import annotations

import json
import os
import signal
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from acceptance.lab_documents import ssh
from acceptance.workspace import Outcome, Workspace, processes, wait_until_gone
from lab.handle import HostHandle, LabHandle
from lab_plugin import LabHosts

pytestmark = [
    pytest.mark.lab(minutes=3),
    pytest.mark.long,  # Real hosts, and a whole `wt apply` or two each.
]

SLEEP = f"sleep 302.{os.getpid()}"
#: Seconds after which something hangs.
LIMIT = 120.0
#: Prints processes and directories of servers.
_LOOK = "grep -slx 'wt-.*' /proc/[0-9]*/comm; ls -d /tmp/.wt-*; true"
#: Prints the environment, less what differs from run to run.
_ENV = "env | sort | grep -v ^SSH_C | sed s/WORLDTREE_ATTEMPT=.*/WORLDTREE_ATTEMPT/"
#: Prints what the steps have made.
_MADE = "cat /root/seen /srv/wt/render; ls -lR --time-style=+ /srv/wt; getent passwd wtwarm"
STEPS: list[dict[str, Any]] = [
    {"command": {"argv": ["sh", "-c", f"{{ id; pwd; umask; {_ENV}; }} > /root/seen"]}},
    {"directory": {"path": "/srv/wt", "mode": "0750"}},
    {"copy": {"content": "x\n", "dest": "/srv/wt/copy", "mode": "0640"}},
    {"render": {"src": "t.j2", "dest": "/srv/wt/render"}},
    {"file": {"path": "/srv/wt/link", "state": "link", "src": "/srv/wt/copy"}},
    {"command": {"argv": ["tar", "-cf", "/srv/wt/a.tar", "-C", "/srv/wt", "copy"]}},
    {"directory": {"path": "/srv/wt/out"}},
    {"unarchive": {"src": "/srv/wt/a.tar", "dest": "/srv/wt/out", "remote_src": True}},
    {"fetch": {"url": "file:///srv/wt/copy", "dest": "/srv/wt/fetched"}},
    {"script": {"cmd": "s.sh a"}},
    {"assert": {"that": ["1 == 1"]}},
    {"pause": {"seconds": 1}},
    {"wait": {"port": 22}},
    {"sysctl": {"name": "net.ipv4.tcp_keepalive_time", "value": 77}},
    {"service": {"name": "ssh", "state": "started"}},
    {"package": {"name": "no-such-package", "state": "absent"}},
    {"user": {"name": "wtwarm", "system": True}},
    {"local": {"argv": ["true"]}},
]


def place_on(
    path: Path, lab: LabHandle, hosts: list[HostHandle], *steps: Mapping[str, Any]
) -> Workspace:
    """A workspace with one task on hosts."""
    path.mkdir(exist_ok=True)
    place = Workspace(path)
    (path / "templates").mkdir(exist_ok=True)
    (path / "templates" / "t.j2").write_text("{{ worldtree_node | default('n') }}\n")
    (path / "files").mkdir(exist_ok=True)
    (path / "files" / "s.sh").write_text("#!/bin/sh\necho script $1\n")
    named = [{"name": f"s{n}", **step} for n, step in enumerate(steps, 1)]
    place.write(
        {
            "stateDir": "/var/lib/worldtree",
            "ssh": ssh(lab),
            "hosts": [{"name": "one", "address": hosts[0].address}]
            + [{"name": f"more{n}", "address": h.address} for n, h in enumerate(hosts[1:])],
            "modules": [{"name": "m", "tasks": [{"name": "t", "steps": named}]}],
        }
    )
    return place


def left(hosts: list[HostHandle]) -> list[str]:
    """Servers on hosts, and what they keep there."""
    found = [(host, host.exec(["sh", "-c", _LOOK]).stdout.splitlines()) for host in hosts]
    return [f"{host.name}: {line}" for host, lines in found for line in lines]


def asleep() -> list[str]:
    """Our sleeps anywhere: the machine sees the processes of its lab's hosts, too."""
    return [line for line in processes(SLEEP) if line == SLEEP]


def calls(place: Workspace) -> dict[str, Any]:
    """How modules were called in the last task."""
    shown = place.wt("tasks", "show", "-o", "json")
    assert shown.code == 0, shown.err
    found: dict[str, Any] = shown.json["module_calls"]
    return found


def results(outcome: Outcome) -> dict[str, Any]:
    """Status and change of each node."""
    return {
        name: (node["status"], [host["changed"] for host in node["hosts"].values()])
        for name, node in outcome.nodes.items()
    }


def test_every_built_in_step_kind_goes_warm_with_the_same_results(
    tmp_path: Path, lab: LabHandle, lab_hosts: LabHosts
) -> None:
    """One host warm, the other one not. Scripts are no modules, and count neither way."""
    warm, cold = lab_hosts(2)
    places = [place_on(tmp_path / host.name, lab, [host], *STEPS) for host in (warm, cold)]
    applied = places[0].wt("apply", "--yes", "-o", "json")
    assert applied.code == 0, applied.err
    ordinary = places[1].wt("apply", "--yes", "--no-warm", "-o", "json")
    assert ordinary.code == 0, ordinary.err
    assert results(applied) == results(ordinary)
    assert calls(places[0])["ordinary"] == {}
    assert calls(places[0])["warm"] >= len(STEPS)
    assert calls(places[1]) == {"warm": 0, "ordinary": {}}
    assert warm.ssh(_MADE).stdout == cold.ssh(_MADE).stdout
    assert left([warm]) == []


def test_a_cancel_and_a_kill_leave_no_server(
    tmp_path: Path, lab: LabHandle, lab_hosts: LabHosts
) -> None:
    """Cancelled by a signal; and when ansible-playbook is killed, which cannot end its servers."""
    hosts = lab_hosts(2)
    place = place_on(tmp_path, lab, hosts, {"command": {"argv": SLEEP.split()}})
    process = place.start("apply", "--yes", "-o", "json")
    process.wait_until(lambda: len(asleep()) == 2, "two sleeps")
    assert [line for line in left(hosts) if "comm" in line] != []
    outcome, _ = process.cancel(signal.SIGINT, lambda: asleep() + servers(hosts))
    assert outcome.json["status"] == "cancelled"

    process = place.start("apply", "--yes", "-o", "json")
    process.wait_until(lambda: len(asleep()) == 2, "two sleeps")
    os.kill(_playbook(place), signal.SIGKILL)
    assert wait_until_gone(lambda: asleep() + servers(hosts), LIMIT) == []
    assert process.finish().code != 0


def servers(hosts: list[HostHandle]) -> list[str]:
    """Processes of servers."""
    return [line for line in left(hosts) if "/proc/" in line]


def _playbook(place: Workspace) -> int:
    """The process that is ansible-playbook: the one of its supervisor's that has its name."""
    files = place.home.glob("tasks/*/attempts/*/supervisor.json")
    supervisors = {str(json.loads(file.read_text())["pid"]) for file in files}
    (found,) = (
        int(stat.parent.name)
        for stat in Path("/proc").glob("[0-9]*/stat")
        if (fields := _stat(stat))[1].startswith("(wt-") and fields[3] in supervisors
    )
    return found


def _stat(path: Path) -> list[str]:
    try:
        return path.read_text().split()
    except OSError:
        return [""] * 4


def test_a_host_that_is_lost_is_unreachable(
    tmp_path: Path, lab: LabHandle, lab_hosts: LabHosts
) -> None:
    """Its module has started on the server, and nobody knows its end."""
    hosts = lab_hosts(2)
    place = place_on(tmp_path, lab, hosts, {"command": {"argv": SLEEP.split()}})
    process = place.start("apply", "--yes", "-o", "json")
    process.wait_until(lambda: len(asleep()) == 2, "two sleeps")
    hosts[0].kill()
    for host in hosts[1:]:
        host.exec(["pkill", "-f", SLEEP])
    outcome = process.finish()
    assert outcome.hosts("m/t/s1") == {"one": "unreachable", "more0": "failed"}
    hosts[0].start()


def test_a_host_that_forbids_forwarding_takes_the_ordinary_path(
    tmp_path: Path, lab: LabHandle, lab_hosts: LabHosts
) -> None:
    """And another user of a host that does not can neither see a server's socket nor use it."""
    hosts = lab_hosts(2)
    hosts[0].ssh(
        "echo 'AllowStreamLocalForwarding no' > /etc/ssh/sshd_config.d/a.conf; systemctl reload ssh"
    )
    look = (
        "test -e /etc/ssh/sshd_config.d/a.conf && exit 0; su guest -s /bin/sh -c true || exit 5; "
        'd=$(echo /tmp/.wt-*); test -S "$d/s" || exit 3; '
        'if su guest -s /bin/sh -c "ls $d"; then exit 1; fi; '
        "if su guest -s /bin/sh -c \"python3 -c '"
        "import socket, sys; socket.socket(1).connect(sys.argv[1])' $d/s\"; then exit 2; fi"
    )
    steps = ({"command": {"argv": argv}} for argv in (["true"], ["sh", "-c", look]))
    place = place_on(tmp_path, lab, hosts, *steps)
    outcome = place.wt("apply", "--yes", "-o", "json")
    assert outcome.code == 0, outcome.err
    counted = calls(place)
    assert set(counted["ordinary"]) == {"no-forwarding"}
    assert counted["warm"] > 0
    assert left(hosts) == []
