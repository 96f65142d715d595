"""Details that callers ask for because they show them, as `wt --server` does."""

from __future__ import annotations

from contextlib import closing

import pytest

from unit.api.service import Service, document
from unit.store.tasks import run_task
from worldtree.core.errors import WorldTreeError
from worldtree.remote.client import ApiClient, Connection
from worldtree.remote.problems import ServerError
from worldtree.remote.server_url import read_server_url
from worldtree.remote.service import RemoteService


def test_a_task_says_where_it_is_and_whether_it_can_be_continued(service: Service) -> None:
    task = run_task(service.store, "failed").id
    plain = service.call("GET", f"/tasks/{task}").json()
    found = service.call("GET", f"/tasks/{task}?details=true").json()
    assert {*found} - {*plain} == {"resumable", "last_event", "next_commands"}
    assert found["last_event"] == service.store.last_event(task) > 0
    events = service.call("GET", f"/tasks/{task}/events?details=true").json()["items"]
    placed = [one for one in events if "place" in one]
    assert {one["kind"] for one in placed} <= {"host-task-finished", "run-message"}


def test_a_list_has_what_was_asked_for(service: Service) -> None:
    run_task(service.store)
    [first, *_] = service.call("GET", "/tasks?details=true").json()["items"]
    assert {"request", "problem"} <= {*first}


def test_a_valid_document_has_its_size(service: Service) -> None:
    found = service.call("POST", "/validate", yaml=document("sized")).json()
    assert (found["valid"], found["hosts"], found["nodes"] >= 1) == (True, 1, True)
    bad = service.call("POST", "/validate", yaml=document("sized").replace("hosts:", "host:"))
    assert "hosts" not in bad.json()


@pytest.mark.parametrize("caller", ["viewer", "none", "wrong"])
def test_the_client_reads_what_the_service_answers(service: Service, caller: str) -> None:
    """Also that it is refused, in the words of the service."""
    task = run_task(service.store).id
    url = read_server_url(str(service.client.base_url))
    with closing(ApiClient(Connection(url, caller))) as client:
        remote = RemoteService(client)
        if caller == "viewer":
            assert remote.permissions()["name"] == "viewer"
            assert remote.newest_task(None) == task
            assert remote.tasks(None, 1)[0]["id"] == task
            assert remote.task(task[:-1])["task_id"] == task
            assert next(one.seq for one, _ in remote.events(task)) == 1
            assert remote.wanted_document("unknown") is None
            with pytest.raises(ServerError) as refused:
                remote.ask_of_task(task, "cancel")
            assert refused.value.code == "permission-missing"
            with pytest.raises(WorldTreeError, match="no task of cluster `none` yet"):
                remote.newest_task(["none"])
        else:
            with pytest.raises(WorldTreeError) as found:
                remote.task(task)
            code = {"none": "project-unknown", "wrong": "token-invalid"}[caller]
            assert found.value.code == code
