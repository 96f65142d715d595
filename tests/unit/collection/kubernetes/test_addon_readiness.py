"""When an addon is ready, and how changes of it are undone."""

from __future__ import annotations

from kubernetes_api import Cluster
from unit.collection.kubernetes.addon_under_test import (
    Addon,
    deployment,
    in_space,
    settings,
)


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
