"""What is applied to a real API of Kubernetes, compared with it, and refused by it."""

from __future__ import annotations

import base64
import json
from pathlib import Path

from kubernetes_api import Cluster
from unit.collection.conftest import Run
from unit.collection.kubernetes.addon_under_test import (
    LABEL,
    Addon,
    definition,
    deployment,
    in_space,
    namespace,
    settings,
    tree,
)


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
