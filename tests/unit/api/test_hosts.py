"""Drift and facts through the API."""

from __future__ import annotations

import time

import pytest

from unit.api.service import Service, check_problem, document
from unit.store.tasks import run_task
from worldtree.core.process_identity import current_process
from worldtree.store.drift_reports import DriftSummary


@pytest.fixture
def checked(service: Service) -> list[str]:
    """Tasks that checked a cluster, the newest first."""
    if service.store.wanted_document("shop") is None:
        service.store.put_document("shop", document(), None)
    found = [run_task(service.store).id for _ in range(3)]
    for number, task in enumerate(found):
        one = DriftSummary(task, "shop", time.time(), "drifted", number, 4, 4)
        service.store.save_drift_report(one, {"differs": [{"node": "n", "host": f"h{number}"}]})
    return found[::-1]


def test_the_newest_report_has_what_differs(service: Service, checked: list[str]) -> None:
    found = service.call("GET", "/clusters/shop/drift").json()
    assert (found["task_id"], found["status"], found["differing"]) == (checked[0], "drifted", 2)
    assert found["differs"] == [{"node": "n", "host": "h2"}]


def test_the_history_is_light_and_has_pages(service: Service, checked: list[str]) -> None:
    first = service.call("GET", "/clusters/shop/drift/history?limit=2").json()
    rest = service.call("GET", f"/clusters/shop/drift/history?cursor={first['next']}").json()
    items = [*first["items"], *rest["items"]]
    assert [one["task_id"] for one in items][:3] == checked
    assert all("differs" not in one for one in items)
    check_problem(
        service.call("GET", "/clusters/shop/drift/history?cursor=WzFd"), 422, "cursor-invalid"
    )


def test_the_fleet_has_one_report_per_cluster(service: Service, checked: list[str]) -> None:
    [one] = service.call("GET", "/drift").json()["items"]
    assert (one["cluster"], one["task_id"]) == ("shop", checked[0])
    check_problem(service.call("GET", "/drift?cursor=WzFd"), 422, "cursor-invalid")


def test_a_cluster_without_a_report_says_so(service: Service) -> None:
    """Which is not the same as a clean one."""
    service.store.put_document("fresh", document("fresh"), None)
    check_problem(service.call("GET", "/clusters/fresh/drift"), 404, "drift-unknown")
    assert service.call("GET", "/clusters/fresh/drift/history").json()["items"] == []
    for path in ("drift", "drift/history", "facts", "facts/h1"):
        check_problem(service.call("GET", f"/clusters/absent/{path}"), 404, "cluster-unknown")
    check_problem(service.call("POST", "/clusters/absent/drift"), 404, "cluster-unknown")


@pytest.mark.usefixtures("checked")
def test_drift_is_looked_for_by_a_task(service: Service) -> None:
    """A worker gets the command, and the part of the document that was chosen."""
    answer = service.call("POST", "/clusters/shop/drift", json={"selection": {"hosts": ["h1"]}})
    assert answer.status_code == 202
    task = service.store.task(answer.json()["task_id"])
    assert (task.command, task.pipeline) == ("drift", "create-cluster")
    row = service.store.take_queued(
        current_process(), lambda rows: next(one for one in rows if one.task == task.id)
    )
    assert row is not None
    assert row.request["request"]["command"] == "drift"
    assert row.request["request"]["selection"]["hosts"] == ["h1"]
    check_problem(
        service.call("POST", "/clusters/shop/drift", json={"check": True}), 422, "request-invalid"
    )


@pytest.mark.usefixtures("checked")
def test_facts_are_gathered_by_a_task(service: Service) -> None:
    answer = service.call("POST", "/clusters/shop/facts", json={"hosts": ["h1"]})
    assert answer.status_code == 202
    task = service.store.task(answer.json()["task_id"])
    assert task.command == "facts"
    [row] = [one for one in service.store.queued_tasks() if one.task == task.id]
    selection = row.request["request"]["selection"]
    assert (selection["only"], selection["hosts"]) == (["facts/gather/setup"], ["h1"])
    assert service.store.cancel_queued(task.id, "cancelled", "somebody")
    check_problem(
        service.call("POST", "/clusters/shop/facts", json={"check": True}), 422, "request-invalid"
    )
    check_problem(service.call("POST", "/clusters/absent/facts"), 404, "cluster-unknown")


@pytest.mark.usefixtures("checked")
def test_facts_of_hosts_are_shown_one_by_one(service: Service) -> None:
    """The list has no facts, which are large."""
    service.store.save_facts("shop", {"h1": {"ansible_distribution": "Debian"}, "h2": {}}, 100.0)
    assert service.call("GET", "/clusters/shop/facts").json() == {
        "items": [
            {"host": "h1", "gathered": "1970-01-01T00:01:40.000Z"},
            {"host": "h2", "gathered": "1970-01-01T00:01:40.000Z"},
        ]
    }
    found = service.call("GET", "/clusters/shop/facts/h1").json()
    assert (found["host"], found["facts"]) == ("h1", {"ansible_distribution": "Debian"})
    check_problem(service.call("GET", "/clusters/shop/facts/h9"), 404, "facts-unknown")
    check_problem(service.call("GET", "/clusters/shop/facts/%00"), 422, "request-invalid")
