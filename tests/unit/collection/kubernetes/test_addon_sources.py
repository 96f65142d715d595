"""Manifests and kustomizations on a host, built-in addons, and how the API is reached."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from kubernetes_api import Cluster
from unit.catalog.addons.built_in import ADDONS
from unit.collection.kubernetes.addon_under_test import (
    LABEL,
    Addon,
    settings,
)


def test_manifests_on_the_host_are_read(addon: Addon, tmp_path: Path) -> None:
    path = tmp_path / "all.yaml"
    path.write_text(
        "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: one}\n"
        "data: {mode: '0644', 'on': 'yes'}\n"
        "---\n# Nothing.\n---\n"
        "apiVersion: v1\nkind: List\nitems:\n"
        "  - {apiVersion: v1, kind: ConfigMap, metadata: {name: two, labels: {a: b}}}\n"
    )
    assert len(addon(manifests=[str(path)])["created"]) == 2
    assert (addon.get("configmap", "one") or {})["data"] == {"mode": "0644", "on": "yes"}
    labels = (addon.get("configmap", "two") or {})["metadata"]["labels"]
    assert labels == {"a": "b", LABEL: addon.name}
    path.write_text("kind: ConfigMap\n  name: x\n")
    assert f"{path}: kubectl cannot read it" in addon(manifests=[str(path)])["msg"]


def test_kustomizations_are_built(addon: Addon) -> None:
    files = {
        "base/kustomization.yaml": "resources: [settings.yaml]\n",
        "base/settings.yaml": json.dumps(settings(key="base")),
        "over/kustomization.yaml": "resources: [../base]\nnamePrefix: prod-\n"
        "patches: [{path: change.yaml}]\n",
        "over/change.yaml": json.dumps(settings(key="changed")),
    }
    made = addon(kustomizations=[{"path": "over", "files": files}])
    assert made["created"] == [f"ConfigMap {addon.namespace}/prod-settings"]
    assert (addon.get("configmap", "prod-settings") or {})["data"] == {"key": "changed"}


@pytest.mark.parametrize("name", sorted(ADDONS))
def test_addons_with_typed_settings_are_taken_by_the_api(addon: Addon, name: str) -> None:
    """Every field of their objects is known to it, and a second run changes nothing."""
    objects = ADDONS[name].objects
    assert len(addon(*objects)["created"]) == len(objects)
    assert addon(*objects)["changed"] is False
    done = addon(state="absent", ready_seconds=60)
    assert len(done["deleted"]) == len(objects)
    assert done["kept"] == {}


def test_a_cluster_that_does_not_answer_is_told(addon: Addon, tmp_path: Path) -> None:
    path = tmp_path / "nobody.conf"
    path.write_text(
        json.dumps(
            {
                "apiVersion": "v1",
                "kind": "Config",
                "current-context": "x",
                "contexts": [{"name": "x", "context": {"cluster": "x", "user": "x"}}],
                "clusters": [{"name": "x", "cluster": {"server": "https://127.0.0.1:1"}}],
                "users": [{"name": "x", "user": {"token": "secret-token"}}],
            }
        )
    )
    failed = addon(settings(), kubeconfig=str(path))
    assert "connection refused" in failed["msg"]
    assert "secret-token" not in json.dumps(failed)
    missing = addon(settings(), kubeconfig=str(tmp_path / "missing.conf"))
    assert "`kubectl proxy` ended" in missing["msg"]
    assert "No such file" in addon(settings(), kubectl=str(tmp_path / "kubectl"))["msg"]


def test_no_process_of_kubectl_is_left(addon: Addon, cluster: Cluster) -> None:
    addon(settings())
    running = [
        path.read_bytes()
        for path in Path("/proc").glob("[0-9]*/cmdline")
        if path.exists() and str(cluster.kubeconfig).encode() in path.read_bytes()
    ]
    assert not [words for words in running if b"proxy" in words]
