"""What an addon has applied, and what may be deleted of it; objects as plain data."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

Load = Callable[[str], Any]
LABEL = "worldtree.io/addon"


@pytest.fixture
def record(plugins: Load) -> Any:
    return plugins("module_utils.kubernetes_record")


@pytest.fixture
def objects(plugins: Load) -> Any:
    return plugins("module_utils.kubernetes_objects")


def live(kind: str = "ConfigMap", uid: str = "u1", **metadata: Any) -> dict[str, Any]:
    own = {"name": "one", "namespace": "shop", "uid": uid, "labels": {LABEL: "mine"}}
    return {"apiVersion": "v1", "kind": kind, "metadata": {**own, **metadata}}


@pytest.mark.parametrize(
    ("found", "uid", "is_made", "act"),
    [
        (live(), "u1", True, "delete"),
        # A run was killed before it could take the uid down.
        (live(), "", True, "delete"),
        (None, "u1", True, "gone"),
        (live(uid="u2"), "u1", True, "kept"),
        (live(labels={}), "u1", True, "kept"),
        (live(labels={LABEL: "other"}), "u1", True, "kept"),
        (live(), "u1", False, "release"),
        (live(annotations={"worldtree.io/prune": "keep"}), "u1", True, "kept"),
        (live("PersistentVolumeClaim"), "u1", True, "kept"),
    ],
)
def test_only_what_the_addon_made_and_still_has_is_deleted(
    record: Any, objects: Any, found: dict[str, Any] | None, uid: str, is_made: bool, act: str
) -> None:
    kind = (found or live())["kind"]
    entry = record.Entry("v1", objects.Ref("", kind, "shop", "one"), uid, is_made)
    verdict = record.verdict(entry, found, "mine")
    assert verdict.act == act
    assert bool(verdict.why) == (act == "kept")


def test_a_record_is_read_as_it_was_written(record: Any, objects: Any) -> None:
    refs = [
        objects.Ref("apps", "Deployment", "shop", "web"),
        objects.Ref("", "Namespace", "", "shop"),
    ]
    entries = {
        refs[0]: record.Entry("apps/v1", refs[0], "u1", True),
        refs[1]: record.Entry("v1", refs[1], "", False),
    }
    made = record.written("mine", entries.values())
    assert made["metadata"]["labels"] == {"worldtree.io/addon-record": "mine"}
    assert record.read(made) == entries
    assert record.read(None) == {}


def test_objects_are_applied_after_what_they_need(objects: Any) -> None:
    kinds = [
        *("MutatingWebhookConfiguration", "Deployment", "APIService", "Service", "ConfigMap"),
        *("CustomResourceDefinition", "Namespace", "Shop"),
    ]
    ordered = objects.in_order([{"kind": kind} for kind in kinds])
    assert [one["kind"] for one in ordered] == [
        *("Namespace", "CustomResourceDefinition", "ConfigMap", "Service", "Deployment", "Shop"),
        *("APIService", "MutatingWebhookConfiguration"),
    ]


def test_an_object_is_the_same_in_all_versions_of_its_api(objects: Any) -> None:
    metadata = {"name": "x", "namespace": "y"}
    one = objects.ref_of({"apiVersion": "shop.io/v1beta1", "kind": "Shop", "metadata": metadata})
    assert one == objects.ref_of({"apiVersion": "shop.io/v1", "kind": "Shop", "metadata": metadata})
    assert str(one) == "Shop y/x"


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ("text", "it is not a mapping"),
        ({"kind": "X"}, "it has no `apiVersion`"),
        ({"apiVersion": "v1"}, "it has no `kind`"),
        ({"apiVersion": "v1", "kind": "X"}, "it has no `metadata.name`"),
        ({"apiVersion": "v1", "kind": "X", "metadata": {"generateName": "x-"}}, "metadata.name"),
        ({"apiVersion": "v1", "kind": "X", "metadata": {"name": ""}}, "is empty"),
        ({"apiVersion": "v1", "kind": "X", "metadata": {"name": "x"}}, ""),
    ],
)
def test_what_is_no_object_is_told(objects: Any, given: Any, words: str) -> None:
    told = objects.problem_of(given)
    assert words in told
    assert bool(told) == bool(words)


def test_what_a_manager_has_applied_is_read_from_the_object(objects: Any) -> None:
    """Only its own fields, items of lists by their keys and by their values."""
    found = live(
        labels={LABEL: "mine", "theirs": "1"},
        finalizers=["a", "b"],
        managedFields=[
            {
                "manager": "worldtree",
                "operation": "Apply",
                "apiVersion": "v1",
                "fieldsV1": {
                    "f:metadata": {
                        "f:labels": {f"f:{LABEL}": {}},
                        "f:finalizers": {'v:"b"': {}},
                    },
                    "f:spec": {
                        "f:ports": {
                            'k:{"port":80,"protocol":"TCP"}': {".": {}, "f:port": {}},
                            'k:{"port":99,"protocol":"TCP"}': {".": {}, "f:port": {}},
                        },
                        "f:selector": {},
                        "f:gone": {},
                    },
                },
            },
            {
                "manager": "kubectl",
                "operation": "Update",
                "apiVersion": "v1",
                "fieldsV1": {"f:spec": {"f:type": {}}},
            },
        ],
    )
    found["spec"] = {
        "type": "NodePort",
        "selector": {"app": "shop"},
        "ports": [
            {"port": 443, "protocol": "TCP"},
            {"port": 80, "protocol": "TCP", "nodePort": 30080},
        ],
    }
    assert objects.owned(found) == {
        "apiVersion": "v1",
        "kind": "ConfigMap",
        "metadata": {
            "name": "one",
            "namespace": "shop",
            "labels": {LABEL: "mine"},
            "finalizers": ["b"],
        },
        "spec": {
            "selector": {"app": "shop"},
            "ports": [{"port": 80, "protocol": "TCP"}],
        },
    }
    assert objects.owned(live()) is None


def test_a_difference_of_secrets_says_what_changes_and_shows_no_value(objects: Any) -> None:
    old = {**live("Secret"), "data": {"same": "c2FtZQ==", "other": "b25l", "gone": "eA=="}}
    new = {**live("Secret"), "data": {"same": "c2FtZQ==", "other": "dHdv", "new": "eQ=="}}
    shown = objects.difference(old, new)
    assert '"other": "(hidden, changed)"' in shown["after"]
    assert '"same": "(hidden)"' in shown["after"]
    assert '"gone": "(hidden)"' in shown["before"]
    assert '"new": "(hidden)"' in shown["after"]
    assert "==" not in shown["before"] + shown["after"]
    assert '"uid"' not in shown["before"]
