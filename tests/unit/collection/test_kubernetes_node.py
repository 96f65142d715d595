"""Members are taken out of service within budgets, and brought back by the next run, too."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

KUBECTL = "/usr/local/bin/kubectl"


class FakeApi:
    """An imitation of kubectl over Node objects."""

    def __init__(self, *names: str) -> None:
        self.nodes = {name: self._node(name) for name in names}
        self.drained: list[list[str]] = []
        #: What kubectl says while pods do not leave.
        self.blocked = ""
        self.check_mode = False
        self.params: dict[str, Any] = {}

    @staticmethod
    def _node(name: str) -> dict[str, Any]:
        return {
            "metadata": {"name": name, "labels": {}, "annotations": {}},
            "spec": {},
            "status": {
                "conditions": [{"type": "Ready", "status": "True"}],
                "nodeInfo": {"kubeletVersion": "v1.34.9"},
            },
        }

    def set_ready(self, name: str, ready: bool) -> None:
        """Let a member be ready, or not."""
        self.nodes[name]["status"]["conditions"][0]["status"] = str(ready)

    def run_command(self, argv: list[str], **_more: Any) -> tuple[int, str, str]:
        words = argv[1:]
        if words[:2] == ["get", "nodes"]:
            return 0, json.dumps({"items": list(self.nodes.values())}), ""
        if words[0] == "patch":
            patch = json.loads(words[4].partition("=")[2])
            node = self.nodes[words[2]]
            merge(node["metadata"]["annotations"], patch["metadata"]["annotations"])
            merge(node["spec"], patch["spec"])
            return 0, "", ""
        if words[0] == "drain":
            self.drained.append(words[1:])
            return (1, "", self.blocked) if self.blocked else (0, "", "")
        if words[0] == "delete":
            del self.nodes[words[2]]
            return 0, "", ""
        raise AssertionError(words)


def merge(target: dict[str, Any], change: dict[str, Any]) -> None:
    """Change a mapping as a merge patch does."""
    target.update(change)
    for name in [name for name, value in target.items() if value is None]:
        del target[name]


class Worker:
    """Runs the module's work over the imitation."""

    def __init__(self, plugins: Callable[[str], Any], api: FakeApi) -> None:
        self.module = plugins("modules.kubernetes_node")
        self.client = plugins("module_utils.kubernetes_client")
        self.error = self.client.KubernetesError
        self.api = api

    def __call__(self, state: str, node: str = "", **given: Any) -> list[str]:
        """Bring a member to a state; return the names of those that were changed."""
        self.api.params = {
            "state": state,
            "node": node,
            "reason": "upgrade",
            "group": list(self.api.nodes),
            "most_away": 1,
            "etcd_ctl": [],
            "timeout": 5,
            "delete_unmanaged": False,
            "lost_is_drained": False,
            "release": "",
            **given,
        }
        client = self.client.KubernetesClient(self.api, [KUBECTL], patience=0)
        done: list[str] = self.module.NodeWork(self.api, client).run()
        return done


@pytest.fixture
def work(plugins: Callable[[str], Any], monkeypatch: pytest.MonkeyPatch) -> Worker:
    """Three workers; nothing waits."""
    found = Worker(plugins, FakeApi("w1", "w2", "w3"))
    clock = iter(range(10**6))
    monkeypatch.setattr(found.module.time, "sleep", lambda _seconds: None)
    monkeypatch.setattr(found.module.time, "monotonic", lambda: next(clock) / 10)
    return found


def test_a_member_leaves_and_comes_back(work: Worker) -> None:
    assert work("cordoned", "w1") == ["w1"]
    assert work.api.nodes["w1"]["spec"] == {"unschedulable": True}
    assert work("drained", "w1") == ["w1"]
    assert work.api.drained[0][:3] == ["w1", "--ignore-daemonsets", "--delete-emptydir-data"]
    assert work("restored", "w1") == ["w1"]
    assert work.api.nodes["w1"]["spec"] == {}
    assert work.api.nodes["w1"]["metadata"]["annotations"] == {}
    assert work("restored", "w1") == []


def test_what_would_exceed_the_budget_is_refused_before_anything_is_changed(work: Worker) -> None:
    work.api.set_ready("w2", False)
    with pytest.raises(work.error, match=r"w2 \(not ready\) is away already"):
        work("cordoned", "w1")
    assert work.api.nodes["w1"]["spec"] == {}
    assert work("cordoned", "w1", most_away=2) == ["w1"]


def test_a_cordon_of_a_run_that_was_killed_is_found_and_lifted(work: Worker) -> None:
    """The note is in the same change as the cordon, so that neither is without the other."""
    work("cordoned", "w1")
    assert work("cordoned", "w1") == []
    assert work("restored") == ["w1"]


def test_a_cordon_of_a_person_stays(work: Worker) -> None:
    work.api.nodes["w1"]["spec"]["unschedulable"] = True
    assert work("cordoned", "w1") == []
    assert work("restored", "w1") == []
    assert work("restored") == []
    assert work.api.nodes["w1"]["spec"] == {"unschedulable": True}


def test_a_cordon_for_something_else_stays(work: Worker) -> None:
    work("cordoned", "w1", reason="removal")
    assert work("restored", "w1") == []


def test_pods_that_do_not_leave_are_an_error_that_names_the_way_to_look(work: Worker) -> None:
    work("cordoned", "w1")
    work.api.blocked = "error when evicting pods/web-1"
    with pytest.raises(work.error, match="poddisruptionbudgets"):
        work("drained", "w1")
    assert "--force" not in work.api.drained[0]


def test_a_member_that_is_lost_while_it_is_drained_for_good_counts_as_drained(work: Worker) -> None:
    """Its pods never say that they ended; for an upgrade it has to come back first."""
    work.api.blocked = "pods are still there"
    work.api.set_ready("w1", False)
    assert work("drained", "w1", lost_is_drained=True) == ["w1"]
    with pytest.raises(work.error, match="did not all leave"):
        work("drained", "w1")


def test_pods_without_an_owner_go_only_on_demand(work: Worker) -> None:
    work("drained", "w1", delete_unmanaged=True)
    assert "--force" in work.api.drained[0]


def test_a_member_is_awaited_with_its_release(work: Worker) -> None:
    assert work("ready", "w1", release="1.34.9") == []
    with pytest.raises(work.error, match=r"with a kubelet v1\.34\.9, after 5 s"):
        work("ready", "w1", release="1.35.6")


def test_a_node_object_is_deleted_only_out_of_service(work: Worker) -> None:
    with pytest.raises(work.error, match="cordon and drain it first"):
        work("absent", "w1")
    work("cordoned", "w1")
    assert work("absent", "w1") == ["w1"]
    assert work("absent", "w1") == []
    work.api.set_ready("w2", False)
    assert work("absent", "w2") == ["w2"]


def test_check_mode_refuses_and_changes_nothing(work: Worker) -> None:
    work.api.check_mode = True
    assert work("cordoned", "w1") == ["w1"]
    assert work("drained", "w1") == ["w1"]
    assert work.api.nodes["w1"]["spec"] == {}
    assert work.api.drained == []
