"""Addons with typed settings that represent others."""

from __future__ import annotations

from worldtree.catalog.components.addons.addon import Addon
from worldtree.catalog.components.addons.flannel import Flannel, flannel
from worldtree.catalog.components.addons.local_path_storage import (
    LocalPathStorage,
    local_path_storage,
)
from worldtree.catalog.components.addons.metrics_server import MetricsServer, metrics_server
from worldtree.catalog.components.kubernetes.network_config import Networking

DUAL = Networking.model_validate(
    {
        "pods": ["10.244.0.0/16", "fd00:1::/48"],
        "services": ["10.96.0.0/16", "fd00:2::/112"],
        "plugin": "none",
    }
)

ADDONS: dict[str, Addon] = {
    "flannel": flannel(Flannel(), Networking()),
    "flannel-dual-stack": flannel(
        Flannel.model_validate(
            {"vni": 7, "port": 4789, "mtu": 1400, "interface": "eth1", "nftables": False}
        ),
        DUAL,
    ),
    "flannel-routes": flannel(Flannel(backend="host-gw"), Networking()),
    "local-path-storage": local_path_storage(LocalPathStorage()),
    "metrics-server": metrics_server(MetricsServer(kubelet_insecure_tls=True, replicas=2)),
}
