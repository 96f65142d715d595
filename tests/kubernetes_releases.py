"""Releases of Kubernetes and what belongs to it, in the directory that a variable names.

Below the directory, with the names that the projects publish::

    release/v1.34.9/bin/linux/amd64/{kubeadm,kubelet,kubectl}
    images/v1.34.9/NAME.tar    kube-apiserver, kube-controller-manager, kube-scheduler, kube-proxy,
                               pause, coredns, etcd
    images/worldtree/          hello.tar: worldtree.test/hello:1, which answers HTTP on port 8080
                               with the name of its pod; busybox.tar: worldtree.test/busybox:1
    archives/                  etcd-v3.5.30-linux-amd64.tar.gz, containerd-2.1.9-linux-amd64.tar.gz,
                               runc.amd64, cni-plugins-linux-amd64-v1.9.1.tgz,
                               crictl-v1.34.0-linux-amd64.tar.gz
"""

from __future__ import annotations

import os
import re
from pathlib import Path

from lab_plugin import ARTIFACTS

_ARCHIVES = {
    "etcd": r"etcd-v(.+)-linux-amd64\.tar\.gz",
    "containerd": r"containerd-(.+)-linux-amd64\.tar\.gz",
    "cni-plugins": r"cni-plugins-linux-amd64-v(.+)\.tgz",
    "crictl": r"crictl-v(.+)-linux-amd64\.tar\.gz",
}


def directory() -> Path:
    """Return the directory; tests marked ``kubernetes`` run only where the variable is set."""
    return Path(os.environ[ARTIFACTS])


def kubernetes() -> list[str]:
    """Return the releases of Kubernetes, oldest first; at most one of each minor."""
    found = [path.name.removeprefix("v") for path in (directory() / "release").glob("v*")]
    return sorted(found, key=_numbers)


def versions(project: str) -> list[str]:
    """Return the versions of another project, oldest first."""
    names = [path.name for path in (directory() / "archives").iterdir()]
    found = [match[1] for name in names if (match := re.fullmatch(_ARCHIVES[project], name))]
    return sorted(found, key=_numbers)


def _numbers(version: str) -> list[int]:
    return [int(number) for number in re.findall(r"\d+", version)]
