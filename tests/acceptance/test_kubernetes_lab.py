"""A cluster of Kubernetes on real hosts: made, used, left alone by a second run, and destroyed.

Three control planes with an etcd of their own each, a virtual address, and two workers. One cluster
for the whole file; the tests run in order, each on what the one before left.
"""

from __future__ import annotations

import json
import time
from base64 import b64decode
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

import pytest

import kubernetes_releases
from acceptance.lab_documents import ssh
from acceptance.workspace import Outcome, Workspace
from lab.handle import HostHandle, LabHandle

pytestmark = [pytest.mark.kubernetes, pytest.mark.timeout(1800)]

PASSPHRASE = "kept-in-mind-only"
#: A server on every worker, which answers with the name of its pod.
WORKLOAD = """
apiVersion: apps/v1
kind: Deployment
metadata: {name: hello}
spec:
  replicas: 2
  selector: {matchLabels: {app: hello}}
  template:
    metadata: {labels: {app: hello}}
    spec:
      affinity:
        podAntiAffinity:
          requiredDuringSchedulingIgnoredDuringExecution:
            - {topologyKey: kubernetes.io/hostname, labelSelector: {matchLabels: {app: hello}}}
      containers:
        - {name: hello, image: "worldtree.test/hello:1", ports: [{containerPort: 8080}]}
---
apiVersion: v1
kind: Service
metadata: {name: hello}
spec:
  type: NodePort
  selector: {app: hello}
  ports: [{port: 80, targetPort: 8080, nodePort: 30080}]
---
apiVersion: v1
kind: Pod
metadata: {name: client}
spec:
  containers:
    - {name: client, image: "worldtree.test/busybox:1", command: [/bin/busybox, sleep, "3600"]}
"""

#: Prints what a URL is answered with; who answers is not what is asked.
ASK = """
import ssl, sys, urllib.request
unchecked = ssl._create_unverified_context()
print(urllib.request.urlopen(sys.argv[1], timeout=3, context=unchecked).read().decode())
"""


class Cluster:
    """The cluster of the document, and how its hosts are asked."""

    def __init__(self, lab: LabHandle, place: Path) -> None:
        self.hosts = lab.hosts
        self.control_planes, self.workers = self.hosts[:3], self.hosts[3:5]
        self.vip = lab.inventory()["vip"]
        self.place = Workspace(place, {"CA_PASSPHRASE": PASSPHRASE})
        self._ssh = ssh(lab)
        self.version = kubernetes_releases.kubernetes()[0]

    def write(self) -> None:
        """Write the document."""
        directory = kubernetes_releases.directory()
        archives = str(directory / "archives")
        planes = ["control-plane", "etcd", "loadbalancer", "containerd"]
        roles = {one.name: planes for one in self.control_planes}
        programs = ["runc", "cni-plugins", "crictl"]
        versions = {
            name: kubernetes_releases.versions(name)[0] for name in programs if name != "runc"
        }
        components: dict[str, Any] = {
            "pki": {"passphrase": "${env:CA_PASSPHRASE}"},
            "loadbalancer": {"vip": f"{self.vip}/24"},
            "etcd": {"version": kubernetes_releases.versions("etcd")[-1], "mirror": archives},
            "containerd": {
                "source": "archives",
                "version": kubernetes_releases.versions("containerd")[-1],
                "mirror": archives,
                "programs": programs,
                "programVersions": versions,
                "restrictOomScoreAdj": True,
            },
            "kubernetes": {
                "version": self.version,
                "controlPlaneEndpoint": {"host": self.vip, "port": 8443},
                "mirror": str(directory),
                "imageArchives": f"{directory}/images/v{{release}}/{{name}}.tar",
                "allowCgroupV1": True,
                "proxy": {"conntrackMaxPerCore": 0, "conntrackMin": 0},
            },
        }
        self.place.write(
            {
                "ssh": self._ssh,
                "hosts": [
                    {
                        "name": one.name,
                        "address": one.address,
                        "labels": {"architecture": "amd64"},
                        "roles": roles.get(one.name, ["worker", "containerd"]),
                    }
                    for one in self.hosts
                ],
                "components": components,
            }
        )

    def apply(self) -> Outcome:
        """Run ``wt apply``, which has to succeed."""
        outcome = self.place.wt("apply", "--yes", "-o", "json", timeout=1500)
        assert outcome.code == 0, outcome.err
        return outcome

    def kubectl(self, *words: str, on: HostHandle | None = None) -> str:
        """Run kubectl on a control plane, the first one unless told; return its output."""
        host = on or self.control_planes[0]
        argv = ["kubectl", "--kubeconfig=/etc/kubernetes/admin.conf", *words]
        return host.exec(argv, timeout=300).stdout

    def nodes(self) -> dict[str, str]:
        """Return member -> whether it is ready, as ``True``, ``False`` or ``Unknown``."""
        listed = json.loads(self.kubectl("get", "nodes", "-o", "json"))["items"]
        return {
            one["metadata"]["name"]: next(
                state["status"] for state in one["status"]["conditions"] if state["type"] == "Ready"
            )
            for one in listed
        }

    def ask(self, url: str, *, on: HostHandle) -> str:
        """Return what a URL answers a host with; empty where it does not."""
        return on.exec(["python3", "-c", ASK, url], check=False).stdout.strip()

    def start_workload(self) -> None:
        """Start the two pods, whose image the workers get as a file."""
        for worker in self.workers:
            for name in ("hello", "busybox"):
                archive = kubernetes_releases.directory() / "images" / "worldtree" / f"{name}.tar"
                worker.send(archive, "/root/image.tar")
                worker.exec(["ctr", "--namespace=k8s.io", "images", "import", "/root/image.tar"])
        self.control_planes[0].ssh(f"cat > /root/hello.yaml <<'END'\n{WORKLOAD}\nEND")
        self.kubectl("apply", "--filename=/root/hello.yaml")
        self.kubectl("rollout", "status", "deployment/hello", "--timeout=180s")
        self.kubectl("wait", "pod/client", "--for=condition=Ready", "--timeout=60s")


class Answers:
    """What a URL has answered a host with so far."""

    def __init__(self, cluster: Cluster, url: str, host: HostHandle) -> None:
        self._ask = partial(cluster.ask, url, on=host)
        self._answers: set[str] = set()

    def include(self, wanted: set[str]) -> bool:
        """Ask once more; return whether all of ``wanted`` came."""
        self._answers.add(self._ask())
        return wanted <= self._answers


def until(condition: Callable[[], bool], what: str, seconds: float = 120) -> None:
    """Wait for a condition; AssertionError when time is up."""
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, f"not within {seconds} s: {what}"
        time.sleep(1)


@pytest.fixture(scope="module")
def cluster(
    container_lab: LabHandle, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Cluster]:
    """The cluster, created once."""
    container_lab.reset()
    made = Cluster(container_lab, tmp_path_factory.mktemp("kubernetes"))
    made.write()
    locked = made.place.wt("artifacts", "lock", timeout=600)
    assert locked.code == 0, locked.err
    made.apply()
    yield made
    container_lab.reset()


def test_every_member_is_ready(cluster: Cluster) -> None:
    assert cluster.nodes() == dict.fromkeys((one.name for one in cluster.hosts), "True")
    asked = json.loads(cluster.kubectl("get", "--raw", "/version"))
    assert asked["gitVersion"] == f"v{cluster.version}"


def test_a_second_run_changes_nothing(cluster: Cluster) -> None:
    assert cluster.apply().changed == []


def test_verify_finds_the_cluster_as_described(cluster: Cluster) -> None:
    outcome = cluster.place.wt("verify", "--yes", "-o", "json", timeout=600)
    assert outcome.code == 0, outcome.err


def test_pods_answer_each_other_by_name_and_from_outside(cluster: Cluster) -> None:
    """Two pods on two members behind a service: asked by its name, and at a port of members."""
    cluster.start_workload()
    names = set(
        cluster.kubectl(
            "get", "pods", "--selector=app=hello", "-o", "jsonpath={.items[*].metadata.name}"
        ).split()
    )
    assert len(names) == 2
    for host in (cluster.control_planes[1], *cluster.workers):
        url = f"http://{cluster.workers[1].address}:30080/"
        answers = Answers(cluster, url, host)
        until(partial(answers.include, names), f"pods answer {host.name}")
    address = cluster.kubectl("get", "service", "hello", "-o", "jsonpath={.spec.clusterIP}")
    # What answers is a pod on another host, behind the address of a service.
    inside = ("exec", "client", "--", "/bin/busybox", "nslookup")
    found = cluster.kubectl(*inside, "hello.default.svc.cluster.local")
    assert address in found
    assert cluster.ask(f"http://{address}/", on=cluster.workers[0]) in names


def test_the_cluster_works_without_one_control_plane(cluster: Cluster) -> None:
    """The one that was made first: clients have the virtual address."""
    first, second = cluster.control_planes[:2]
    first.kill()
    url = f"https://{cluster.vip}:8443/readyz"
    until(lambda: cluster.ask(url, on=cluster.workers[0]) == "ok", "the API answers", 60)
    cluster.kubectl("create", "configmap", "kept", "--from-literal=a=b", on=second)
    hello = f"http://{cluster.workers[0].address}:30080/"
    assert cluster.ask(hello, on=cluster.workers[1])
    first.start()
    ready = dict.fromkeys((one.name for one in cluster.hosts), "True")
    until(lambda: cluster.nodes() == ready, "all members are ready again", 240)
    assert "kept" in cluster.kubectl("get", "configmaps", "-o", "name")


def test_no_secret_is_on_the_control_side(cluster: Cluster) -> None:
    """Neither the passphrase, nor an authority's key in clear, nor a token by which hosts join.

    Keys that are no authority's are where `pki` keeps them, and the administrator's is in the
    kubeconfig that is brought.
    """
    assert cluster.place.texts(PASSPHRASE) == []
    where = {
        "ca": [],
        "front-proxy-ca": [],
        "sa": ["state/pki/cluster/kubernetes/service-accounts.key"],
    }
    for name, files in where.items():
        line = f"sed -n 2p /etc/kubernetes/pki/{name}.key"
        key = cluster.control_planes[0].ssh(line).stdout.strip()
        assert len(key) == 64
        assert cluster.place.texts(key) == files
    selector = "--field-selector=type=bootstrap.kubernetes.io/token"
    column = "jsonpath={.items[*].data.token-secret}"
    listed = cluster.kubectl("get", "secrets", "-n", "kube-system", selector, "-o", column).split()
    # One of each run that let hosts join.
    assert listed
    for secret in listed:
        assert cluster.place.texts(b64decode(secret).decode()) == []
    admin = "state/files/cluster/kubeconfig/cluster/admin.conf"
    assert cluster.place.texts("client-key-data: ") == [admin]


def test_destroy_leaves_bare_hosts(cluster: Cluster) -> None:
    outcome = cluster.place.wt("destroy", "--yes", "-o", "json", timeout=900)
    assert outcome.code == 0, outcome.err
    look = "ls -d /etc/kubernetes /var/lib/kubelet/* /etc/cni/net.d/*.conflist 2>/dev/null"
    processes = "pgrep -l 'kube|etcd|containerd|pause|hello'"
    rules = "nft list ruleset | grep -i -e kube -e worldtree_pods; ip link show cni0 2>/dev/null"
    for host in cluster.hosts:
        left = host.exec(["sh", "-c", f"{look}; {processes}; {rules}"], check=False).stdout
        assert left == "", f"{host.name}: {left}"
