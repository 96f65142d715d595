"""A private registry and a host with containerd: pushed, pulled, run, restarted, removed.

One cluster for the whole file; the tests run in order, each on what the one before left.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from acceptance.lab_documents import ssh
from acceptance.wait_image import PREPARE_HOST, write_image
from acceptance.workspace import Workspace
from lab.handle import HostHandle, LabHandle

# Minutes of real programs on real hosts, which the scenarios `registry` and `containerd` show in
# the gate one by one; here they work together.
pytestmark = [pytest.mark.lab(minutes=6), pytest.mark.long, pytest.mark.timeout(1800)]

PASSWORD = "kept-in-mind-only"
#: The registry in whose name the image is pulled; nobody asks the real one.
UPSTREAM = "docker.io"
IMAGE = f"{UPSTREAM}/library/wait:1.0"
#: Prints the status that a URL is answered with, by the authority that the node has got.
ASK = """
import ssl, sys, urllib.error, urllib.request
trusted = ssl.create_default_context(cafile="/etc/containerd/pki/ca.crt")
try:
    print(urllib.request.urlopen(sys.argv[1], context=trusted).status)
except urllib.error.HTTPError as error:
    print(error.code)
"""


class Cluster:
    """The applied cluster."""

    def __init__(self, lab: LabHandle, place: Path) -> None:
        self.registry, self.node = lab.hosts[:2]
        self.place = Workspace(place, {"REGISTRY_PASSWORD": PASSWORD})
        self._ssh = ssh(lab)
        write_image(place / "wait.tar")
        self.node.ssh(PREPARE_HOST)

    def write(self, **containerd: object) -> None:
        """Write the document, with more settings of containerd."""
        user = {"name": "puller", "password": "${env:REGISTRY_PASSWORD}"}
        pushed = {"name": IMAGE, "sources": ["./wait.tar"]}
        hosts: list[tuple[HostHandle, str]] = [
            (self.registry, "registry"),
            (self.node, "containerd"),
        ]
        self.place.write(
            {
                "ssh": self._ssh,
                "hosts": [
                    {"name": one.name, "address": one.address, "roles": [role]}
                    for one, role in hosts
                ],
                "components": {
                    "pki": {"passphrase": "${env:REGISTRY_PASSWORD}"},
                    "registry": {"users": [user], "images": [pushed], "upstream": False},
                    "containerd": {"restrictOomScoreAdj": True, "programs": ["runc"], **containerd},
                },
            }
        )

    def tasks(self) -> str:
        """The containers of the node, with their processes."""
        return self.node.ssh("ctr tasks ls").stdout


@pytest.fixture(scope="module")
def cluster(lab: LabHandle, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    """Both hosts, applied once, with one container of the pushed image."""
    lab.reset(lab.hosts[:2])
    made = Cluster(lab, tmp_path_factory.mktemp("containers"))
    made.write()
    assert made.place.wt("artifacts", "lock").code == 0
    outcome = made.place.wt("apply", "--yes", "-o", "json", timeout=900)
    assert outcome.code == 0, outcome.err
    yield made
    lab.reset(lab.hosts[:2])


def test_an_image_is_pulled_through_the_mirror_and_runs(cluster: Cluster) -> None:
    """TLS with the cluster's authority, user and password; the real registry is not asked."""
    cluster.node.ssh(f"ctr images pull --hosts-dir /etc/containerd/certs.d {IMAGE}")
    cluster.node.ssh(f"ctr run --detach {IMAGE} first")
    assert "RUNNING" in cluster.tasks()
    missing = f"{UPSTREAM}/library/hello-world:latest"
    pull = f"ctr images pull --hosts-dir /etc/containerd/certs.d {missing}"
    refused = cluster.node.ssh(pull, check=False)
    assert refused.returncode != 0
    assert f"{cluster.registry.address}:5000" in refused.stderr


def test_nobody_gets_in_without_the_password(cluster: Cluster) -> None:
    url = f"https://{cluster.registry.address}:5000/v2/_catalog"
    assert cluster.node.exec(["python3", "-c", ASK, url]).stdout == "401\n"
    settings = cluster.node.ssh("find /etc/containerd -name hosts.toml ! -perm 0600").stdout
    assert settings == ""


def test_a_change_restarts_containerd_and_no_container(cluster: Cluster) -> None:
    before = cluster.tasks()
    daemon = cluster.node.ssh("systemctl show --property=MainPID containerd").stdout
    cluster.write(logLevel="debug")
    outcome = cluster.place.wt("apply", "--yes", "-o", "json", timeout=900)
    assert outcome.code == 0, outcome.err
    assert {node.split("/")[0] for node in outcome.changed} == {"containerd"}
    assert cluster.node.ssh("systemctl show --property=MainPID containerd").stdout != daemon
    assert cluster.tasks() == before


def test_one_component_is_applied_alone(cluster: Cluster) -> None:
    """What stands before it got a secret; nothing of it is missing."""
    for name in ("containerd", "registry"):
        outcome = cluster.place.wt("apply", "--yes", "--only", name, "-o", "json", timeout=600)
        assert outcome.code == 0, outcome.err
        assert outcome.changed == []


def test_verify_finds_both_as_described(cluster: Cluster) -> None:
    outcome = cluster.place.wt("verify", "--yes", "-o", "json", timeout=600)
    assert outcome.code == 0, outcome.err
    assert {node.split("/")[0] for node in outcome.statuses} >= {"registry", "containerd"}


def test_garbage_is_deleted_once_and_images_stay(cluster: Cluster) -> None:
    """The check before left the layers of an image that it deleted."""
    words = ("apply", "--pipeline", "garbage-collect", "--yes", "-o", "json")
    outcome = cluster.place.wt(*words, timeout=600)
    assert outcome.code == 0, outcome.err
    assert outcome.changed == [
        f"registry/garbage_collect/garbage-collect on {cluster.registry.name}"
    ]
    assert cluster.place.wt(*words, timeout=600).changed == []
    cluster.node.ssh(f"ctr images pull --hosts-dir /etc/containerd/certs.d {IMAGE}")


def test_the_password_is_nowhere(cluster: Cluster) -> None:
    """Neither bundles nor state hold what the document refers to."""
    assert cluster.place.texts(PASSWORD) == []


def test_destroy_ends_containers_and_services(cluster: Cluster) -> None:
    outcome = cluster.place.wt("destroy", "--yes", "-o", "json", timeout=600)
    assert outcome.code == 0, outcome.err
    look = "ls -d /etc/containerd /usr/bin/ctr 2>/dev/null; pgrep -x wait"
    assert cluster.node.exec(["sh", "-c", look], check=False).stdout == ""
    state = cluster.registry.exec(["systemctl", "is-active", "registry"], check=False)
    assert state.stdout != "active\n"
