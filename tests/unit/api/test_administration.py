"""What administrators do by the API: workers, tags, limits, rules, groups; the own password."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from unit.api.service import Service, check_problem, document, serve
from worldtree.auth import login_limits
from worldtree.core.process_identity import current_process

PASSWORD, ANOTHER = "battery horse staple", "another battery horse staple"
MISSING, SHORT = "0123456789abcdef", "short"


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    """A service with a cluster, and the user `viewer`, who has a password."""
    with serve(tmp_path_factory.mktemp("administration") / "home") as found:
        access = found.api.state.application.access
        access.create_user("viewer")
        access.set_password("viewer", PASSWORD)
        found.store.put_document("shop", document(), None)
        yield found


@pytest.fixture(autouse=True)
def no_failures(service: Service) -> None:
    service.api.state.application.access._limits.__init__()
    service.client.cookies.clear()


def test_workers_are_listed_and_shown(service: Service) -> None:
    store = service.store
    worker = store.register_worker(current_process(), {"site-a", "gpu"}, 2, "1.0")
    gone = store.register_worker(current_process(), (), 1, "1.0")
    store.end_worker(gone)
    call = service.call
    listed = call("GET", "/workers", token="everywhere").json()
    assert [one["id"] for one in listed["items"]] == [worker]
    assert listed["next"] is None
    assert listed["items"][0]["tags"] == ["gpu", "site-a"]
    assert listed["items"][0]["obstacle"] is None
    both = call("GET", "/workers?all=true", token="everywhere").json()["items"]
    assert [one["state"] for one in both] == ["alive", "ended"]
    task = call("POST", "/clusters/shop/tasks").json()["task_id"]
    [place] = store.queue_places()
    store.take_queued(current_process(), lambda _: place, worker)
    found = call("GET", f"/workers/{worker[:12]}", token="everywhere").json()
    assert found["working_on"] == [{"task_id": task, "project": "default"}]
    assert (found["tasks"], found["gone"]) == (1, None)
    assert call("GET", f"/workers/{gone}", token="everywhere").json()["gone"]
    call("POST", f"/tasks/{task}/cancel")
    store.finish_queued(place.id, current_process())


def test_an_unknown_worker_has_a_link_to_all(service: Service) -> None:
    found = check_problem(
        service.call("GET", "/workers/none", token="everywhere"), 404, "worker-unknown"
    )
    assert found["next_steps"][0]["href"] == "/api/v1/workers"


def test_tags_of_a_cluster_are_set_and_say_whether_a_worker_has_them(service: Service) -> None:
    call = service.call
    service.store.register_worker(current_process(), {"site-a"}, 1, "1.0")
    assert call("GET", "/clusters/shop/tags").json()["tags"] == []
    found = call("PUT", "/clusters/shop/tags", json={"tags": ["site-z", "site-z"]}).json()
    assert found == {"tags": ["site-z"], "workers": 0}
    task = call("POST", "/clusters/shop/tasks").json()["task_id"]
    waits = call("GET", f"/tasks/{task}", token="viewer").json()["waits_for"]
    assert (waits["reason"], waits["task_id"]) == ("worker-tags", None)
    assert "site-z" in waits["message"]
    call("POST", f"/tasks/{task}/cancel")
    assert call("GET", f"/tasks/{task}").json()["waits_for"] is None
    [entry] = service.store.audit_log("shop", 1)[:1]
    tags = next(e for e in service.store.audit_log("shop") if e.what == "worker-tags-set")
    assert (tags.who, tags.address, tags.detail) == ("admin, 127.0.0.1", "127.0.0.1", "site-z")
    assert entry.what != "worker-tags-set"
    assert call("PUT", "/clusters/shop/tags", json={"tags": []}).json()["workers"] >= 1


def test_the_limit_of_a_project_is_set_and_removed(service: Service) -> None:
    call = service.call
    found = call("PUT", "/projects/default/limits", json={"tasks": 3}).json()
    assert found["limits"] == {"tasks": 3}
    assert call("GET", "/projects/default", token="viewer").json() == found
    assert call("GET", "/projects/other", token="other").json()["limits"] == {"tasks": None}
    found = call("PUT", "/projects/default/limits", json={"tasks": None}).json()
    assert (found["name"], found["limits"]) == ("default", {"tasks": None})


def test_rules_of_approval_hold_at_once(service: Service) -> None:
    call = service.call
    found = call("PUT", "/projects/default/approvals", json={"required": 2, "own": False}).json()
    assert found["approvals"] == {"required": 2, "own": False}
    check_problem(call("POST", "/clusters/shop/tasks"), 409, "approval-required")
    call("PUT", "/projects/default/approvals", json={"required": 0, "own": True})
    entry = next(e for e in service.store.audit_log() if e.what == "approval-rules-changed")
    assert entry.address == "127.0.0.1"


def test_groups_get_roles_in_projects_of_their_manager(service: Service) -> None:
    """A group may have slashes; who manages one project sees its groups."""
    call = service.call
    for project, token in (("default", "admin"), ("*", "everywhere")):
        path = f"/groups/%2Fops%2Fnight/roles/viewer?project={project}"
        assert call("PUT", path, token=token).status_code == 204
        assert call("PUT", path, token=token).status_code == 204
    mine = {"group": "/ops/night", "role": "viewer", "project": "default"}
    every = {**mine, "project": "*"}
    assert call("GET", "/groups", token="everywhere").json()["items"] == [every, mine]
    assert call("GET", "/groups").json() == {"items": [mine], "next": None}
    for token in ("member", "other", "none"):
        assert call("GET", "/groups", token=token).json()["items"] == []
    refused = call("DELETE", "/groups//ops/night/roles/viewer?project=*")
    check_problem(refused, 403, "permission-missing")
    for project, token in (("default", "admin"), ("*", "everywhere")):
        path = f"/groups//ops/night/roles/viewer?project={project}"
        assert call("DELETE", path, token=token).status_code == 204
    assert call("GET", "/groups", token="everywhere").json()["items"] == []


def test_nobody_gives_a_group_more_than_they_have(service: Service) -> None:
    service.call("PUT", "/roles/keeper", token="everywhere", json={"permissions": ["role:manage"]})
    service.store.create_user("keeper", "root")
    refused = service.call("PUT", "/groups/ops/roles/admin?project=*", token="admin")
    check_problem(refused, 403, "permission-missing")


@pytest.mark.parametrize(
    ("status", "code", "method", "path", "body"),
    [
        (422, "worker-tag-invalid", "PUT", "/clusters/shop/tags", {"tags": ["Site A"]}),
        (422, "worker-tag-invalid", "PUT", "/clusters/shop/tags", {"tags": ["a\0"]}),
        (422, "worker-tag-invalid", "PUT", "/clusters/shop/tags", {"tags": [""]}),
        (422, "request-invalid", "PUT", "/clusters/shop/tags", {"tags": "site-a"}),
        (422, "request-invalid", "PUT", "/clusters/shop/tags", {"tags": ["a"] * 51}),
        (422, "request-invalid", "PUT", "/clusters/shop/tags", {}),
        (422, "request-invalid", "PUT", "/clusters/shop/tags", None),
        (404, "cluster-unknown", "PUT", "/clusters/shopp/tags", {"tags": []}),
        (404, "cluster-unknown", "GET", "/clusters/shopp/tags", None),
        (422, "request-invalid", "PUT", "/projects/default/limits", {"tasks": 0}),
        (422, "request-invalid", "PUT", "/projects/default/limits", {"tasks": "3"}),
        (422, "request-invalid", "PUT", "/projects/default/limits", {"tasks": True}),
        (422, "request-invalid", "PUT", "/projects/default/limits", {}),
        (422, "request-invalid", "PUT", "/projects/default/limits", {"tasks": 1, "more": 1}),
        (404, "project-unknown", "PUT", "/projects/nowhere/limits", {"tasks": 1}),
        (422, "request-invalid", "PUT", "/projects/default/approvals", {"required": 1}),
        (422, "request-invalid", "PUT", "/projects/default/approvals", {"own": True}),
        (
            *(422, "request-invalid", "PUT", "/projects/default/approvals"),
            {"required": 101, "own": True},
        ),
        (422, "request-invalid", "PUT", "/projects/default/approvals", {"needed": 1}),
        (404, "project-unknown", "GET", "/projects/nowhere", None),
        (422, "request-invalid", "PUT", "/groups/ops/roles/viewer", None),
        (404, "project-unknown", "PUT", "/groups/ops/roles/viewer?project=nowhere", None),
        (404, "role-unknown", "PUT", "/groups/ops/roles/viewr?project=default", None),
        (422, "name-invalid", "PUT", "/groups/a%09b/roles/viewer?project=default", None),
        (422, "request-invalid", "PUT", f"/groups/{'a' * 256}/roles/viewer?project=*", None),
        (422, "request-invalid", "GET", "/workers?all=perhaps", None),
        (422, "request-invalid", "PUT", "/me/password", {"old": PASSWORD}),
        (422, "request-invalid", "PUT", "/me/password", {"old": PASSWORD, "new": None}),
        (422, "password-unsuitable", "PUT", "/me/password", {"old": PASSWORD, "new": SHORT}),
        (403, "password-wrong", "PUT", "/me/password", {"old": MISSING, "new": ANOTHER}),
        (422, "request-invalid", "PUT", "/users/viewer/password", {"new": ""}),
        (422, "request-invalid", "PUT", "/users/viewer/password", {"new": ANOTHER, "old": "x"}),
        (422, "request-invalid", "PUT", "/users/viewer/password", {}),
        (422, "password-unsuitable", "PUT", "/users/viewer/password", {"new": SHORT}),
        (404, "user-unknown", "PUT", "/users/nobody/password", {"new": ANOTHER}),
        (404, "user-unknown", "DELETE", "/users/nobody/password", None),
        (422, "request-invalid", "GET", "/audit/export?after=-1", None),
        (422, "request-invalid", "GET", "/audit/export?limit=1001", None),
    ],
    ids=lambda part: part if isinstance(part, str) and part.startswith("/") else None,
)
def test_bad_input_is_refused_with_a_problem(
    service: Service, status: int, code: str, method: str, path: str, body: Any
) -> None:
    """It says what is wrong and where, and repeats no password."""
    token = "viewer" if path.startswith("/me") else "everywhere"
    answer = service.call(method, path, token=token, json=body)
    check_problem(answer, status, code)
    for secret in (PASSWORD, ANOTHER, MISSING):
        assert secret not in answer.text
    if code == "request-invalid" and body is not None:
        assert answer.json()["errors"][0]["pointer"].startswith("#")


def test_a_password_is_changed_by_who_knows_it(service: Service) -> None:
    """All sessions of the user end; the browser forgets its own."""
    call = service.call
    sent = {"name": "viewer", "password": PASSWORD}
    assert call("POST", "/session", token=None, json=sent).status_code == 201
    assert call("GET", "/me/sessions", token=None).status_code == 200
    change = {"old": PASSWORD, "new": ANOTHER}
    page = {"X_WorldTree_Session": "1"}
    answer = call("PUT", "/me/password", token=None, json=change, **page)
    assert answer.status_code == 204
    assert "worldtree-session=" in answer.headers["set-cookie"]
    assert service.store.list_sessions("viewer") == []
    check_problem(call("POST", "/session", token=None, json=sent), 401, "login-refused")
    back = {"old": ANOTHER, "new": PASSWORD}
    assert call("PUT", "/me/password", token="viewer", json=back).status_code == 204
    entry = service.store.audit_page(1, everywhere=True)[0]
    assert (entry.what, entry.detail, entry.address) == ("password-set", "viewer", "127.0.0.1")


def test_a_password_is_set_and_removed_by_who_manages_users(service: Service) -> None:
    """The sessions of the user end; the password is in no answer and no entry."""
    call, place = service.call, "/users/viewer/password"
    assert call("PUT", place, token="everywhere", json={"new": ANOTHER}).status_code == 204
    sent = {"name": "viewer", "password": ANOTHER}
    assert call("POST", "/session", token=None, json=sent).status_code == 201
    assert service.store.list_sessions("viewer") != []
    assert call("PUT", place, token="everywhere", json={"new": ANOTHER}).status_code == 204
    assert service.store.list_sessions("viewer") == []
    service.client.cookies.clear()
    assert call("POST", "/session", token=None, json=sent).status_code == 201
    assert call("DELETE", place, token="everywhere").status_code == 204
    assert service.store.list_sessions("viewer") == []
    service.client.cookies.clear()
    check_problem(call("POST", "/session", token=None, json=sent), 401, "login-refused")
    entries = service.store.audit_page(10, everywhere=True)
    assert {"password-set", "password-removed"} <= {one.what for one in entries}
    assert ANOTHER not in str(entries)
    call("PUT", place, token="everywhere", json={"new": PASSWORD})


def test_the_audit_log_is_exported_page_by_page(service: Service) -> None:
    """Oldest first, with the links that make the chain, as `wt audit export` prints it."""
    service.store.create_user("exported", "root")
    found: list[Any] = []
    after: int | None = 0
    while after is not None:
        page = service.call("GET", f"/audit/export?after={after}&limit=2", token="everywhere")
        found += page.json()["items"]
        after = page.json()["next"]
    kept = list(service.store.audit_export())
    assert [(one["id"], one["link"]) for one in found] == [(one.id, one.chain) for one in kept]


def test_guesses_of_the_own_password_are_limited_with_those_of_logins(
    service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A stolen token does not help to guess it: the right one is refused after them, too."""
    monkeypatch.setattr(login_limits, "MAX_PER_NAME", 2)
    call, guess = service.call, {"old": MISSING, "new": ANOTHER}
    for _ in range(2):
        check_problem(
            call("PUT", "/me/password", token="viewer", json=guess), 403, "password-wrong"
        )
    right = {"old": PASSWORD, "new": ANOTHER}
    check_problem(call("PUT", "/me/password", token="viewer", json=right), 429, "login-limited")
    sent = {"name": "viewer", "password": PASSWORD}
    check_problem(call("POST", "/session", token=None, json=sent), 429, "login-limited")


def test_a_user_without_a_password_is_told_so(service: Service) -> None:
    service.store.create_user("member", "root")
    change = {"old": PASSWORD, "new": ANOTHER}
    answer = service.call("PUT", "/me/password", token="member", json=change)
    check_problem(answer, 409, "password-missing")
