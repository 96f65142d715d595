"""Removal of Kubernetes from real hosts: what this role has not begun there is left alone."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from acceptance.lab_documents import hosts, ssh
from acceptance.workspace import Outcome, Workspace
from lab.handle import HostHandle, LabHandle
from lab_plugin import LabHosts
from worldtree.core.errors import ExitCode

pytestmark = pytest.mark.lab(minutes=2)

#: A cluster's files, and a kubeadm that notes what it is called with.
CLUSTER = """
set -e
mkdir -p /etc/kubernetes/manifests /var/lib/kubelet/pki
echo conf > /etc/kubernetes/kubelet.conf
echo key > /var/lib/kubelet/pki/key
printf '#!/bin/sh\\necho "$*" >> /root/kubeadm.log\\n' > /usr/local/bin/kubeadm
printf '[Service]\\nExecStart=/bin/sleep 600\\n' > /etc/systemd/system/kubelet.service
chmod 0755 /usr/local/bin/kubeadm
systemctl daemon-reload
systemctl start kubelet.service
"""
#: What this role has made before it began to make the host a member, and a program of others.
PREPARED = """
set -e
mkdir -p /opt/worldtree/kubernetes/1.36.3 /etc/kubernetes/worldtree
touch /opt/worldtree/kubernetes/1.36.3/kubeadm /etc/kubernetes/worldtree/init.yaml
touch /etc/sysctl.d/60-worldtree-kubernetes.conf
ln -sf /opt/worldtree/kubernetes/1.36.3/kubeadm /usr/local/bin/kubeadm
echo mine > /usr/local/bin/kubectl
mkdir -p /etc/kubernetes/pki /var/lib/kubelet
echo other > /etc/kubernetes/pki/ca.crt
echo other > /var/lib/kubelet/file
"""
LISTED = (
    "cd /; find etc/kubernetes var/lib/kubelet opt/worldtree usr/local/bin/kube*"
    " etc/systemd/system/kubelet.service etc/sysctl.d/60-* -not -type d 2>/dev/null | sort"
)


def listed(host: HostHandle) -> list[str]:
    return host.ssh(LISTED).stdout.split()


def remove(place: Workspace) -> Outcome:
    outcome = place.wt("apply", "-y", "-o", "json")
    assert outcome.code == ExitCode.OK, outcome.err
    return outcome


def test_what_the_role_has_not_begun_is_left_alone(
    tmp_path: Path, lab: LabHandle, lab_hosts: LabHosts
) -> None:
    foreign, prepared, member = lab_hosts(3)
    foreign.ssh(CLUSTER)
    prepared.ssh(PREPARED)
    member.ssh(CLUSTER)
    member.ssh("mkdir -p /etc/kubernetes/worldtree; echo 1.36.3 > /etc/kubernetes/worldtree/begun")
    step: dict[str, Any] = {"role": "kubernetes", "entry": "remove"}
    place = Workspace(tmp_path)
    place.write(
        {
            "ssh": ssh(lab),
            "hosts": hosts(lab, 3),
            "modules": [{"name": "m", "tasks": [{"name": "t", "steps": [step]}]}],
        }
    )
    before = listed(foreign)
    remove(place)
    # Another cluster runs on as it did.
    assert listed(foreign) == before
    assert foreign.ssh("systemctl is-active kubelet.service").stdout.strip() == "active"
    assert foreign.ssh("cat /root/kubeadm.log", check=False).stdout == ""
    # Of a host that is none, only what has the name of this role goes.
    assert listed(prepared) == [
        "etc/kubernetes/pki/ca.crt",
        "usr/local/bin/kubectl",
        "var/lib/kubelet/file",
    ]
    # A member goes as a whole.
    assert member.ssh("cat /root/kubeadm.log").stdout.startswith("reset --force --cri-socket=")
    assert [one for one in listed(member) if "usr/local" not in one] == [
        "etc/systemd/system/kubelet.service"
    ]
    assert member.ssh("systemctl is-active kubelet.service", check=False).stdout.strip() != "active"
    # A run that was killed before the note was removed is repeated; then nothing is left to do.
    member.ssh(
        "mkdir -p /etc/kubernetes/worldtree /var/lib/kubelet/pods; rm /usr/local/bin/kubeadm"
    )
    member.ssh("touch /etc/kubernetes/worldtree/begun")
    remove(place)
    assert member.ssh("ls -d /etc/kubernetes /var/lib/kubelet", check=False).stdout == ""
    assert remove(place).changed == []
