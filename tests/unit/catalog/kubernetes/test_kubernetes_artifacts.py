"""What members of a cluster need from elsewhere."""

from __future__ import annotations

from typing import Any

from unit.catalog.kubernetes.clusters import cluster, config
from worldtree.catalog.components.kubernetes.kubernetes_artifacts import artifact_requests

ARCHIVES = "https://mirror.example/v{release}/{name}-{version}-{architecture}.tar"


def needed(
    workers: int = 0, etcd: int = 0, **fields: Any
) -> dict[str, tuple[list[str], list[str]]]:
    """Return name -> (locations for amd64, hosts)."""
    made = config(**fields)
    found = artifact_requests(made, cluster(made, workers=workers, etcd=etcd))
    return {
        one.name: ([s.location for s in one.variant("amd64").sources], list(one.hosts))
        for one in found
    }


def test_every_member_needs_the_programs() -> None:
    found = needed(workers=1, mirror="https://mirror.example/")
    assert found.keys() == {"kubeadm", "kubelet", "kubectl"}
    location = "https://mirror.example/release/v1.36.3/bin/linux/amd64/kubelet"
    assert found["kubelet"] == ([location], ["cp1", "w1"])


def test_workers_get_the_images_that_run_there() -> None:
    found = needed(workers=1, imageArchives=ARCHIVES)
    both = {name for name, (_, hosts) in found.items() if "w1" in hosts}
    assert both == {"kubeadm", "kubelet", "kubectl", "pause", "coredns", "kube-proxy"}
    assert found["coredns"][0] == ["https://mirror.example/v1.36.3/coredns-v1.14.2-amd64.tar"]


def test_images_that_nothing_runs_are_not_brought() -> None:
    off = {"dns": {"enabled": False}, "proxy": {"enabled": False}, "imageArchives": ARCHIVES}
    assert {"coredns", "kube-proxy"}.isdisjoint(needed(workers=1, **off))
    assert "etcd" in needed(**off)
    assert "etcd" not in needed(etcd=1, **off)
