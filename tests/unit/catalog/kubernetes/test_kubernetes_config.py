"""What the configuration of ``kubernetes`` refuses by itself, and what its messages say."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import ValidationError

from unit.catalog.kubernetes.clusters import config
from worldtree.catalog.components.kubernetes.network_config import Networking


@pytest.mark.parametrize(
    ("fields", "problem"),
    [
        ({"version": "v1.36.3"}, "pattern"),
        ({"version": "1.36"}, "pattern"),
        ({"networking": {"pods": ["10.244.0.0"]}}, "does not fit"),
        ({"networking": {"pods": ["10.244.0.1/16"]}}, "host bits set"),
        ({"networking": {"pods": ["10.96.0.0/12"]}}, "overlap"),
        ({"networking": {"pods": ["10.0.0.0/16", "10.1.0.0/16"]}}, "same IP version"),
        ({"networking": {"pods": ["10.1.0.0/16", "fd00::/56"]}}, "differ in their IP versions"),
        ({"networking": {"nodeMaskIpv4": 16}}, "use 17 to 32"),
        ({"networking": {"pods": ["fd00::/40"], "services": ["fd01::/112"]}}, "use 41 to 56"),
        ({"networking": {"pods": ["fd00::/56"], "services": ["fd01::/64"]}}, "too large"),
        ({"apiServer": {"extraArgs": {"etcd-servers": "x"}}}, "cannot be set here"),
        ({"apiServer": {"extraArgs": {"oidc-issuer-url": "x"}}}, "cannot be set here"),
        ({"controllerManager": {"extraArgs": {"cluster-cidr": "x"}}}, "cannot be set here"),
        ({"apiServer": {"extraArgs": {"--v": 2}}}, "pattern"),
        ({"featureGates": {"gate": True}}, "pattern"),
        ({"nodePools": [{"name": "a", "role": "x"}] * 2}, "two pools have the same name"),
        ({"nodePools": [{"name": "worker", "role": "x"}]}, "in no other one"),
        ({"nodePools": [{"name": "a"}]}, "either a `role` or `hostLabels`"),
        (
            {"nodePools": [{"name": "a", "role": "x", "labels": {"kubernetes.io/os": "x"}}]},
            "set by Kubernetes itself",
        ),
        ({"kubelet": {"cpuManagerPolicy": "static"}}, "needs CPUs for the system"),
        ({"kubelet": {"memoryManagerPolicy": "Static"}}, "needs `reservedMemory`"),
        ({"kubelet": {"reservedMemory": ["1Gi"]}}, "NODE:AMOUNT"),
        (
            {"kubelet": {"imageGcHighThresholdPercent": 70, "imageGcLowThresholdPercent": 70}},
            "not below the high one",
        ),
        ({"audit": {"policy": {"kind": "Pod"}}}, "not a document of kind `Policy`"),
        ({"admission": {"enable": ["A"], "disable": ["A"]}}, "both enabled and disabled"),
        ({"admission": {"configuration": {}}}, "not a document of kind `AdmissionConfig"),
        ({"encryption": {"keys": []}}, "at least 1"),
        (
            {"encryption": {"keys": [{"name": "a", "secret": "c2VjcmV0"}]}},
            "the document contains a secret",
        ),
        ({"oidc": {"issuerUrl": "http://id", "clientId": "x"}}, "pattern"),
        ({"proxy": {"strictArp": True}}, "goes with `proxy.mode: ipvs`"),
        ({"proxy": {"mode": "ebpf"}}, "nftables"),
        ({"swap": "on"}, "limited"),
    ],
)
def test_a_wrong_configuration_is_refused(fields: dict[str, Any], problem: str) -> None:
    with pytest.raises(ValidationError) as refused:
        config(**fields)
    assert problem in str(refused.value)


def test_networks_of_pods_limit_the_number_of_members() -> None:
    assert Networking().most_members == 256
    dual = {"pods": ("10.244.0.0/16", "fd00::/60"), "services": ("10.96.0.0/16", "fd01::/112")}
    assert Networking.model_validate(dual).most_members == 16
