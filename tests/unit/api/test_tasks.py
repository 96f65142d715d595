"""Tasks through the API: pages, results, logs, events, and what is asked about them."""

from __future__ import annotations

import json
from typing import Any

import pytest

from unit.api.service import Service, check_problem, document
from unit.store.tasks import WANTED, queue_task, run_task
from worldtree.api.answers import JsonAnswer
from worldtree.core.errors import RefusedError
from worldtree.core.next_steps import NextStep
from worldtree.core.process_identity import current_process
from worldtree.results.status import TaskStatus


@pytest.fixture
def queued(service: Service) -> str:
    """A task in the queue."""
    found = service.store.wanted_document("shop")
    if found is None:
        service.store.put_document("shop", document(), None)
    answer = service.call("POST", "/clusters/shop/tasks")
    assert answer.status_code == 202
    return str(answer.json()["task_id"])


@pytest.fixture
def failed(service: Service) -> str:
    """A task that failed on a host."""
    return run_task(service.store, "failed").id


def pages(service: Service, path: str) -> list[dict[str, Any]]:
    """All items of a list, page by page."""
    items: list[dict[str, Any]] = []
    more = ""
    while True:
        page = service.call("GET", f"{path}{more}").json()
        items += page["items"]
        if page["next"] is None:
            return items
        key = "cursor" if isinstance(page["next"], str) else "after"
        more = f"&{key}={page['next']}"


def test_tasks_are_sorted_and_a_cursor_belongs_to_its_order(service: Service) -> None:
    for number, cluster in enumerate(("z-last", "a-first", "z-last")):
        queue_task(service.store, f"sorted-{number}", cluster)

    def listed(order: str, key: str = "id") -> list[str]:
        return [one[key] for one in pages(service, f"/tasks?limit=2&sort={order}")]

    newest_first = listed("-asked")
    assert newest_first == [one["id"] for one in pages(service, "/tasks?limit=2")]
    assert listed("asked") == newest_first[::-1]
    for order in ("cluster", "-cluster"):
        assert sorted(listed(order)) == sorted(newest_first)
        names = listed(order, "cluster")
        assert names == sorted(names, reverse=order == "-cluster")
    for order, other in (("asked", "-asked"), ("-asked", "cluster"), ("cluster", "-cluster")):
        cursor = service.call("GET", f"/tasks?limit=1&sort={order}").json()["next"]
        answer = service.call("GET", f"/tasks?limit=1&sort={other}&cursor={cursor}")
        assert "`sort`" in check_problem(answer, 422, "cursor-invalid")["hint"]


def test_pages_have_every_task_once(service: Service, queued: str, failed: str) -> None:
    """Newest first, each task once, also when one is added while pages are read."""
    for _ in range(5):
        run_task(service.store)
    first = service.call("GET", "/tasks?limit=2").json()
    seen = [one["id"] for one in first["items"]]
    added = run_task(service.store).id
    seen += [one["id"] for one in pages(service, f"/tasks?limit=2&cursor={first['next']}")]
    assert added not in seen
    assert len(seen) == len(set(seen))
    assert {queued, failed} < set(seen)
    rest = [one.id for one in service.store.list_tasks() if one.id != added]
    assert seen == rest


def test_lists_carry_no_payload(service: Service, queued: str) -> None:
    """A task of a list has neither what was asked for nor why it was refused, nor any text."""
    del queued
    [*items] = service.call("GET", "/tasks?limit=200").json()["items"]
    assert items
    for one in items:
        assert not {"request", "problem", "plan", "document", "directory", "nodes"} & set(one)
        assert len(json.dumps(one)) < 1000
    for path in ("/clusters", "/clusters/shop/documents"):
        assert "apiVersion" not in service.call("GET", path).text


@pytest.mark.parametrize(
    ("query", "key", "value"),
    [
        ("status=queued", "status", "queued"),
        ("status=partial", "status", "partial"),
        ("cluster=shop", "cluster", "shop"),
        ("command=apply", "command", "apply"),
    ],
)
def test_lists_are_filtered(
    service: Service, queued: str, failed: str, query: str, key: str, value: str
) -> None:
    """A filter leaves the tasks that have the value."""
    del queued, failed
    items = service.call("GET", f"/tasks?{query}").json()["items"]
    assert items
    assert {one[key] for one in items} == {value}
    assert service.call("GET", "/tasks?cluster=absent").json()["items"] == []


def test_a_task_has_its_nodes_and_hosts(service: Service, failed: str) -> None:
    """The result ends at the hosts; with `outputs` it has their Ansible tasks, too."""
    found = service.call("GET", f"/tasks/{failed}").json()
    assert found["status"] == "partial"
    [first, *_] = found["nodes"]
    assert first["hosts"]["h2"]["status"] == "failed"
    assert first["hosts"]["h2"]["tasks"] == []
    more = service.call("GET", f"/tasks/{failed}?outputs=true").json()
    assert more["nodes"][0]["hosts"]["h2"]["tasks"]


def test_events_and_logs_come_in_pages(service: Service, failed: str) -> None:
    """Each event once and in order; the log has its part of them, filtered by node and host."""
    events = pages(service, f"/tasks/{failed}/events?limit=4")
    stored = list(service.store.events(failed))
    assert [one["seq"] for one in events] == [one.seq for one in stored]
    place = f"/tasks/{failed}/logs"
    numbers: list[int] = []
    page = service.call("GET", f"{place}?limit=1").json()
    while page["items"]:
        numbers += [one["number"] for one in page["items"]]
        page = service.call("GET", f"{place}?limit=1&from={page['end']}").json()
    assert numbers == sorted(set(numbers))
    assert numbers
    of_host = service.call("GET", f"{place}?host=h2").json()["items"]
    assert {one["host"] for one in of_host} == {"h2"}
    node = of_host[0]["node"]
    of_node = service.call("GET", f"{place}?node={node}").json()["items"]
    assert {one["node"] for one in of_node} == {node}
    assert service.call("GET", f"{place}?host=absent").json()["items"] == []


def test_what_is_asked_is_what_the_worker_gets(service: Service, queued: str) -> None:
    """Pipeline, parameters, selection and mode are in the queue; the version is the wanted one."""
    del queued
    asked = {
        "pipeline": "verify",
        "parameters": {},
        "selection": {"hosts": ["h1"], "skip_tags": ["slow"]},
        "check": True,
        "diff": True,
        "only_changed": True,
        "version": 1,
    }
    answer = service.call("POST", "/clusters/shop/tasks", json=asked)
    assert answer.status_code == 202, answer.text
    [row] = [one for one in service.store.queued_tasks() if one.task == answer.json()["task_id"]]
    request = row.request["request"]
    assert row.request["kind"] == "run"
    assert request["command"] == "verify"
    assert request["pipeline"] == {"name": "verify", "parameters": {}}
    assert (request["selection"]["hosts"], request["selection"]["skip_tags"]) == (["h1"], ["slow"])
    assert (request["mode"]["check"], request["mode"]["diff"]) == (True, True)
    assert request["only_changed"]
    digest = service.store.document_version("shop", 1).digest  # type: ignore[union-attr]
    assert request["stored_document"] == digest
    assert (row.actor.name, row.actor.origin) == ("admin", "127.0.0.1")
    answer = service.call("POST", "/clusters/shop/tasks", json={"version": 99})
    check_problem(answer, 404, "document-version-unknown")


def test_wrong_parameters_are_refused_at_once(service: Service, queued: str) -> None:
    """The problem points into the body, and no task is made; help with options is for commands."""
    del queued
    before = service.call("GET", "/tasks").json()["items"]
    for pipeline in ("create-cluster", "verify"):
        body = {"pipeline": pipeline, "parameters": {"deep": True}}
        answer = service.call("POST", "/clusters/shop/tasks", json=body)
        [error] = check_problem(answer, 422, "input-invalid")["errors"]
        assert (error["slug"], error["pointer"]) == (
            "invalid-pipeline-parameter",
            "#/parameters/deep",
        )
        assert "--param" not in answer.text
    assert service.call("GET", "/tasks").json()["items"] == before


def test_a_task_shows_what_the_queue_has_of_it(service: Service, queued: str, failed: str) -> None:
    """Also of a task that is to be continued, whose status is that of before until then."""
    found = service.call("GET", f"/tasks/{queued}").json()["queued"]
    assert found["asked"]
    assert {key: found[key] for key in ("kind", "taken", "tries")} == {
        "kind": "run",
        "taken": False,
        "tries": 0,
    }
    assert found["actor"]["name"] == "admin"
    assert service.call("GET", f"/tasks/{failed}").json()["queued"] is None
    service.call("POST", f"/tasks/{failed}/resume")
    found = service.call("GET", f"/tasks/{failed}").json()
    assert (found["status"], found["queued"]["kind"]) == ("partial", "resume")


def test_next_steps_of_a_stored_problem_are_requests(service: Service, failed: str) -> None:
    """A problem that a worker kept has the form of one that is answered: no command, no option."""
    steps = [
        NextStep("resume", failed, "take it for done", {"interrupted": "done"}),
        NextStep("retry", failed, "run nodes again", {"node": None}),
        NextStep("unlock", "shop", "release the lock"),
        NextStep("resume", failed, "with a new plan", {"replan": True}),
        NextStep("list-tasks", "shop", "see the tasks of the cluster"),
    ]
    problem = RefusedError("uncertain", code="interrupted-work-uncertain", next_steps=steps)
    service.store.keep_problem(failed, problem)
    found = service.call("GET", f"/tasks/{failed}").json()["problem"]
    assert "exit_code" not in found
    resume, retry, tasks = found["next_steps"]
    assert resume == {
        "rel": "resume",
        "method": "POST",
        "href": f"/api/v1/tasks/{failed}/resume",
        "purpose": "take it for done",
        "body": {"if_in_doubt": "done"},
    }
    assert retry["body"] == {"nodes": None}
    assert tasks["href"] == "/api/v1/tasks?cluster=shop"


def test_an_interrupted_task_says_what_can_be_done(service: Service) -> None:
    """Its message names no command; its next step is a request."""
    task = service.store.create_task(WANTED, "apply").id
    service.store.set_status(task, TaskStatus.INTERRUPTED, "its process is dead")
    found = service.call("GET", f"/tasks/{task}").json()
    assert (found["status"], found["message"]) == ("interrupted", "its process is dead")
    [step] = found["next_steps"]
    assert (step["rel"], step["href"]) == ("resume", f"/api/v1/tasks/{task}/resume")
    listed = service.call("GET", "/tasks?status=interrupted").json()["items"]
    assert task in [one["id"] for one in listed]


def test_a_task_belongs_to_the_trace_of_its_request(service: Service, queued: str) -> None:
    """A header that cannot be used is none: the task has a trace of its own then."""
    own = service.call("GET", f"/tasks/{queued}").json()["trace_id"]
    assert len(own) == 32
    trace = "4bf92f3577b34da6a3ce929d0e0e4736"
    for given, kept in ((f"00-{trace}-00f067aa0ba902b7-01", True), ("x' or 1", False)):
        made = service.call("POST", "/clusters/shop/tasks", traceparent=given).json()["task_id"]
        found = service.call("GET", f"/tasks/{made}").json()["trace_id"]
        assert (found == trace) is kept
        assert found != own


def test_destroying_is_a_task(service: Service, queued: str) -> None:
    """DELETE asks for the pipeline that destroys; the cluster stays listed."""
    del queued
    answer = service.call("DELETE", "/clusters/shop")
    assert answer.status_code == 202
    assert service.store.task(answer.json()["task_id"]).command == "destroy"
    assert service.call("GET", "/clusters/shop").status_code == 200


def test_what_waits_in_the_queue_is_cancelled_at_once(service: Service, queued: str) -> None:
    """It leaves the queue, and the audit log says who cancelled it; a second time is refused."""
    answer = service.call("POST", f"/tasks/{queued}/cancel", token="member")
    assert (answer.status_code, answer.json()["status"]) == (202, "cancelled")
    assert queued not in [one.task for one in service.store.queued_tasks()]
    problem = check_problem(service.call("POST", f"/tasks/{queued}/cancel"), 409, "task-finished")
    assert "cancelled" in problem["detail"]
    entries = service.call("GET", "/audit?limit=5").json()["items"]
    [entry] = [one for one in entries if one["what"] == "task-cancelled"]
    assert (entry["task_id"], entry["who"]) == (queued, "member, 127.0.0.1")


def test_the_cancel_of_what_a_worker_has_is_a_request(service: Service, queued: str) -> None:
    """The answer does not wait for the worker, which finds the request in the database."""
    taken = service.store.take_queued(
        current_process(), lambda rows: next(row for row in rows if row.task == queued)
    )
    assert taken is not None
    service.store.begin_to_work_on(queued, current_process())
    answer = service.call("POST", f"/tasks/{queued}/cancel")
    assert (answer.status_code, answer.json()["status"]) == (202, "queued")
    assert service.store.is_cancel_requested(queued)
    assert service.call("GET", f"/tasks/{queued}").json()["cancel_requested"]
    service.store.cancel_task(queued, "cancelled")


@pytest.mark.parametrize("action", ["resume", "retry"])
def test_a_failed_task_goes_on_once(service: Service, failed: str, action: str) -> None:
    """The work is in the queue once; a second request is refused while it waits there."""
    answer = service.call("POST", f"/tasks/{failed}/{action}")
    assert (answer.status_code, answer.json()["task_id"]) == (202, failed)
    check_problem(service.call("POST", f"/tasks/{failed}/{action}"), 409, "task-queued")
    assert service.call("POST", f"/tasks/{failed}/cancel").status_code == 202
    check_problem(service.call("POST", f"/tasks/{failed}/cancel"), 409, "task-finished")
    assert service.store.task(failed).status is TaskStatus.PARTIAL


def test_a_retry_names_nodes_and_hosts(service: Service, failed: str) -> None:
    """What is named runs again, and only that and what depends on it."""
    asked = {"nodes": ["a"], "hosts": ["h1"], "if_in_doubt": "rerun"}
    assert service.call("POST", f"/tasks/{failed}/retry", json=asked).status_code == 202
    [row] = [one for one in service.store.queued_tasks() if one.task == failed]
    request = row.request["request"]
    assert request["rerun"] == {"nodes": ["a"], "hosts": ["h1"], "only": True}
    assert request["if_in_doubt"] == "rerun"


def test_a_rollback_is_a_new_task(service: Service, failed: str) -> None:
    """Its parent is the task that it undoes."""
    answer = service.call("POST", f"/tasks/{failed}/rollback")
    assert answer.status_code == 202
    found = service.call("GET", f"/tasks/{answer.json()['task_id']}").json()
    assert (found["command"], found["parent"]) == ("rollback", failed)


@pytest.mark.parametrize("action", ["resume", "retry", "rollback"])
def test_nothing_goes_on_that_has_not_begun(service: Service, queued: str, action: str) -> None:
    """A task in the queue has nothing to continue or undo."""
    answer = service.call("POST", f"/tasks/{queued}/{action}")
    check_problem(answer, 409, "task-not-begun")


def test_a_finished_task_offers_to_run_nodes_again(service: Service) -> None:
    """The next steps of a refusal are requests of the API, in the same project."""
    done = run_task(service.store).id
    answer = service.call("POST", f"/tasks/{done}/resume?project=default")
    problem = check_problem(answer, 409, "task-finished")
    [step] = problem["next_steps"]
    assert (step["rel"], step["method"]) == ("retry", "POST")
    assert step["href"] == f"/api/v1/tasks/{done}/retry?project=default"


def test_the_beginning_of_an_id_is_enough_where_it_is_unique(service: Service, failed: str) -> None:
    """An id that matches several tasks is refused; an unknown one is not found."""
    assert service.call("GET", f"/tasks/{failed}").json()["task_id"] == failed
    run_task(service.store)
    check_problem(service.call("GET", f"/tasks/{failed[:4]}"), 422, "task-ambiguous")


def test_the_audit_log_comes_in_pages(service: Service, failed: str) -> None:
    """Each entry of the project's tasks once, newest first, also of one cluster."""
    service.call("POST", f"/tasks/{failed}/resume")
    items = pages(service, "/audit?limit=3")
    times = [one["time"] for one in items]
    assert times == sorted(times, reverse=True)
    assert ("task-continued", failed) in [(one["what"], one["task_id"]) for one in items]
    of_one = pages(service, "/audit?limit=3&cluster=shop")
    assert {one["cluster"] for one in of_one} <= {"shop"}


def test_two_runs_are_compared_by_node_and_host(service: Service, failed: str) -> None:
    """Hosts whose results are the same are left out; a side that is missing is null."""
    done = run_task(service.store).id
    found = service.call("GET", f"/tasks/{failed}/diff/{done}").json()
    assert (found["before"]["task_id"], found["after"]["task_id"]) == (failed, done)
    changes = {
        (one["node"].rpartition("/")[2], one["host"]): (
            one["before"]["status"],
            one["after"]["status"],
        )
        for one in found["items"]
    }
    assert ("failed", "ok") in changes.values() or ("failed", "changed") in changes.values()
    assert all(before != after for before, after in changes.values())
    assert service.call("GET", f"/tasks/{done}/diff/{done}").json()["items"] == []
    check_problem(service.call("GET", f"/tasks/{done}/diff/absent"), 404, "task-unknown")


def test_what_hosts_say_is_always_json() -> None:
    """Numbers that JSON has not are null; what is no Unicode is replaced."""
    found = JsonAnswer({"a": "\udcff", "b": [float("nan"), 1.5], "c": {"d": float("inf")}})
    assert json.loads(found.body) == {"a": "?", "b": [None, 1.5], "c": {"d": None}}
