"""The modules `kubernetes_addon` and `kubernetes_addons`, against a real API of Kubernetes."""

from __future__ import annotations

import base64
import itertools
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from kubernetes_api import Cluster, kubernetes_api, unavailable
from unit.catalog.addons.built_in import ADDONS
from unit.collection.conftest import Run

LABEL = "worldtree.io/addon"
_NUMBERS = itertools.count(1)


@pytest.fixture(scope="module")
def cluster() -> Iterator[Cluster]:
    if why := unavailable():
        pytest.skip(why)
    with kubernetes_api() as found:
        yield found


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


@pytest.fixture
def addon(run: Run, cluster: Cluster, tmp_path: Path) -> Addon:
    return Addon(run, cluster, tmp_path / "state")


@pytest.fixture
def other(run: Run, cluster: Cluster, tmp_path: Path) -> Addon:
    return Addon(run, cluster, tmp_path / "state")


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


def test_objects_are_made_and_a_second_run_changes_nothing(addon: Addon) -> None:
    objects = (settings(key="one"), deployment(), settings("second", key="two"))
    first = addon(*objects)
    assert first["changed"] is True
    assert first["created"] == [
        f"ConfigMap {addon.namespace}/settings",
        f"ConfigMap {addon.namespace}/second",
        f"Deployment {addon.namespace}/shop",
    ]
    before = addon.get("configmap", "settings")
    assert before
    assert before["metadata"]["labels"] == {LABEL: addon.name}
    again = addon(*objects)
    assert again["changed"] is False
    assert again["created"] == again["updated"] == again["deleted"] == again["diff"] == []
    assert addon.get("configmap", "settings") == before


def test_no_object_is_in_the_parameters_that_a_result_shows(addon: Addon) -> None:
    made = addon(settings(key="one"))
    assert "objects" not in made["invocation"]["module_args"]
    failed = addon(settings(key="one"), settings(key="two"))
    assert "is there twice" in failed["msg"]
    assert "objects" not in failed["invocation"]["module_args"]


def test_check_mode_tells_what_would_change_and_changes_nothing(addon: Addon) -> None:
    addon(settings(key="one"), settings("old"))
    would = addon(settings(key="two"), deployment(), _ansible_check_mode=True)
    assert would["changed"] is True
    assert would["created"] == [f"Deployment {addon.namespace}/shop"]
    assert would["updated"] == [f"ConfigMap {addon.namespace}/settings"]
    assert would["deleted"] == [f"ConfigMap {addon.namespace}/old"]
    [changed] = [one for one in would["diff"] if "settings" in one["before_header"]]
    assert '"key": "one"' in changed["before"]
    assert '"key": "two"' in changed["after"]
    # What the server itself would fill in is shown, too.
    [made] = [one for one in would["diff"] if "shop" in one["before_header"]]
    assert '"revisionHistoryLimit": 10' in made["after"]
    assert (addon.get("configmap", "settings") or {})["data"] == {"key": "one"}
    assert addon.get("deployment", "shop") is None
    assert addon.get("configmap", "old") is not None


def test_check_mode_of_a_namespace_and_a_kind_that_are_not_there_yet(addon: Addon) -> None:
    group = f"{addon.name}.example.com"
    objects = [in_space(tree(group), "not-there"), namespace("not-there"), definition(group)]
    would = addon(*objects, _ansible_check_mode=True)
    assert would["created"] == [
        "Namespace not-there",
        f"CustomResourceDefinition trees.{group}",
        "Tree not-there/oak",
    ]


def test_fields_of_others_are_a_conflict_that_names_them_and_changes_nothing(
    addon: Addon, cluster: Cluster
) -> None:
    foreign = in_space(deployment(image="shop:9", replicas=7), addon.namespace)
    cluster.apply(foreign, "scaler")
    failed = addon(settings(key="one"), deployment(image="shop:1", replicas=2))
    assert failed["failed"] is True
    assert f"Deployment {addon.namespace}/shop" in failed["msg"]
    assert ".spec.replicas" in failed["msg"]
    assert "by `scaler`" in failed["msg"]
    assert "conflicts: take" in failed["msg"]
    assert addon.get("configmap", "settings") is None
    assert (addon.get("deployment", "shop") or {})["spec"]["replicas"] == 7


def test_fields_that_are_left_out_stay_with_their_owner(addon: Addon, cluster: Cluster) -> None:
    addon(deployment(replicas=None))
    cluster.kubectl_run("scale", "deployment", "shop", "--replicas=4", f"-n{addon.namespace}")
    assert addon(deployment(replicas=None))["changed"] is False
    assert addon(deployment(image="shop:2", replicas=None))["updated"]
    found = addon.get("deployment", "shop") or {}
    assert found["spec"]["replicas"] == 4


def test_fields_of_others_are_taken_over_where_the_document_says_so(
    addon: Addon, cluster: Cluster
) -> None:
    cluster.apply(in_space(settings(key="theirs"), addon.namespace), "somebody")
    assert addon(settings(key="ours"), conflicts="take")["changed"] is True
    assert addon(settings(key="ours"))["changed"] is False
    assert (addon.get("configmap", "settings") or {})["data"] == {"key": "ours"}


def test_a_field_that_the_addon_no_longer_has_is_removed(addon: Addon) -> None:
    addon(settings(one="1", two="2"))
    assert addon(settings(two="2"))["updated"]
    assert (addon.get("configmap", "settings") or {})["data"] == {"two": "2"}


def test_a_misspelt_field_is_refused_before_anything_changes(addon: Addon) -> None:
    wrong = deployment()
    wrong["spec"]["replcas"] = 3
    failed = addon(settings(key="one"), wrong)
    assert 'unknown field ".spec.replcas"' in failed["msg"] or "replcas" in failed["msg"]
    assert addon.get("configmap", "settings") is None


def test_every_problem_is_told_at_once(addon: Addon) -> None:
    wrong = deployment()
    del wrong["spec"]["selector"]
    unknown = {"apiVersion": "shop.example.com/v1", "kind": "Shop", "metadata": {"name": "x"}}
    failed = addon(wrong, unknown, in_space(settings(), "nowhere"))
    assert "spec.selector" in failed["msg"]
    assert "no kind Shop of shop.example.com/v1" in failed["msg"]
    assert 'namespaces "nowhere" not found' in failed["msg"]


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


def test_values_of_secrets_are_neither_in_differences_nor_in_saved_states(
    addon: Addon, tmp_path: Path
) -> None:
    secret = {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "login"}}
    first = addon({**secret, "stringData": {"password": "hunter2", "user": "me"}})
    coded = base64.b64encode(b"hunter2").decode()
    assert "hunter2" not in json.dumps(first)
    assert coded not in json.dumps(first)
    again = addon({**secret, "stringData": {"password": "hunter3", "user": "me"}})
    [shown] = again["diff"]
    assert '"password": "(hidden, changed)"' in shown["after"]
    assert '"user": "(hidden)"' in shown["after"]
    saved = [file.read_text() for file in (tmp_path / "state").rglob("*.json")]
    assert saved
    assert not [text for text in saved if "hunter" in text or coded in text]
    # A key that is gone from `stringData` is gone from the secret.
    addon({**secret, "stringData": {"password": "hunter3"}})
    assert [*(addon.get("secret", "login") or {})["data"]] == ["password"]


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


def test_readiness_waits_for_what_the_controllers_report(addon: Addon, cluster: Cluster) -> None:
    failed = addon(deployment(), ready_seconds=1)
    assert "is not healthy" in failed["msg"]
    assert f"Deployment {addon.namespace}/shop is Progressing" in failed["msg"]
    pods = cluster.kubectl_run("get", "pods", f"-n{addon.namespace}", "--output=name").split()
    name = pods[0].removeprefix("pod/")
    status = {
        "phase": "Running",
        "conditions": [{"type": "Ready", "status": "True"}],
        "containerStatuses": [],
    }
    cluster.set_status("pod", name, addon.namespace, status)
    done = addon(deployment(), ready_seconds=60)
    assert done["changed"] is False
    assert done["health"] == {f"Deployment {addon.namespace}/shop": "Healthy"}
    assert addon(state="healthy", ready_seconds=1)["changed"] is False


def test_a_pod_that_does_not_start_is_told(addon: Addon, cluster: Cluster) -> None:
    addon(deployment())
    name = ""
    while not name:
        listed = cluster.kubectl_run("get", "pods", f"-n{addon.namespace}", "--output=name")
        name = listed.strip().removeprefix("pod/")
    waiting = {"waiting": {"reason": "ImagePullBackOff", "message": "no such image"}}
    one = {"name": "shop", "image": "shop:1", "imageID": "", "ready": False, "restartCount": 0}
    status = {"phase": "Pending", "containerStatuses": [{**one, "state": waiting}]}
    cluster.set_status("pod", name, addon.namespace, status)
    failed = addon(deployment(), ready_seconds=1)
    assert f"pod {name}: container shop: ImagePullBackOff: no such image" in failed["msg"]


def test_a_gate_waits_for_a_condition(addon: Addon, cluster: Cluster) -> None:
    gate = {"api_version": "v1", "kind": "Pod", "name": "one", "condition": "Ready"}
    pod = {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"name": "one"},
        "spec": {"containers": [{"name": "one", "image": "x"}], "restartPolicy": "Never"},
    }
    cluster.apply(in_space(pod, addon.namespace))
    failed = addon(settings(), gates=[gate], ready_seconds=1)
    assert f"Pod {addon.namespace}/one (Ready) is Progressing" in failed["msg"]
    ready = {"conditions": [{"type": "Ready", "status": "True"}]}
    cluster.set_status("pod", "one", addon.namespace, ready)
    assert addon(settings(), gates=[gate], ready_seconds=5)["changed"] is False


def test_the_first_apply_is_undone_by_removing_what_it_made(addon: Addon, cluster: Cluster) -> None:
    cluster.apply(in_space(settings(theirs="1"), addon.namespace))
    addon(settings(ours="2"), deployment(), generation="t1")
    done = addon(state="reverted", task="t1")
    assert done["changed"] is True
    assert addon.get("deployment", "shop") is None
    assert (addon.get("configmap", "settings") or {})["data"] == {"theirs": "1"}
    assert addon(state="absent")["changed"] is False
    assert addon(state="reverted", task="t1")["changed"] is False


def test_a_change_is_undone_by_what_was_applied_before(addon: Addon) -> None:
    addon(settings(key="one"), deployment(image="shop:1"), settings("old", a="b"), generation="t1")
    addon(settings(key="two"), deployment(image="shop:2"), settings("new"), generation="t2")
    assert addon.get("configmap", "old") is None
    done = addon(state="reverted", task="t2")
    assert done["changed"] is True
    assert (addon.get("configmap", "settings") or {})["data"] == {"key": "one"}
    assert (addon.get("configmap", "old") or {})["data"] == {"a": "b"}
    assert addon.get("configmap", "new") is None
    found = addon.get("deployment", "shop") or {}
    assert found["spec"]["template"]["spec"]["containers"][0]["image"] == "shop:1"
    again = addon(settings(key="one"), deployment(image="shop:1"), settings("old", a="b"))
    assert again["changed"] is False


def test_an_undo_says_which_secrets_it_left(addon: Addon) -> None:
    secret = {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "login"}}
    addon({**secret, "stringData": {"a": "1"}}, generation="t1")
    addon({**secret, "stringData": {"a": "2"}}, generation="t2")
    done = addon(state="reverted", task="t2")
    [remark] = done["remarks"]
    assert remark.startswith(f"Secret {addon.namespace}/login stays")
    assert addon.get("secret", "login")


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


def test_check_mode_before_there_is_a_cluster(addon: Addon, run: Run, tmp_path: Path) -> None:
    missing = str(tmp_path / "missing")
    every = {"kubectl": missing, "kubeconfig": missing}
    assert run("kubernetes_addons", **every, _ansible_check_mode=True)["changed"] is False
    assert run("kubernetes_addons", **every)["failed"] is True
    for given in ({"kubectl": missing}, {"kubeconfig": missing}, {"manifests": [missing]}):
        would = addon(settings(), **given, _ansible_check_mode=True)
        assert would["changed"] is True
        assert missing in would["msg"]
        assert addon(settings(), **given)["failed"] is True


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
