"""Health of objects of Kubernetes: cases by kind, and laws that hold for all of them."""

from __future__ import annotations

import importlib.util
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from examples import examples
from unit.collection.conftest import COLLECTIONS


@pytest.fixture(scope="module")
def judge() -> Any:
    """The module by its file: laws have many examples, and each of them would load it again."""
    place = "ansible_collections/worldtree/core/plugins/module_utils/kubernetes_health.py"
    spec = importlib.util.spec_from_file_location("health_under_test", COLLECTIONS / place)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def found(
    api_version: str,
    kind: str,
    spec: dict[str, Any] | None = None,
    status: dict[str, Any] | None = None,
    **metadata: Any,
) -> dict[str, Any]:
    made: dict[str, Any] = {
        "apiVersion": api_version,
        "kind": kind,
        "metadata": {"name": "one", **metadata},
    }
    if spec is not None:
        made["spec"] = spec
    if status is not None:
        made["status"] = status
    return made


def condition(name: str, status: str = "True", **more: Any) -> dict[str, Any]:
    return {"conditions": [{"type": name, "status": status, **more}]}


APPS = "apps/v1"
_LATE = {"reason": "ProgressDeadlineExceeded"}
_PULL = {"state": {"waiting": {"reason": "ErrImagePull", "message": "no"}}, "name": "a"}
_ALL = {"replicas": 2, "updatedReplicas": 2, "availableReplicas": 2}
_NEWER = {"updateRevision": "b", "currentRevision": "a"}
_ALPHA = {"updateRevision": "a", "currentRevision": "a"}
_DONE_SET = {"desiredNumberScheduled": 2, "updatedNumberScheduled": 2, "numberAvailable": 2}

CASES = [
    # A deployment.
    ("Healthy", found(APPS, "Deployment", {"replicas": 2}, _ALL)),
    ("Healthy", found(APPS, "Deployment", {"replicas": 0}, {})),
    ("Progressing", found(APPS, "Deployment", {"replicas": 3}, _ALL)),
    ("Progressing", found(APPS, "Deployment", {}, {})),
    ("Progressing", found(APPS, "Deployment", {"replicas": 2}, {**_ALL, "replicas": 3})),
    ("Progressing", found(APPS, "Deployment", {"replicas": 2}, {**_ALL, "availableReplicas": 1})),
    ("Suspended", found(APPS, "Deployment", {"paused": True}, {})),
    ("Degraded", found(APPS, "Deployment", {}, condition("Progressing", "False", **_LATE))),
    ("Progressing", found(APPS, "Deployment", {"replicas": 2}, _ALL, generation=2)),
    (
        "Healthy",
        found(APPS, "Deployment", {"replicas": 2}, {**_ALL, "observedGeneration": 2}, generation=2),
    ),
    # A stateful set.
    ("Healthy", found(APPS, "StatefulSet", {"replicas": 2}, {"readyReplicas": 2, **_ALPHA})),
    ("Progressing", found(APPS, "StatefulSet", {"replicas": 2}, {"readyReplicas": 1, **_ALPHA})),
    ("Progressing", found(APPS, "StatefulSet", {"replicas": 2}, {"readyReplicas": 2, **_NEWER})),
    (
        "Healthy",
        found(
            APPS,
            "StatefulSet",
            {"replicas": 3, "updateStrategy": {"rollingUpdate": {"partition": 2}}},
            {"readyReplicas": 3, "updatedReplicas": 1, **_NEWER},
        ),
    ),
    (
        "Progressing",
        found(
            APPS,
            "StatefulSet",
            {"replicas": 3, "updateStrategy": {"rollingUpdate": {"partition": 1}}},
            {"readyReplicas": 3, "updatedReplicas": 1, **_NEWER},
        ),
    ),
    (
        "Healthy",
        found(
            APPS,
            "StatefulSet",
            {"updateStrategy": {"type": "OnDelete"}},
            {"readyReplicas": 1, **_NEWER},
        ),
    ),
    # A daemon set.
    ("Healthy", found(APPS, "DaemonSet", {}, _DONE_SET)),
    ("Healthy", found(APPS, "DaemonSet", {}, {})),
    ("Progressing", found(APPS, "DaemonSet", {}, {**_DONE_SET, "updatedNumberScheduled": 1})),
    ("Progressing", found(APPS, "DaemonSet", {}, {**_DONE_SET, "numberAvailable": 1})),
    (
        "Healthy",
        found(
            APPS,
            "DaemonSet",
            {"updateStrategy": {"type": "OnDelete"}},
            {**_DONE_SET, "updatedNumberScheduled": 0},
        ),
    ),
    # A replica set.
    ("Healthy", found(APPS, "ReplicaSet", {}, {"availableReplicas": 1})),
    ("Progressing", found(APPS, "ReplicaSet", {}, {})),
    ("Degraded", found(APPS, "ReplicaSet", {}, condition("ReplicaFailure", reason="Quota"))),
    # A job.
    ("Healthy", found("batch/v1", "Job", {}, condition("Complete"))),
    ("Degraded", found("batch/v1", "Job", {}, condition("Failed", reason="Backoff"))),
    ("Suspended", found("batch/v1", "Job", {}, condition("Suspended"))),
    ("Progressing", found("batch/v1", "Job", {}, {"active": 1})),
    ("Progressing", found("batch/v1", "Job", {}, condition("Complete", "False"))),
    # A pod.
    ("Healthy", found("v1", "Pod", {}, {"phase": "Running", **condition("Ready")})),
    ("Progressing", found("v1", "Pod", {}, {"phase": "Running", **condition("Ready", "False")})),
    ("Progressing", found("v1", "Pod", {"restartPolicy": "Never"}, {"phase": "Running"})),
    ("Healthy", found("v1", "Pod", {}, {"phase": "Succeeded"})),
    ("Degraded", found("v1", "Pod", {}, {"phase": "Failed", "reason": "Evicted"})),
    ("Degraded", found("v1", "Pod", {}, {"phase": "Pending", "containerStatuses": [_PULL]})),
    ("Degraded", found("v1", "Pod", {}, {"phase": "Pending", "initContainerStatuses": [_PULL]})),
    ("Progressing", found("v1", "Pod", {}, {})),
    # A service.
    ("Healthy", found("v1", "Service", {"type": "ClusterIP"}, {"loadBalancer": {}})),
    ("Progressing", found("v1", "Service", {"type": "LoadBalancer"}, {"loadBalancer": {}})),
    (
        "Healthy",
        found(
            "v1",
            "Service",
            {"type": "LoadBalancer"},
            {"loadBalancer": {"ingress": [{"ip": "10.0.0.1"}]}},
        ),
    ),
    # A claim, a namespace, a definition, an API.
    ("Healthy", found("v1", "PersistentVolumeClaim", {}, {"phase": "Bound"})),
    ("Progressing", found("v1", "PersistentVolumeClaim", {}, {"phase": "Pending"})),
    ("Degraded", found("v1", "PersistentVolumeClaim", {}, {"phase": "Lost"})),
    ("Healthy", found("v1", "Namespace", {}, {"phase": "Active"})),
    ("Progressing", found("v1", "Namespace", {}, {"phase": "Terminating"})),
    (
        "Healthy",
        found("apiextensions.k8s.io/v1", "CustomResourceDefinition", {}, condition("Established")),
    ),
    ("Progressing", found("apiextensions.k8s.io/v1", "CustomResourceDefinition", {})),
    (
        "Degraded",
        found(
            "apiextensions.k8s.io/v1",
            "CustomResourceDefinition",
            {},
            condition("NamesAccepted", "False", reason="Taken"),
        ),
    ),
    ("Healthy", found("apiregistration.k8s.io/v1", "APIService", {}, condition("Available"))),
    (
        "Progressing",
        found("apiregistration.k8s.io/v1", "APIService", {}, condition("Available", "False")),
    ),
    ("Progressing", found("apiregistration.k8s.io/v1", "APIService", {})),
    # Nobody reports on these; a kind of the same name in another group is another kind.
    ("Healthy", found("v1", "ConfigMap")),
    ("Healthy", found("shop.example.com/v1", "Deployment", {"replicas": 3}, {})),
]


@pytest.mark.parametrize(("wanted", "one"), CASES)
def test_health_of_each_kind(judge: Any, wanted: str, one: dict[str, Any]) -> None:
    judged = judge.health(one)
    assert judged.status == wanted
    assert bool(judged.message) == (wanted != "Healthy")


def test_what_does_not_exist_is_missing(judge: Any) -> None:
    assert judge.health(None).status == "Missing"


def test_only_what_has_ended_badly_for_good_is_final(judge: Any) -> None:
    final = [one for _, one in CASES if judge.health(one).final]
    assert [one["kind"] for one in final] == ["Job", "Pod"]


def test_a_gate_is_a_condition_that_was_seen(judge: Any) -> None:
    one = found("cert-manager.io/v1", "Certificate", generation=2)
    assert judge.gate(one, "Ready").status == "Progressing"
    assert judge.gate(None, "Ready").status == "Missing"
    one["status"] = condition("Ready", "False", reason="Pending", message="waits")
    assert judge.gate(one, "Ready").message == "Ready: Pending: waits"
    one["status"] = condition("Ready", observedGeneration=1)
    assert judge.gate(one, "Ready").status == "Progressing"
    one["status"] = condition("Ready", observedGeneration=2)
    assert judge.gate(one, "Ready").status == "Healthy"


COUNTS = st.integers(0, 5)
WORKLOADS = st.sampled_from(["Deployment", "StatefulSet", "DaemonSet", "ReplicaSet"])
NAMES = (
    *("replicas", "readyReplicas", "updatedReplicas", "availableReplicas", "observedGeneration"),
    *("desiredNumberScheduled", "updatedNumberScheduled", "numberAvailable"),
)
STATUSES = st.dictionaries(st.sampled_from(NAMES), COUNTS)


@settings(max_examples=examples(300))
@given(kind=WORKLOADS, replicas=COUNTS, status=STATUSES, generation=COUNTS, late=st.booleans())
def test_laws_of_workloads(
    judge: Any,
    kind: str,
    replicas: int,
    status: dict[str, int],
    generation: int,
    late: bool,
) -> None:
    """What was not seen, is going, or has fewer pods than wanted is never healthy."""
    one = found(APPS, kind, {"replicas": replicas}, dict(status), generation=generation)
    if late:
        one["status"]["conditions"] = [{"type": "Progressing", "status": "False", **_LATE}]
    judged = judge.health(one)
    assert judged == judge.health(one)
    if status.get("observedGeneration", 0) < generation:
        assert judged.status != "Healthy"
    if kind == "Deployment" and judged.status == "Healthy":
        assert status.get("availableReplicas", 0) >= replicas
    if kind == "DaemonSet" and judged.status == "Healthy":
        assert status.get("numberAvailable", 0) >= status.get("desiredNumberScheduled", 0)
    one["metadata"]["deletionTimestamp"] = "2026-01-01T00:00:00Z"
    assert judge.health(one).status == "Progressing"


@settings(max_examples=examples(300))
@given(statuses=st.lists(st.sampled_from(range(5))), more=st.sampled_from(range(5)))
def test_the_worst_health_counts(judge: Any, statuses: list[int], more: int) -> None:
    """One more object never makes an addon healthier, and order does not matter."""
    order = judge.ORDER
    healths = [judge.Health(order[one], "", False) for one in statuses]
    before = order.index(judge.worst(healths))
    after = judge.worst([*healths, judge.Health(order[more], "", False)])
    assert order.index(after) == max(before, more)
    assert judge.worst(healths[::-1]) == order[before]
