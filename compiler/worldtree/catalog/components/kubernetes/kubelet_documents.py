"""Makes the configuration of kubelets and of kube-proxy from that of the document."""

from __future__ import annotations

from typing import Any

from worldtree.catalog.components.kubernetes.kubeadm_models import (
    Conntrack,
    Ipvs,
    KubeletConfiguration,
    KubeletSettings,
    KubeProxyConfiguration,
    MemoryReservation,
    MemorySwap,
)
from worldtree.catalog.components.kubernetes.kubernetes_config import KubernetesConfig
from worldtree.catalog.components.kubernetes.node_config import Kubelet


def kubelet_configuration(config: KubernetesConfig) -> KubeletConfiguration:
    """Return the settings of the kubelets of all members."""
    swap: dict[str, Any] = {}
    if config.swap != "off":
        behavior = "LimitedSwap" if config.swap == "limited" else "NoSwap"
        swap = {"fail_swap_on": False, "memory_swap": MemorySwap(swap_behavior=behavior)}
    gates = {**config.feature_gates, **config.kubelet.feature_gates}
    return KubeletConfiguration(
        cgroup_driver=config.cgroup_driver,
        # Older kubelets take the field, and run with version 1 either way.
        fail_cgroup_v1=False if config.allow_cgroup_v1 else None,
        **swap,
        **_settings(config.kubelet),
        feature_gates=dict(sorted(gates.items())) or None,
    )


def kubelet_patch(config: KubernetesConfig, kubelet: Kubelet) -> KubeletSettings:
    """Return what differs for the members of a pool."""
    gates = {**config.feature_gates, **config.kubelet.feature_gates, **kubelet.feature_gates}
    return KubeletSettings(
        **_settings(kubelet),
        feature_gates=dict(sorted(gates.items())) if kubelet.feature_gates else None,
    )


def _settings(kubelet: Kubelet) -> dict[str, Any]:
    """Return the fields that both forms have, without feature gates and what is not set."""
    found = kubelet.model_dump(exclude={"feature_gates", "reserved_memory"}, exclude_none=True)
    found = {name: value for name, value in found.items() if value != {}}
    if kubelet.reserved_memory:
        found["reserved_memory"] = [_reservation(text) for text in kubelet.reserved_memory]
    if kubelet.max_parallel_image_pulls is not None:
        # The kubelet refuses more than one as long as it pulls one after the other.
        found["serialize_image_pulls"] = kubelet.max_parallel_image_pulls == 1
    return found


def _reservation(text: str) -> MemoryReservation:
    node, _, amount = text.partition(":")
    return MemoryReservation(numa_node=int(node), limits={"memory": amount})


def proxy_configuration(config: KubernetesConfig) -> KubeProxyConfiguration:
    """Return the settings of kube-proxy."""
    proxy = config.proxy
    limits = (proxy.conntrack_max_per_core, proxy.conntrack_min)
    return KubeProxyConfiguration(
        mode=proxy.mode,
        cluster_cidr=",".join(config.networking.pods),
        conntrack=None
        if limits == (None, None)
        else Conntrack(max_per_core=limits[0], min=limits[1]),
        ipvs=Ipvs(strict_arp=True) if proxy.strict_arp else None,
        feature_gates=dict(sorted(config.feature_gates.items())) or None,
    )
