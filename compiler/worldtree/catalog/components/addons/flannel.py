"""The network plugin flannel: a pod on each member that joins the networks of the pods by VXLAN."""

from __future__ import annotations

import json
from typing import Any, Literal

from pydantic import Field

from worldtree.catalog.component import ComponentConfig
from worldtree.catalog.components.addons.addon import Addon, Image
from worldtree.catalog.components.addons.workloads import (
    PRIVILEGED,
    Object,
    app_labels,
    bound,
    cluster_role,
    made,
    requests,
    rule,
)
from worldtree.catalog.components.kubernetes.network_config import Networking

#: Releases that are used when the document names none; they belong together.
DEFAULT_VERSION, DEFAULT_PLUGIN_VERSION = "0.28.4", "1.9.1-flannel1"
_SPACE, _NAME = "kube-flannel", "flannel"
_WORKLOAD, _SETTINGS = "kube-flannel-ds", "kube-flannel-cfg"
#: Largest number of a VXLAN.
_MAX_VNI = (1 << 24) - 1


class Flannel(ComponentConfig):
    """The network plugin ``flannel``."""

    version: str = Field(
        DEFAULT_VERSION, pattern=r"^[0-9]+\.[0-9]+\.[0-9]+$", description="Release of flannel."
    )
    plugin_version: str = Field(
        DEFAULT_PLUGIN_VERSION,
        pattern=r"^[0-9]+\.[0-9]+\.[0-9]+-flannel[0-9]+$",
        description="Release of its CNI plugin, which fits that of flannel.",
    )
    image_repository: str = Field(
        "ghcr.io/flannel-io",
        pattern=r"^[a-z0-9][a-z0-9.:/_-]*$",
        description="Where its images are: below it ``flannel`` and ``flannel-cni-plugin``.",
    )
    backend: Literal["vxlan", "host-gw"] = Field(
        "vxlan",
        description="``vxlan`` wraps packets; ``host-gw`` sets routes, for members of one network.",
    )
    vni: int = Field(1, ge=1, le=_MAX_VNI, description="Number of the VXLAN.")
    port: int = Field(8472, ge=1, le=65535, description="UDP port of the VXLAN on each member.")
    mtu: int | None = Field(
        None,
        ge=1280,
        le=65535,
        description="Largest packet of pods; what the interface allows when not given.",
        examples=[1400],
    )
    interface: str | None = Field(
        None,
        pattern=r"^[\w.@-]{1,15}$",
        description="Interface between the members; that of the default route when not given.",
        examples=["eth1"],
    )
    nftables: bool = Field(
        True, description="Whether it masquerades by nftables; by iptables otherwise."
    )


def flannel(config: Flannel, networking: Networking) -> Addon:
    """Return the addon for a cluster whose pods have these networks."""
    images = (
        Image("flannel", config.version, f"{config.image_repository}/flannel:v{config.version}"),
        Image(
            "flannel-cni-plugin",
            config.plugin_version,
            f"{config.image_repository}/flannel-cni-plugin:v{config.plugin_version}",
        ),
    )
    objects = tuple(_objects(config, networking, images))
    return Addon("cni", objects, namespace=_SPACE, images=images)


def _objects(config: Flannel, networking: Networking, images: tuple[Image, ...]) -> list[Object]:
    account = (_SPACE, _NAME)
    return [
        made("v1", "Namespace", _SPACE, labels=PRIVILEGED),
        made("v1", "ServiceAccount", _NAME, _SPACE),
        cluster_role(
            _NAME,
            [
                rule([""], ["pods"], ["get"]),
                rule([""], ["nodes"], ["get", "list", "watch"]),
                rule([""], ["nodes/status"], ["patch"]),
            ],
        ),
        bound("ClusterRoleBinding", _NAME, ("ClusterRole", _NAME), account),
        made(
            "v1",
            "ConfigMap",
            _SETTINGS,
            _SPACE,
            data={
                "cni-conf.json": _json(_plugin_settings(config)),
                "net-conf.json": _json(_network_settings(config, networking)),
            },
        ),
        _daemon_set(config, images),
    ]


def _json(data: Any) -> str:
    return json.dumps(data, indent=2) + "\n"


def _plugin_settings(config: Flannel) -> dict[str, Any]:
    delegate: dict[str, Any] = {"hairpinMode": True, "isDefaultGateway": True}
    if config.mtu is not None:
        delegate["mtu"] = config.mtu
    return {
        "name": "cbr0",
        "cniVersion": "0.3.1",
        "plugins": [
            {"type": "flannel", "delegate": delegate},
            {"type": "portmap", "capabilities": {"portMappings": True}},
        ],
    }


def _network_settings(config: Flannel, networking: Networking) -> dict[str, Any]:
    found: dict[str, Any] = {"EnableIPv4": False, "EnableIPv6": False}
    for network in networking.pod_networks:
        found[f"EnableIPv{network.version}"] = True
        found["Network" if network.version == 4 else "IPv6Network"] = str(network)
    backend: dict[str, Any] = {"Type": config.backend}
    if config.backend == "vxlan":
        backend |= {"VNI": config.vni, "Port": config.port}
        if config.mtu is not None:
            backend["MTU"] = config.mtu
    return {**found, "EnableNFTables": config.nftables, "Backend": backend}


def _daemon_set(config: Flannel, images: tuple[Image, ...]) -> Object:
    labels, (image, plugin) = app_labels(_NAME), images
    flags = ["--ip-masq", "--kube-subnet-mgr"]
    if config.interface is not None:
        flags.append(f"--iface={config.interface}")

    def of_pod(name: str, field: str) -> Object:
        source = {"fieldRef": {"apiVersion": "v1", "fieldPath": f"metadata.{field}"}}
        return {"name": name, "valueFrom": source}

    def copies(name: str, used: Image, files: tuple[str, str], mounts: list[Object]) -> Object:
        return {
            "name": name,
            "image": used.reference,
            "imagePullPolicy": "IfNotPresent",
            "command": ["cp"],
            "args": ["-f", *files],
            "volumeMounts": mounts,
        }

    settings = {"name": "settings", "mountPath": "/etc/kube-flannel/"}
    programs = {"name": "cni-plugin", "mountPath": "/opt/cni/bin"}
    networks = {"name": "cni", "mountPath": "/etc/cni/net.d"}
    wanted = "/etc/cni/net.d/10-flannel.conflist"
    container = {
        "name": "kube-flannel",
        "image": image.reference,
        "imagePullPolicy": "IfNotPresent",
        "command": ["/opt/bin/flanneld"],
        "args": flags,
        "env": [
            of_pod("POD_NAME", "name"),
            of_pod("POD_NAMESPACE", "namespace"),
            {"name": "EVENT_QUEUE_DEPTH", "value": "5000"},
        ],
        "resources": requests("100m", "50Mi"),
        "securityContext": {
            "privileged": False,
            "capabilities": {"add": ["NET_ADMIN", "NET_RAW"]},
        },
        "volumeMounts": [
            {"name": "run", "mountPath": "/run/flannel"},
            settings,
            {"name": "xtables-lock", "mountPath": "/run/xtables.lock"},
        ],
    }
    pod = {
        "hostNetwork": True,
        "priorityClassName": "system-node-critical",
        "serviceAccountName": _NAME,
        "nodeSelector": {"kubernetes.io/os": "linux"},
        # Nothing else runs on a member before its network does.
        "tolerations": [{"operator": "Exists", "effect": "NoSchedule"}],
        "initContainers": [
            copies("install-cni-plugin", plugin, ("/flannel", "/opt/cni/bin/flannel"), [programs]),
            copies(
                "install-cni",
                image,
                ("/etc/kube-flannel/cni-conf.json", wanted),
                [networks, settings],
            ),
        ],
        "containers": [container],
        "volumes": [
            {"name": "run", "hostPath": {"path": "/run/flannel"}},
            {"name": "cni-plugin", "hostPath": {"path": "/opt/cni/bin"}},
            {"name": "cni", "hostPath": {"path": "/etc/cni/net.d"}},
            {"name": "settings", "configMap": {"name": _SETTINGS}},
            {
                "name": "xtables-lock",
                "hostPath": {"path": "/run/xtables.lock", "type": "FileOrCreate"},
            },
        ],
    }
    template = {"metadata": {"labels": labels}, "spec": pod}
    return made(
        "apps/v1",
        "DaemonSet",
        _WORKLOAD,
        _SPACE,
        spec={"selector": {"matchLabels": labels}, "template": template},
    )
