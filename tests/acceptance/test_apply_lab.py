"""``wt apply`` on real hosts over SSH: failing connections, lost hosts, signals."""

from __future__ import annotations

import os
import shutil
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml

from acceptance.lab_documents import command, hosts, ssh
from acceptance.workspace import Outcome, Workspace, processes
from lab.handle import LabHandle
from lab.process import run

pytestmark = pytest.mark.lab(minutes=2)

#: Unique on this machine.
SLEEP = f"sleep 300.{os.getpid()}"
#: A shell line that creates a file when it starts, and ends when another file exists.
AT_WORK, MAY_END = f"/at-work.{os.getpid()}", f"/may-end.{os.getpid()}"
WAIT = f"touch {AT_WORK}; while test ! -e {MAY_END}; do sleep 0.2; done"


def asleep() -> list[str]:
    """Our sleeps anywhere: the machine sees the processes of its lab's hosts, too."""
    return [line for line in processes(SLEEP) if line == SLEEP]


@pytest.fixture(scope="module")
def quiet(lab: LabHandle) -> LabHandle:
    """The freshly reset lab, for tests that leave it unchanged."""
    lab.reset()
    return lab


@pytest.fixture
def three(quiet: LabHandle, tmp_path: Path) -> Workspace:
    """Three hosts that sleep for five minutes, and a node behind that."""
    place = Workspace(tmp_path)
    modules = [
        {"name": "m", "tasks": [command(f"exec {SLEEP}")]},
        {"name": "n", "needs": ["m"], "tasks": [command("true")]},
    ]
    place.write({"ssh": ssh(quiet), "hosts": hosts(quiet, 3), "modules": modules})
    return place


@pytest.mark.alone
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_leaves_no_process_here_or_there(three: Workspace, number: signal.Signals) -> None:
    """Within 5 s nothing is left on control side and hosts; cancelled, 130, hosts named."""
    process = three.start("apply", "--yes", "-o", "json")
    process.wait_until(lambda: len(asleep()) == 3, "three sleeps")

    def work() -> list[str]:
        return asleep() + processes("ansible-playbook", str(three.path))

    outcome, seconds = process.cancel(number, work)
    assert asleep() == []
    assert processes(str(three.path)) == []
    assert seconds < 5
    assert outcome.code == 130, outcome.err
    assert outcome.json["status"] == "cancelled"
    assert outcome.json["interrupted_hosts"] == ["lab1", "lab2", "lab3"]
    shown = three.wt("tasks", "show")
    assert "lab1, lab2, lab3" in shown.out + shown.err


@pytest.fixture
def broken(quiet: LabHandle, tmp_path: Path) -> Iterator[Workspace]:
    """One host that works and one for each way in which a connection can fail."""
    place = Workspace(tmp_path)
    key = place.path / "other_key"
    run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", key])
    address = {host.name: host.address for host in quiet.hosts}
    inventory = quiet.inventory()
    known = place.path / "known_hosts"
    shutil.copy(inventory["known_hosts"], known)
    run(["ssh-keygen", "-q", "-R", address["lab3"], "-f", known])
    public = key.with_suffix(".pub").read_text().split()
    known.write_text(f"{known.read_text()}{address['lab3']} {public[0]} {public[1]}\n")
    named = [
        {"name": "fine", "address": address["lab1"]},
        {"name": "nameless", "address": "no-such-host.invalid"},
        {"name": "refusing", "address": address["lab2"], "port": 2222},
        {
            "name": "keyless",
            "address": address["lab2"],
            "vars": {"ansible_ssh_private_key_file": str(key)},
        },
        {"name": "changed", "address": address["lab3"]},
        {"name": "pythonless", "address": address["lab4"]},
        {"name": "sudoless", "address": address["lab5"], "user": "guest", "become": True},
    ]
    settings = {**ssh(quiet), "knownHostsFile": str(known)}
    modules = [{"name": "m", "tasks": [command("true")]}]
    place.write({"ssh": settings, "hosts": named, "modules": modules})
    quiet.host("lab4").ssh("mkdir /away; mv /usr/bin/python3* /away/")
    yield place
    quiet.host("lab4").ssh("mv /away/* /usr/bin/; rmdir /away")


CAUSES = {
    "nameless": "connection-dns",
    "refusing": "connection-refused",
    "keyless": "connection-auth",
    "changed": "connection-host-key-changed",
    "pythonless": "connection-no-python",
    "sudoless": "connection-no-become",
}


def test_all_failing_connections_are_reported_together(broken: Workspace) -> None:
    """Each with its cause; the working host is processed, unless the policy is fail-fast."""
    outcome = broken.wt("apply", "--yes", "-o", "json")
    for host, slug in CAUSES.items():
        (line,) = [x for x in outcome.err.splitlines() if x.startswith(f"{host}: ")]
        assert f"[{slug}]" in line
    assert outcome.code == 3, outcome.err
    statuses = outcome.hosts("m/t/run")
    assert statuses.pop("fine") == "changed"
    assert set(statuses) == set(CAUSES)
    assert set(statuses.values()) <= {"failed", "unreachable"}

    text = (broken.path / "cluster.yaml").read_text()
    document = yaml.safe_load(text)
    document["spec"]["policy"] = {"onFailure": "fail-fast"}
    (broken.path / "strict.yaml").write_text(yaml.safe_dump(document))
    outcome = broken.wt("apply", "-f", "strict.yaml", "--yes")
    assert outcome.code == 1
    assert "6 of 7 hosts failed the connection check; nothing was changed" in outcome.err


@pytest.fixture(scope="module")
def lost(quiet: LabHandle, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Outcome]:
    """An apply in whose middle lab2 is switched off, lab3 cut off, and lab4's command fails."""
    place = Workspace(tmp_path_factory.mktemp("lost"))
    fail = 'test "{{ inventory_hostname }}" != lab4'
    first = command(f"{fail}; code=$?; {WAIT}; exit $code")
    modules = [
        {"name": "m", "tasks": [first]},
        {
            "name": "n",
            "needs": [{"task": "m/t", "scope": "host"}],
            "tasks": [command("true")],
        },
    ]
    place.write({"ssh": ssh(quiet), "hosts": hosts(quiet, 4), "modules": modules})
    process = place.start("apply", "--yes", "-o", "json")
    at_work = quiet.hosts[:4]
    process.wait_until(
        lambda: all(
            host.exec(["test", "-e", AT_WORK], check=False).returncode == 0 for host in at_work
        ),
        "four hosts at work",
    )
    quiet.host("lab2").kill()
    quiet.host("lab3").cut()
    for name in ("lab1", "lab4"):
        quiet.host(name).exec(["touch", MAY_END])
    out, err = process.communicate(timeout=200)
    yield Outcome(process.returncode, out, err)
    quiet.host("lab3").heal()
    quiet.host("lab2").start()


def test_unreachable_is_not_failed(lost: Outcome) -> None:
    """A lost host is unreachable, a host whose step fails is failed; others continue."""
    assert lost.code == 3, lost.err
    assert lost.hosts("m/t/run") == {
        "lab1": "changed",
        "lab2": "unreachable",
        "lab3": "unreachable",
        "lab4": "failed",
    }


def test_what_depends_on_a_lost_host_goes_on_without_it(lost: Outcome) -> None:
    """Per host: only lab1 gets to the next node, and the others name the node that dropped them."""
    assert lost.hosts("n/t/run") == {
        "lab1": "changed",
        "lab2": "not-run",
        "lab3": "not-run",
        "lab4": "not-run",
    }
    causes = {host["caused_by"] for host in lost.nodes["n/t/run"]["hosts"].values()}
    assert causes == {None, "m/t/run"}
