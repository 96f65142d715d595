"""The life of a Kubernetes cluster on real hosts: joined, renewed, upgraded after a kill, left.

One control plane with a stacked etcd and one worker, a third host that comes and goes. The tests
run in order, each on what the one before left; the upgrade needs releases of two minors.
"""

from __future__ import annotations

import json
import os
import signal
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

import kubernetes_releases
from acceptance.lab_documents import ssh
from acceptance.workspace import Outcome, Workspace
from lab.handle import LabHandle

pytestmark = [pytest.mark.kubernetes, pytest.mark.timeout(3600)]

ADMIN = "--kubeconfig=/etc/kubernetes/admin.conf"


class LivingCluster:
    """The cluster of the document, whose hosts and release change."""

    def __init__(self, lab: LabHandle, place: Path) -> None:
        self.lab = lab
        self.first, self.worker, self.third = lab.hosts[:3]
        self.place = Workspace(place, {"CA_PASSPHRASE": "kept-in-mind-only"})
        self.releases = kubernetes_releases.kubernetes()

    def write(self, release: str, third: str = "") -> None:
        """Write the document; ``third`` is the role of the third host, empty without it."""
        directory = kubernetes_releases.directory()
        archives = str(directory / "archives")
        roles = {self.first: "control-plane", self.worker: "worker"}
        roles |= {self.third: third} if third else {}
        versions = {
            name: kubernetes_releases.versions(name)[0] for name in ("cni-plugins", "crictl")
        }
        components: Mapping[str, Any] = {
            "pki": {"passphrase": "${env:CA_PASSPHRASE}"},
            "containerd": {
                "source": "archives",
                "version": kubernetes_releases.versions("containerd")[-1],
                "mirror": archives,
                "programs": ["runc", "cni-plugins", "crictl"],
                "programVersions": versions,
                "restrictOomScoreAdj": True,
            },
            "kubernetes": {
                "version": release,
                "controlPlaneEndpoint": {"host": self.first.address, "port": 6443},
                "mirror": str(directory),
                "imageArchives": f"{directory}/images/v{{release}}/{{name}}.tar",
                "allowCgroupV1": True,
                "proxy": {"conntrackMaxPerCore": 0, "conntrackMin": 0},
            },
        }
        self.place.write(
            {
                "ssh": ssh(self.lab),
                "hosts": [
                    {
                        "name": host.name,
                        "address": host.address,
                        "labels": {"architecture": "amd64"},
                        "roles": [role, "containerd"],
                    }
                    for host, role in roles.items()
                ],
                "components": components,
            }
        )
        locked = self.place.wt("artifacts", "lock", timeout=600)
        assert locked.code == 0, locked.err

    def run(self, *words: str, code: int = 0) -> Outcome:
        """Run ``wt apply`` with these words; it has to end with this exit code."""
        outcome = self.place.wt("apply", *words, "--yes", "-o", "json", timeout=1800)
        assert outcome.code == code, outcome.out + outcome.err
        return outcome

    def kubectl(self, *words: str) -> str:
        """Run kubectl on the first control plane; return its output."""
        return self.first.exec(["kubectl", ADMIN, *words], timeout=300).stdout

    def nodes(self) -> dict[str, tuple[str, bool, bool]]:
        """Return member -> release of its kubelet, whether it is ready, whether it is cordoned."""
        listed = json.loads(self.kubectl("get", "nodes", "-o", "json"))["items"]
        return {
            one["metadata"]["name"]: (
                one["status"]["nodeInfo"]["kubeletVersion"].removeprefix("v"),
                {"type": "Ready", "status": "True"}.items()
                <= next(s for s in one["status"]["conditions"] if s["type"] == "Ready").items(),
                bool(one["spec"].get("unschedulable")),
            )
            for one in listed
        }

    def is_cordoned(self, name: str) -> bool:
        """Whether a member takes no pods; False also while the API server restarts."""
        words = ["get", "node", name, "-o", "jsonpath={.spec.unschedulable}"]
        return self.first.exec(["kubectl", ADMIN, *words], check=False).stdout == "true"

    def etcd_members(self) -> int:
        """Return how many members the stacked etcd has."""
        pki = "/etc/kubernetes/pki/etcd"
        keys = f"--cacert={pki}/ca.crt --cert={pki}/server.crt --key={pki}/server.key"
        enter = 'nsenter --target "$(pgrep --oldest --exact etcd)" --mount --'
        listed = self.first.ssh(f"{enter} /usr/local/bin/etcdctl {keys} member list").stdout
        return len(listed.splitlines())


@pytest.fixture(scope="module")
def cluster(
    container_lab: LabHandle, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[LivingCluster]:
    """One control plane and one worker of the oldest release, created once."""
    container_lab.reset(container_lab.hosts[:3])
    made = LivingCluster(container_lab, tmp_path_factory.mktemp("kubernetes-life"))
    made.write(made.releases[0])
    made.run()
    yield made
    container_lab.reset(container_lab.hosts[:3])


def test_a_control_plane_joins_and_is_taken_out_again(cluster: LivingCluster) -> None:
    cluster.write(cluster.releases[0], third="control-plane")
    cluster.run("--pipeline", "add-hosts")
    assert cluster.nodes()[cluster.third.name] == (cluster.releases[0], True, False)
    assert cluster.etcd_members() == 2
    cluster.run("--pipeline", "remove-hosts", "--param", f"hosts={cluster.third.name}")
    assert cluster.third.name not in cluster.nodes()
    assert cluster.etcd_members() == 1


def test_a_worker_that_is_gone_is_taken_out(cluster: LivingCluster) -> None:
    cluster.lab.reset([cluster.third])
    cluster.write(cluster.releases[0], third="worker")
    cluster.run("--pipeline", "add-hosts", "--param", f"hosts={cluster.third.name}")
    cluster.third.kill()
    # It is named, as its own files could not be removed.
    cluster.run("--pipeline", "remove-hosts", "--param", f"hosts={cluster.third.name}", code=3)
    assert set(cluster.nodes()) == {cluster.first.name, cluster.worker.name}
    cluster.write(cluster.releases[0])


def test_certificates_are_renewed_and_served_once(cluster: LivingCluster) -> None:
    look = "openssl x509 -noout -serial -in /etc/kubernetes/pki/apiserver.crt"
    before = cluster.first.ssh(look).stdout
    cluster.run("--pipeline", "renew-certs", "--param", "withinDays=400")
    after = cluster.first.ssh(look).stdout
    assert after != before
    served = "openssl s_client -connect localhost:6443 </dev/null 2>/dev/null"
    assert cluster.first.ssh(f"{served} | openssl x509 -noout -serial").stdout == after
    cluster.run("--pipeline", "renew-certs")
    assert cluster.first.ssh(look).stdout == after


def test_an_upgrade_that_is_killed_with_a_member_cordoned_ends_after_a_resume(
    cluster: LivingCluster,
) -> None:
    old, new = cluster.releases[0], cluster.releases[-1]
    if old == new:
        pytest.fail("the directory has one release; an upgrade needs two minors")
    cluster.write(new)
    running = cluster.place.start("apply", "--pipeline", "upgrade", "--yes")
    running.wait_until(
        lambda: cluster.is_cordoned(cluster.worker.name), "the worker is cordoned", 1500
    )
    os.killpg(running.pid, signal.SIGKILL)
    running.wait()
    resumed = cluster.place.wt("resume", "--yes", timeout=1800)
    assert resumed.code == 0, resumed.out + resumed.err
    wanted = dict.fromkeys((cluster.first.name, cluster.worker.name), (new, True, False))
    assert cluster.nodes() == wanted


def test_a_second_upgrade_changes_nothing_but_the_backups(cluster: LivingCluster) -> None:
    outcome = cluster.run("--pipeline", "upgrade")
    assert all("snapshot" in name for name in outcome.changed), outcome.changed
