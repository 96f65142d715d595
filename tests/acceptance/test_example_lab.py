"""The example cluster ``lab-demo`` on five real hosts: applied, verified, failed over, destroyed.

One cluster for the whole file; the tests run in order, each on what the one before left.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from acceptance.lab_documents import example
from acceptance.workspace import ROOT
from lab.handle import HostHandle, LabHandle
from proven_runs import ProvenRun, digest_of, digest_of_bundle

pytestmark = [pytest.mark.lab(minutes=4), pytest.mark.slow, pytest.mark.timeout(900)]

#: Seconds after which nobody will answer any more; `make demo-lab` shows how few it takes.
_PATIENCE = 120


class Demo:
    """The applied example."""

    def __init__(self, lab: LabHandle, place: Path) -> None:
        self.lab = lab
        self.place, self.vip = example(lab, place)

    def ask(self, seconds: int = 30) -> str:
        """What a visitor of the virtual address gets; empty when nobody answers in time."""
        argv = ["curl", "-fsS", "--max-time", str(seconds), f"http://{self.vip}/"]
        return subprocess.run(argv, capture_output=True, text=True, check=False).stdout

    def holder(self) -> HostHandle:
        """The load balancer that has the virtual address."""
        (found,) = [
            host
            for host in self.lab.hosts[:2]
            if f"{self.vip}/" in host.exec(["ip", "-br", "address"]).stdout
        ]
        return found

    def proven_bundle(self, bundle: Path) -> ProvenRun:
        """The record of a plain run of this bundle on the applied hosts: it changes nothing."""
        files = [Path(__file__), ROOT / "collections/vendor.py", *(ROOT / "tests/lab").glob("*.*")]
        shared = digest_of(ROOT, files, "ansible-core")
        # Each lab has its own subnet, key and host keys.
        inventory = self.lab.inventory()
        network = self.vip.rpartition(".")[0] + "."
        own = [str(inventory["key"]), str(inventory["known_hosts"]), network]
        built = digest_of_bundle(bundle, self.place.path, *own)
        return ProvenRun("bundle-lab-demo", f"{shared}-{built}")


@pytest.fixture(scope="module")
def demo(lab: LabHandle) -> Iterator[Demo]:
    """The example on fresh hosts, applied once."""
    lab.reset()
    # Its path is as long in each run, so that the files of the bundle fold in the same places.
    with tempfile.TemporaryDirectory(prefix="wt-", dir="/tmp") as directory:
        demo = Demo(lab, Path(directory))
        outcome = demo.place.wt("apply", "--yes", "-o", "json", timeout=800)
        assert outcome.code == 0, outcome.err
        assert set(outcome.statuses.values()) == {"succeeded"}
        yield demo
    lab.reset()


def test_the_virtual_address_answers(demo: Demo) -> None:
    """Both web hosts answer in turn, and count their visitors together in etcd."""
    answers = [demo.ask() for _ in range(4)]
    assert {"web1", "web2"} == {answer.split()[2].rstrip(":") for answer in answers}
    counts = [int(answer.split()[4].rstrip(",")) for answer in answers]
    assert counts == list(range(counts[0], counts[0] + 4))


def test_the_bundle_by_itself_finds_nothing_to_do(demo: Demo) -> None:
    """Plain ``ansible-playbook site.yml`` of the same document reports changed=0.

    The gate does not repeat the run with the same bundle.
    """
    assert demo.place.wt("compile", "--dir", "build").code == 0
    proven = demo.proven_bundle(demo.place.path / "build")
    if proven.is_proven():
        return
    program = Path(sys.executable).parent / "ansible-playbook"
    ran = subprocess.run(
        [program, "site.yml"],
        cwd=demo.place.path / "build",
        env={**demo.place.environment, "ANSIBLE_HOME": str(demo.place.path / "ansible")},
        capture_output=True,
        text=True,
        check=False,
    )
    assert ran.returncode == 0, ran.stdout + ran.stderr
    recap = ran.stdout.partition("PLAY RECAP")[2]
    assert recap.count("changed=0") == 6, recap
    proven.record()


@pytest.mark.long  # All hosts again; the bundle by itself changes nothing, as the test above shows.
def test_a_second_apply_changes_nothing(demo: Demo) -> None:
    """The reviewed bundle again: exit code 0, no node changed on any host."""
    outcome = demo.place.wt("apply", "--dir", "build", "--yes", "-o", "json")
    assert outcome.code == 0, outcome.err
    assert outcome.changed == []


def test_verify_finds_the_cluster_as_described(demo: Demo) -> None:
    """Every component's own check passes."""
    outcome = demo.place.wt("verify", "--yes", "-o", "json")
    assert outcome.code == 0, outcome.err
    assert {node.split("/")[0] for node in outcome.statuses} >= {"etcd", "loadbalancer", "nginx"}


def test_without_its_load_balancer_the_address_still_answers(demo: Demo) -> None:
    """The one that holds the address loses its power; then the other one answers."""
    held = demo.holder()
    held.kill()
    began = time.monotonic()
    while not demo.ask(2):
        assert time.monotonic() - began < _PATIENCE
    held.start()


def test_the_passphrase_is_nowhere(demo: Demo) -> None:
    """Neither bundles nor state hold the secret that the document refers to."""
    assert demo.place.texts("kept-in-mind-only") == []


def test_destroy_takes_the_services_away(demo: Demo) -> None:
    """Nothing answers any more, no service of the cluster runs on any host."""
    outcome = demo.place.wt("destroy", "--yes", "-o", "json")
    assert outcome.code == 0, outcome.err
    assert demo.ask(2) == ""
    services = ["etcd", "haproxy", "keepalived", "nginx"]
    for host in demo.lab.hosts:
        states = host.exec(["systemctl", "is-active", *services], check=False).stdout.split()
        assert "active" not in states
