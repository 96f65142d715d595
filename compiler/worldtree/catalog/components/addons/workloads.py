"""Objects of Kubernetes that built-in addons have in common, as plain data."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

Object = dict[str, Any]

#: The standard that admits pods which use the host's network or its files.
PRIVILEGED = {"pod-security.kubernetes.io/enforce": "privileged"}


def made(
    api_version: str,
    kind: str,
    name: str,
    namespace: str | None = None,
    *,
    labels: dict[str, str] | None = None,
    **rest: Any,
) -> Object:
    """Return an object; ``rest`` are its other keys."""
    metadata: dict[str, Any] = {"name": name}
    if namespace is not None:
        metadata["namespace"] = namespace
    if labels:
        metadata["labels"] = labels
    return {"apiVersion": api_version, "kind": kind, "metadata": metadata, **rest}


def app_labels(name: str) -> dict[str, str]:
    """Return the labels by which a workload selects its pods."""
    return {"app.kubernetes.io/name": name}


def rule(groups: Iterable[str], resources: Iterable[str], verbs: Iterable[str]) -> Object:
    """Return a rule of a role."""
    return {"apiGroups": [*groups], "resources": [*resources], "verbs": [*verbs]}


def cluster_role(name: str, rules: Iterable[Object]) -> Object:
    """Return rights in the whole cluster."""
    return made("rbac.authorization.k8s.io/v1", "ClusterRole", name, rules=[*rules])


def bound(
    kind: str, name: str, role: tuple[str, str], account: tuple[str, str], **more: Any
) -> Object:
    """Return the binding of a role (kind, name) to a service account (namespace, name)."""
    return made(
        "rbac.authorization.k8s.io/v1",
        kind,
        name,
        **more,
        roleRef={"apiGroup": "rbac.authorization.k8s.io", "kind": role[0], "name": role[1]},
        subjects=[{"kind": "ServiceAccount", "namespace": account[0], "name": account[1]}],
    )


def requests(cpu: str, memory: str) -> Object:
    """Return what a container asks for."""
    return {"requests": {"cpu": cpu, "memory": memory}}


#: Of a container that needs no right of the machine.
CONFINED: Object = {
    "allowPrivilegeEscalation": False,
    "capabilities": {"drop": ["ALL"]},
    "readOnlyRootFilesystem": True,
    "runAsNonRoot": True,
    "runAsUser": 65532,
    "seccompProfile": {"type": "RuntimeDefault"},
}
