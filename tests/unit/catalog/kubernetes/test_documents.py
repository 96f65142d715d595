"""kubeadm's documents of representative clusters, and laws that all of them keep."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest
import yaml
from pydantic import ValidationError

from unit.catalog.context import Cluster
from unit.catalog.kubernetes.clusters import cluster, config
from worldtree.catalog.components.kubernetes.control_plane_files import (
    control_plane_files,
    secret_files,
)
from worldtree.catalog.components.kubernetes.kubeadm_documents import (
    cluster_configuration,
    init_documents,
    join_document,
)
from worldtree.catalog.components.kubernetes.kubeadm_models import (
    ClusterConfiguration,
    read_documents,
    write_documents,
)
from worldtree.catalog.components.kubernetes.kubelet_documents import kubelet_patch
from worldtree.catalog.components.kubernetes.kubernetes_config import KubernetesConfig
from worldtree.catalog.components.kubernetes.topology import pools
from worldtree.catalog.components.kubernetes.version_table import version_table

GOLDEN = Path(__file__).parents[3] / "golden" / "kubernetes"

EVERYTHING: dict[str, Any] = {
    "controlPlaneEndpoint": {"host": "api.example.com", "port": 8443},
    "extraSans": ["api.example.org"],
    "proxy": {"mode": "iptables", "conntrackMaxPerCore": 0, "conntrackMin": 0},
    "kubelet": {
        "maxPods": 200,
        "maxParallelImagePulls": 3,
        "evictionHard": {"nodefs.available": "5%"},
    },
    "swap": "limited",
    "allowCgroupV1": True,
    "imageRepository": "registry.example.com/k8s",
    "featureGates": {"UserNamespacesSupport": True},
    "kubeadmFeatureGates": {"NodeLocalCRISocket": True},
    "apiServer": {
        "extraArgs": {"v": 2, "profiling": False, "tls-sni-cert-key": ["a,b", "c,d"]},
        "extraVolumes": [{"name": "sni", "hostPath": "/etc/sni"}],
    },
    "controllerManager": {"extraArgs": {"node-monitor-grace-period": "20s"}},
    "audit": {"directory": "/var/log/audit"},
    "encryption": {
        "keys": [
            {"name": "key2", "secret": "${env:KEY2}"},
            {"name": "key1", "secret": "${env:KEY1}"},
        ]
    },
    "oidc": {
        "issuerUrl": "https://id.example.com",
        "clientId": "kubernetes",
        "groupsClaim": "groups",
        "requiredClaims": {"org": "shop"},
        "ca": "-----BEGIN CERTIFICATE-----\n",
    },
    "admission": {
        "enable": ["PodNodeSelector"],
        "configuration": {"kind": "AdmissionConfiguration", "plugins": []},
    },
    "ignorePreflightErrors": ["NumCPU"],
    "nodePools": [
        {
            "name": "gpu",
            "role": "gpu",
            "labels": {"example.com/tier": "gpu"},
            "taints": [{"key": "example.com/gpu", "value": "true"}],
            "kubelet": {
                "cpuManagerPolicy": "static",
                "reservedSystemCpus": "0-1",
                "memoryManagerPolicy": "Static",
                "reservedMemory": ["0:1Gi"],
                "featureGates": {"NodeSwap": True},
            },
        }
    ],
}

DUAL_STACK = {
    "pods": ["10.244.0.0/16", "fd00:10:244::/56"],
    "services": ["10.96.0.0/16", "fd00:10:96::/112"],
}

CLUSTERS: dict[str, tuple[KubernetesConfig, dict[str, Any]]] = {
    "one-control-plane": (config(), {"workers": 1}),
    "three-stacked": (config(), {"control_planes": 3, "workers": 2, "balancers": 2}),
    "three-external-etcd": (
        config(),
        {"control_planes": 3, "workers": 2, "balancers": 2, "etcd": 3},
    ),
    "dual-stack": (config(networking=DUAL_STACK), {"workers": 1}),
    "without-proxy": (
        config(proxy={"enabled": False}, scheduleOnControlPlanes=True, swap="ignore"),
        {},
    ),
    "everything": (
        config(**EVERYTHING),
        {"control_planes": 3, "workers": 1, "workers_roles": ("gpu",)},
    ),
    **{
        f"minor-{minor}": (config(version=str(release.newest), allowCgroupV1=True), {"workers": 1})
        for minor, release in version_table().minors.items()
    },
}


def context_of(name: str) -> tuple[KubernetesConfig, Cluster]:
    kubernetes, hosts = CLUSTERS[name]
    return kubernetes, cluster(kubernetes, **hosts)


def rendered(name: str) -> str:
    """Return everything that hosts of the cluster get, with a line before each part."""
    kubernetes, context = context_of(name)
    found = pools(kubernetes, context)
    parts = {"init": write_documents(*init_documents(kubernetes, context, found[0]))}
    for pool in found:
        kind = "control planes" if pool.is_control_plane else "workers"
        parts[f"join {pool.name} ({kind})"] = write_documents(join_document(kubernetes, pool))
        if pool.settings is not None:
            patch = kubelet_patch(kubernetes, pool.settings.kubelet)
            parts[f"kubelet of {pool.name}"] = write_documents(patch)
    parts |= control_plane_files(kubernetes) | secret_files(kubernetes)
    return "".join(f"=== {title}\n{text}" for title, text in parts.items())


@pytest.mark.parametrize("name", CLUSTERS)
def test_documents_are_those_of_the_golden_file(name: str) -> None:
    file = GOLDEN / f"{name}.txt"
    if os.environ.get("WORLDTREE_UPDATE_GOLDEN"):
        file.parent.mkdir(exist_ok=True)
        file.write_text(rendered(name), encoding="utf-8")
    assert rendered(name) == file.read_text(encoding="utf-8")


@pytest.mark.parametrize("name", CLUSTERS)
def test_what_is_written_is_read_back_by_the_strict_schema(name: str) -> None:
    kubernetes, context = context_of(name)
    found = pools(kubernetes, context)
    documents = (
        *init_documents(kubernetes, context, found[0]),
        *(join_document(kubernetes, pool) for pool in found),
    )
    assert read_documents(write_documents(*documents)) == documents


@pytest.mark.parametrize(
    ("kind", "place", "key"),
    [
        ("InitConfiguration", (), "nodeRegistratoin"),
        ("InitConfiguration", ("nodeRegistration",), "criSockets"),
        ("ClusterConfiguration", ("apiServer",), "certSans"),
        ("ClusterConfiguration", ("networking",), "podSubnets"),
        ("KubeletConfiguration", (), "maxPod"),
        ("KubeProxyConfiguration", (), "clusterCidr"),
    ],
)
def test_a_misspelt_key_is_refused_everywhere(kind: str, place: tuple[str, ...], key: str) -> None:
    kubernetes, context = context_of("one-control-plane")
    pool = pools(kubernetes, context)[0]
    texts = write_documents(*init_documents(kubernetes, context, pool))
    (data,) = [one for one in yaml.safe_load_all(texts) if one["kind"] == kind]
    inner = data
    for part in place:
        inner = inner[part]
    inner[key] = "x"
    with pytest.raises(ValidationError, match=key):
        read_documents(yaml.safe_dump(data))


def test_a_map_of_arguments_is_refused_as_it_is_the_form_of_older_versions() -> None:
    text = "kind: InitConfiguration\nnodeRegistration: {kubeletExtraArgs: {v: '2'}}"
    with pytest.raises(ValidationError, match="kubeletExtraArgs"):
        read_documents(text)


def certificate_names(name: str) -> list[str]:
    kubernetes, context = context_of(name)
    for document in init_documents(kubernetes, context, pools(kubernetes, context)[0]):
        if isinstance(document, ClusterConfiguration):
            return document.api_server.cert_sans or []
    raise AssertionError("no ClusterConfiguration")


def test_the_api_servers_certificate_has_the_endpoint_and_every_control_plane() -> None:
    assert {"10.0.0.5", "cp1", "cp2", "cp3", "10.0.0.13"} <= {*certificate_names("three-stacked")}
    assert {"api.example.com", "api.example.org"} <= {*certificate_names("everything")}


def test_no_document_has_a_token_or_a_secret() -> None:
    kubernetes, context = context_of("everything")
    found = pools(kubernetes, context)
    texts = [write_documents(*init_documents(kubernetes, context, found[0]))]
    texts += [write_documents(join_document(kubernetes, pool)) for pool in found]
    for text in [*texts, *control_plane_files(kubernetes).values()]:
        assert "token" not in text.replace("bootstrapTokens", "").lower()
        assert "${" not in text


@pytest.mark.parametrize(
    ("dns", "written"),
    [
        ({}, None),
        ({"imageTag": "v1.13.1"}, {"imageTag": "v1.13.1"}),
        ({"enabled": False}, {"disabled": True}),
    ],
)
def test_dns_is_kubeadms_another_one_or_none(
    dns: dict[str, Any], written: dict[str, Any] | None
) -> None:
    made = cluster_configuration(config(dns=dns), cluster())
    [document] = yaml.safe_load_all(write_documents(made))
    assert document.get("dns") == written
