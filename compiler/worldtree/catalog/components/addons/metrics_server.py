"""The addon metrics-server: figures of members and pods, as an API of the cluster."""

from __future__ import annotations

from pydantic import Field

from worldtree.catalog.component import ComponentConfig
from worldtree.catalog.components.addons.addon import Addon, Image
from worldtree.catalog.components.addons.workloads import (
    CONFINED,
    Object,
    app_labels,
    bound,
    cluster_role,
    made,
    requests,
    rule,
)

#: Release that is used when the document names none.
DEFAULT_VERSION = "0.8.1"
NAME = "metrics-server"
_SPACE, _PORT = "kube-system", 10250


class MetricsServer(ComponentConfig):
    """The addon ``metrics-server``."""

    version: str = Field(
        DEFAULT_VERSION, pattern=r"^[0-9]+\.[0-9]+\.[0-9]+$", description="Release of it."
    )
    image_repository: str = Field(
        "registry.k8s.io/metrics-server/metrics-server",
        pattern=r"^[a-z0-9][a-z0-9.:/_-]*$",
        description="Its image, without a tag.",
    )
    replicas: int = Field(1, ge=1, description="Number of its pods.")
    resolution_seconds: int = Field(15, ge=10, description="Seconds between two figures.")
    kubelet_insecure_tls: bool = Field(
        False,
        description="Whether certificates of kubelets are taken unchecked; needed as long as they"
        " are not signed by the cluster's authority (kubelet's `serverTLSBootstrap`).",
    )
    ready_seconds: int = Field(300, ge=0, description="Seconds until it must be healthy.")


def metrics_server(config: MetricsServer) -> Addon:
    """Return the addon."""
    image = Image(NAME, config.version, f"{config.image_repository}:v{config.version}")
    return Addon(
        NAME,
        tuple(_objects(config, image)),
        namespace=_SPACE,
        ready_seconds=config.ready_seconds,
        images=(image,),
    )


def _objects(config: MetricsServer, image: Image) -> list[Object]:
    account, labels = (_SPACE, NAME), app_labels(NAME)
    read = ("get", "list", "watch")
    aggregate = {
        f"rbac.authorization.k8s.io/aggregate-to-{one}": "true" for one in ("admin", "edit", "view")
    }
    reader = cluster_role(
        "system:aggregated-metrics-reader", [rule(["metrics.k8s.io"], ["pods", "nodes"], read)]
    )
    reader["metadata"]["labels"] = aggregate
    return [
        made("v1", "ServiceAccount", NAME, _SPACE),
        reader,
        cluster_role(
            "system:metrics-server",
            [
                rule([""], ["nodes/metrics"], ["get"]),
                rule([""], ["pods", "nodes", "namespaces", "configmaps"], read),
            ],
        ),
        bound(
            "ClusterRoleBinding",
            "system:metrics-server",
            ("ClusterRole", "system:metrics-server"),
            account,
        ),
        bound(
            "ClusterRoleBinding",
            "metrics-server:system:auth-delegator",
            ("ClusterRole", "system:auth-delegator"),
            account,
        ),
        bound(
            "RoleBinding",
            "metrics-server-auth-reader",
            ("Role", "extension-apiserver-authentication-reader"),
            account,
            namespace=_SPACE,
        ),
        made(
            "v1",
            "Service",
            NAME,
            _SPACE,
            spec={
                "selector": labels,
                "ports": [{"name": "https", "port": 443, "targetPort": "https", "protocol": "TCP"}],
            },
        ),
        _deployment(config, image, labels),
        made(
            "apiregistration.k8s.io/v1",
            "APIService",
            "v1beta1.metrics.k8s.io",
            spec={
                "group": "metrics.k8s.io",
                "version": "v1beta1",
                "service": {"name": NAME, "namespace": _SPACE},
                "groupPriorityMinimum": 100,
                "versionPriority": 100,
                # It makes its own certificate, which nobody has signed.
                "insecureSkipTLSVerify": True,
            },
        ),
    ]


def _deployment(config: MetricsServer, image: Image, labels: dict[str, str]) -> Object:
    flags = [
        "--cert-dir=/tmp",
        f"--secure-port={_PORT}",
        "--kubelet-preferred-address-types=InternalIP,ExternalIP,Hostname",
        "--kubelet-use-node-status-port",
        f"--metric-resolution={config.resolution_seconds}s",
    ]
    if config.kubelet_insecure_tls:
        flags.append("--kubelet-insecure-tls")

    def probe(path: str, **more: int) -> Object:
        asked = {"path": path, "port": "https", "scheme": "HTTPS"}
        return {"httpGet": asked, "periodSeconds": 10, **more}

    container = {
        "name": NAME,
        "image": image.reference,
        "imagePullPolicy": "IfNotPresent",
        "args": flags,
        "ports": [{"name": "https", "containerPort": _PORT, "protocol": "TCP"}],
        "livenessProbe": probe("/livez"),
        "readinessProbe": probe("/readyz", initialDelaySeconds=10),
        "resources": requests("100m", "200Mi"),
        "securityContext": {**CONFINED, "runAsUser": 1000},
        "volumeMounts": [{"name": "tmp", "mountPath": "/tmp"}],
    }
    return made(
        "apps/v1",
        "Deployment",
        NAME,
        _SPACE,
        spec={
            "replicas": config.replicas,
            "selector": {"matchLabels": labels},
            "strategy": {"rollingUpdate": {"maxUnavailable": 0}},
            "template": {
                "metadata": {"labels": labels},
                "spec": {
                    "serviceAccountName": NAME,
                    "priorityClassName": "system-cluster-critical",
                    "nodeSelector": {"kubernetes.io/os": "linux"},
                    "containers": [container],
                    "volumes": [{"name": "tmp", "emptyDir": {}}],
                },
            },
        },
    )
