"""An addon of a test with a namespace of its own, and small objects for it."""

from __future__ import annotations

import itertools
import json
from pathlib import Path
from typing import Any

from kubernetes_api import Cluster
from unit.collection.conftest import Run

LABEL = "worldtree.io/addon"
_NUMBERS = itertools.count(1)


class Addon:
    """One addon with a namespace of its own, and the module that applies it."""

    def __init__(self, run: Run, cluster: Cluster, state: Path) -> None:
        number = next(_NUMBERS)
        self.name, self.namespace = f"addon-{number}", f"space-{number}"
        self._run, self._cluster, self._state = run, cluster, state
        cluster.apply(namespace(self.namespace))

    def __call__(self, *objects: dict[str, Any], **more: Any) -> dict[str, Any]:
        given = {
            "name": self.name,
            "objects": list(objects),
            "namespace": self.namespace,
            "kubectl": str(self._cluster.kubectl),
            "kubeconfig": str(self._cluster.kubeconfig),
            "state_dir": str(self._state),
            "ready_seconds": 0,
        }
        return self._run("kubernetes_addon", **{**given, **more})

    def get(self, kind: str, name: str) -> dict[str, Any] | None:
        return self._cluster.get(kind, name, self.namespace)

    def record(self) -> list[dict[str, Any]]:
        found = self._cluster.get("configmap", f"worldtree-addon-{self.name}", "kube-system")
        assert found is not None
        return [json.loads(line) for line in found["data"]["objects"].splitlines()]


def namespace(name: str) -> dict[str, Any]:
    return {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name}}


def settings(name: str = "settings", **data: str) -> dict[str, Any]:
    metadata = {"name": name}
    return {"apiVersion": "v1", "kind": "ConfigMap", "metadata": metadata, "data": data}


def in_space(found: dict[str, Any], space: str) -> dict[str, Any]:
    return {**found, "metadata": {**found["metadata"], "namespace": space}}


def deployment(image: str = "shop:1", replicas: int | None = 1) -> dict[str, Any]:
    labels = {"app": "shop"}
    spec: dict[str, Any] = {
        "selector": {"matchLabels": labels},
        "template": {
            "metadata": {"labels": labels},
            "spec": {"containers": [{"name": "shop", "image": image}]},
        },
    }
    if replicas is not None:
        spec["replicas"] = replicas
    metadata = {"name": "shop"}
    return {"apiVersion": "apps/v1", "kind": "Deployment", "metadata": metadata, "spec": spec}


def definition(group: str) -> dict[str, Any]:
    schema = {"type": "object", "x-kubernetes-preserve-unknown-fields": True}
    version = {"name": "v1", "served": True, "storage": True, "schema": {"openAPIV3Schema": schema}}
    return {
        "apiVersion": "apiextensions.k8s.io/v1",
        "kind": "CustomResourceDefinition",
        "metadata": {"name": f"trees.{group}"},
        "spec": {
            "group": group,
            "scope": "Namespaced",
            "names": {"kind": "Tree", "plural": "trees", "singular": "tree"},
            "versions": [version],
        },
    }


def tree(group: str, name: str = "oak") -> dict[str, Any]:
    metadata = {"name": name}
    return {"apiVersion": f"{group}/v1", "kind": "Tree", "metadata": metadata, "spec": {"age": 100}}
