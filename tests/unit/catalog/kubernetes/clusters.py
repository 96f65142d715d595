"""Clusters of Kubernetes that represent others, written down in a few words."""

from __future__ import annotations

from typing import Any

from unit.catalog.context import Cluster, host
from worldtree.catalog.component import ComponentConfig
from worldtree.catalog.components.etcd import EtcdConfig
from worldtree.catalog.components.kubernetes.kubernetes_config import KubernetesConfig
from worldtree.catalog.components.loadbalancer_config import LoadbalancerConfig
from worldtree.catalog.components.pki import PkiConfig

VERSION = "1.36.3"


def config(**fields: Any) -> KubernetesConfig:
    """Return a configuration by the names of the document."""
    return KubernetesConfig.model_validate({"version": VERSION, **fields})


def cluster(
    kubernetes: KubernetesConfig | None = None,
    *,
    control_planes: int = 1,
    workers: int = 0,
    etcd: int = 0,
    balancers: int = 0,
    workers_roles: tuple[str, ...] = (),
    **configs: ComponentConfig,
) -> Cluster:
    """Return a cluster with so many hosts of each kind; etcd and balancers have their own hosts."""
    hosts = [
        *(host(f"cp{n}", "control-plane", address=f"10.0.0.{10 + n}") for n in _to(control_planes)),
        *(
            host(f"w{n}", "worker", *workers_roles, address=f"10.0.{1 + n // 250}.{1 + n % 250}")
            for n in _to(workers)
        ),
        *(host(f"etcd{n}", "etcd", address=f"10.0.0.{20 + n}") for n in _to(etcd)),
        *(host(f"lb{n}", "loadbalancer", address=f"10.0.0.{30 + n}") for n in _to(balancers)),
    ]
    found: dict[str, ComponentConfig] = {
        "kubernetes": kubernetes or config(),
        "pki": PkiConfig(),
        **({"etcd": EtcdConfig()} if etcd else {}),
        **({"loadbalancer": LoadbalancerConfig(vip="10.0.0.5/16")} if balancers else {}),
        **configs,
    }
    return Cluster(tuple(hosts), found)


def _to(count: int) -> range:
    return range(1, count + 1)
