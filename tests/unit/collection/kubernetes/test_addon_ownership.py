"""What is deleted, released and kept: only what an addon has made is its own."""

from __future__ import annotations

import json
from pathlib import Path

from kubernetes_api import Cluster
from unit.collection.conftest import Run
from unit.collection.kubernetes.addon_under_test import (
    LABEL,
    Addon,
    definition,
    in_space,
    namespace,
    settings,
    tree,
)


def test_what_is_no_longer_an_object_is_deleted(addon: Addon) -> None:
    addon(settings(), settings("old"))
    done = addon(settings())
    assert done["deleted"] == [f"ConfigMap {addon.namespace}/old"]
    assert addon.get("configmap", "old") is None
    assert [one["name"] for one in addon.record()] == ["settings"]
    assert addon(settings())["changed"] is False


def test_without_prune_it_stays_and_is_remembered(addon: Addon) -> None:
    addon(settings(), settings("old"))
    assert addon(settings(), prune=False)["changed"] is False
    assert addon.get("configmap", "old") is not None
    assert addon(settings())["deleted"] == [f"ConfigMap {addon.namespace}/old"]


def test_what_existed_before_is_released_and_stays(addon: Addon, cluster: Cluster) -> None:
    cluster.apply(in_space(settings(theirs="1"), addon.namespace), "somebody")
    addon(settings(ours="2"))
    assert (addon.get("configmap", "settings") or {})["data"] == {"theirs": "1", "ours": "2"}
    done = addon(settings("another"))
    assert done["released"] == [f"ConfigMap {addon.namespace}/settings"]
    found = addon.get("configmap", "settings") or {}
    assert found["data"] == {"theirs": "1"}
    assert LABEL not in found["metadata"].get("labels", {})


def test_what_somebody_made_anew_under_the_same_name_is_kept(
    addon: Addon, cluster: Cluster
) -> None:
    addon(settings(), settings("old"))
    cluster.kubectl_run("delete", "configmap", "old", f"--namespace={addon.namespace}")
    again = in_space(settings("old", theirs="1"), addon.namespace)
    again["metadata"]["labels"] = {LABEL: addon.name}
    cluster.apply(again)
    done = addon(settings())
    assert done["deleted"] == []
    assert "made another one" in done["kept"][f"ConfigMap {addon.namespace}/old"]
    assert addon.get("configmap", "old") is not None


def test_what_lost_the_label_is_kept(addon: Addon, cluster: Cluster) -> None:
    addon(settings(), settings("old"))
    place = f"--namespace={addon.namespace}"
    cluster.kubectl_run("label", "configmap", "old", f"{LABEL}-", place)
    assert f"ConfigMap {addon.namespace}/old" in addon(settings())["kept"]
    assert addon.get("configmap", "old") is not None


def test_claims_and_what_is_annotated_are_kept(addon: Addon) -> None:
    claim = {
        "apiVersion": "v1",
        "kind": "PersistentVolumeClaim",
        "metadata": {"name": "data"},
        "spec": {
            "accessModes": ["ReadWriteOnce"],
            "resources": {"requests": {"storage": "1Gi"}},
        },
    }
    noted = settings("noted")
    noted["metadata"]["annotations"] = {"worldtree.io/prune": "keep"}
    addon(claim, noted, settings())
    done = addon(state="absent")
    assert sorted(done["kept"]) == [
        f"ConfigMap {addon.namespace}/noted",
        f"PersistentVolumeClaim {addon.namespace}/data",
    ]
    assert done["deleted"] == [f"ConfigMap {addon.namespace}/settings"]


def test_an_object_of_another_addon_is_refused(addon: Addon, other: Addon) -> None:
    other(in_space(settings(), addon.namespace))
    assert f"belongs to the addon {other.name}" in addon(settings())["msg"]


def test_a_namespace_goes_with_the_addon_that_made_it(addon: Addon, cluster: Cluster) -> None:
    space = f"{addon.namespace}-own"
    addon(namespace(space), in_space(settings(), space))
    done = addon(state="absent", ready_seconds=60)
    assert done["deleted"] == [f"ConfigMap {space}/settings", f"Namespace {space}"]
    assert cluster.get("namespace", space) is None
    assert addon(state="absent")["changed"] is False


def test_a_namespace_with_objects_of_others_stays(addon: Addon, cluster: Cluster) -> None:
    space = f"{addon.namespace}-own"
    addon(namespace(space), in_space(settings(), space))
    cluster.apply(in_space(settings("theirs"), space))
    done = addon(state="absent")
    assert done["deleted"] == [f"ConfigMap {space}/settings"]
    assert f"ConfigMap {space}/theirs is not of this addon" in done["kept"][f"Namespace {space}"]
    assert cluster.get("namespace", space)


def test_a_kind_is_established_before_its_objects_and_goes_after_them(addon: Addon) -> None:
    group = f"{addon.name}.example.com"
    assert addon(tree(group), definition(group))["created"] == [
        f"CustomResourceDefinition trees.{group}",
        f"Tree {addon.namespace}/oak",
    ]
    assert addon(tree(group), definition(group))["changed"] is False
    done = addon(state="absent", ready_seconds=60)
    assert done["deleted"] == [
        f"Tree {addon.namespace}/oak",
        f"CustomResourceDefinition trees.{group}",
    ]


def test_a_kind_with_objects_of_others_stays(addon: Addon, cluster: Cluster) -> None:
    group = f"{addon.name}.example.com"
    addon(definition(group))
    cluster.apply(in_space(tree(group, "theirs"), addon.namespace))
    done = addon(state="absent")
    [why] = done["kept"].values()
    assert f"Tree {addon.namespace}/theirs" in why
    assert done["deleted"] == []


def test_a_run_that_was_killed_before_it_ended_leaves_nothing_unknown(
    addon: Addon, cluster: Cluster
) -> None:
    addon(settings(), settings("old"))
    # As a run leaves it that was killed right after it had made the object.
    lines = addon.record()
    for line in lines:
        line["uid"] = ""
    text = "\n".join(json.dumps(line) for line in lines)
    change = json.dumps({"data": {"objects": text}})
    name = f"worldtree-addon-{addon.name}"
    cluster.kubectl_run("patch", "configmap", name, "-nkube-system", f"--patch={change}")
    assert addon(settings())["deleted"] == [f"ConfigMap {addon.namespace}/old"]


def test_addons_that_nobody_wants_any_more_are_removed(
    addon: Addon, other: Addon, run: Run, cluster: Cluster, tmp_path: Path
) -> None:
    addon(settings())
    other(settings())
    words = ("get", "configmaps", "-nkube-system", "-lworldtree.io/addon-record", "--output=name")
    listed = [one.partition("worldtree-addon-")[2] for one in cluster.kubectl_run(*words).split()]
    given = {
        "names": [name for name in listed if name != other.name],
        "state_dir": str(tmp_path / "state"),
        "kubectl": str(cluster.kubectl),
        "kubeconfig": str(cluster.kubeconfig),
    }
    would = run("kubernetes_addons", **given, _ansible_check_mode=True)
    assert would["removed"] == [other.name]
    assert other.get("configmap", "settings")
    assert run("kubernetes_addons", **given)["removed"] == [other.name]
    assert other.get("configmap", "settings") is None
    assert addon.get("configmap", "settings")
    assert run("kubernetes_addons", **given)["changed"] is False


def test_the_removal_of_addons_is_undone(
    addon: Addon, run: Run, cluster: Cluster, tmp_path: Path
) -> None:
    space = f"{addon.namespace}-own"
    addon(namespace(space), in_space(settings(key="one"), space))
    words = ("get", "configmaps", "-nkube-system", "-lworldtree.io/addon-record", "--output=name")
    listed = [one.partition("worldtree-addon-")[2] for one in cluster.kubectl_run(*words).split()]
    given = {
        "kubectl": str(cluster.kubectl),
        "kubeconfig": str(cluster.kubeconfig),
        "state_dir": str(tmp_path / "state"),
    }
    names = [name for name in listed if name != addon.name]
    assert run("kubernetes_addons", **given, names=names, generation="t9")["removed"]
    assert cluster.get("namespace", space) is None
    assert run("kubernetes_addons", **given, state="reverted", task="t8")["changed"] is False
    assert run("kubernetes_addons", **given, state="reverted", task="t9")["changed"] is True
    assert (cluster.get("configmap", "settings", space) or {})["data"] == {"key": "one"}
    again = addon(namespace(space), in_space(settings(key="one"), space))
    assert again["changed"] is False


def test_a_namespace_stays_while_an_api_of_the_cluster_is_down(
    addon: Addon, cluster: Cluster
) -> None:
    """Kubernetes would not end it either, and what is in it cannot be seen."""
    space = f"{addon.namespace}-own"
    addon(namespace(space))
    spec = {
        "group": "down.example.com",
        "version": "v1",
        "service": {"name": "nobody", "namespace": "default"},
        "groupPriorityMinimum": 100,
        "versionPriority": 100,
    }
    metadata = {"name": "v1.down.example.com"}
    cluster.apply(
        {
            "apiVersion": "apiregistration.k8s.io/v1",
            "kind": "APIService",
            "metadata": metadata,
            "spec": spec,
        }
    )
    try:
        done = addon(state="absent")
    finally:
        cluster.kubectl_run("delete", "apiservice", "v1.down.example.com")
    assert "nobody can say what is in it" in done["kept"][f"Namespace {space}"]
    assert cluster.get("namespace", space)
