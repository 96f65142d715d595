"""Every route × every role against one table; methods of the application name their rights."""

from __future__ import annotations

import inspect
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from typing import Any

import pytest

from unit.api.rights_table import (
    ACCESS,
    BINDINGS,
    CLUSTER,
    HOOK,
    LOGIN,
    POLICY,
    PUBLIC,
    ROLES,
    TABLE,
    UNKNOWN,
    WITH_TOKEN,
)
from unit.api.service import API, Service, check_problem, document, serve
from unit.store.tasks import run_task
from worldtree.app.authorized.access import AuthorizedAccess
from worldtree.app.authorized.application import AuthorizedApplication
from worldtree.app.authorized.logs import AuthorizedLogs
from worldtree.app.documents.document_policy import DocumentPolicy
from worldtree.app.documents.service_policy import ServicePolicy
from worldtree.app.permission_checks import (
    ANY_PERMISSION,
    AUTHENTICATED,
    required_permissions,
)
from worldtree.auth.permissions import PERMISSIONS
from worldtree.core.actor import Actor
from worldtree.core.process_identity import current_process
from worldtree.store.deliveries import NoticeRecord
from worldtree.store.drift_reports import DriftSummary
from worldtree.store.log_pages import LogQuery

#: Names that `Scene.automation` gives.
AUTOMATION = ("digest", "schedule", "blackout", "channel", "delivery")


@dataclass(frozen=True)
class Scene:
    """A service with a cluster and a task that has ended."""

    service: Service
    task: str
    #: Ids of a plan and a worker.
    plan: str
    worker: str

    def place(self, path: str) -> str:
        """Return a path of the table with the names and numbers of existing things."""
        names: dict[str, Any] = dict.fromkeys(("task", "task_id", "other"), self.task)
        if "{number}" in path:
            (line,) = islice(self.service.store.log_page(self.task, LogQuery()).lines, 1)
            names["number"] = line.fields["seq"]
        owner = "default" if path == POLICY else CLUSTER
        names |= {"name": owner, "role": "viewer", "key": "none", "host": "h1"}
        names |= {"group": "/ops/night", "project": "default", "worker": self.worker}
        # To look for them, and to make what is gone, takes longer than a request.
        if any(f"{{{one}}}" in path for one in AUTOMATION):
            names |= self.automation()
        return path.format(version=1, plan=self.plan, **names)

    def automation(self) -> dict[str, Any]:
        """Return the names of a schedule, a blackout, a channel and a delivery; make the lost."""
        store, who = self.service.store, Actor("token", "admin")
        if not store.list_schedules(CLUSTER):
            call = self.service.call
            call("POST", f"/clusters/{CLUSTER}/schedules", json={"name": "s", "cron": "0 0 1 1 *"})
        if not store.list_blackouts():
            store.add_blackout("b", None, {"kind": "once", "start": 1, "end": 2}, who, 1.0)
        if not store.list_channels():
            more: dict[str, Any] = {"events": (), "quiet": None, "who": who, "now": 1.0}
            store.add_channel("c", "webhook", settings=HOOK, **more)
        channel = store.list_channels()[0]
        if not store.deliveries(1, channel=channel.name):
            notice = NoticeRecord(0, "default", None, None, "test", {}, 1.0)
            store.add_delivery(notice, channel.id, 1.0, who)
        digest, _ = store.add_archive("files", b"content", who)
        return {
            "digest": digest,
            "schedule": store.list_schedules(CLUSTER)[0].name,
            "blackout": store.list_blackouts()[0].id,
            "channel": channel.name,
            "delivery": store.deliveries(1, channel=channel.name)[0].id,
        }


@pytest.fixture(scope="module")
def scene(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Scene]:
    """The service of all cases; they leave the cluster as it is."""
    policy = ServicePolicy(DocumentPolicy(archives=True))
    with serve(tmp_path_factory.mktemp("rights") / "home", policy=policy) as service:
        service.store.put_document(CLUSTER, document(), None)
        for name in (*ROLES, CLUSTER):
            service.store.create_user(name, "root")
        task = run_task(service.store).id
        service.store.save_drift_report(DriftSummary(task, CLUSTER, 1.0, "clean", 0, 1, 1), {})
        service.store.save_facts(CLUSTER, {"h1": {}}, 1.0)
        plan = service.call("POST", "/plans", json={"cluster": CLUSTER}).json()["id"]
        worker = service.store.register_worker(current_process(), {"site-a"}, 1, "1.0")
        yield Scene(service, task, plan, worker)


def test_the_table_has_every_route(scene: Scene) -> None:
    """A route that is added without a line in the table fails here."""
    paths = scene.service.client.get(f"{API}/openapi.json").json()["paths"]
    found = {(method.upper(), path) for path, methods in paths.items() for method in methods}
    public = {(method, path) for method, path in found if path in PUBLIC}
    assert {path for _, path in public} == PUBLIC
    named = {(m, path.removeprefix(API)) for m, path in found - public}
    assert named == set(WITH_TOKEN) | LOGIN


@pytest.mark.parametrize("role", ROLES)
@pytest.mark.parametrize(("method", "path"), {**TABLE, **BINDINGS}, ids=lambda part: part)
def test_a_route_answers_a_role_as_the_table_says(
    scene: Scene, method: str, path: str, role: str
) -> None:
    """404 in a project without rights, 403 with the missing permission, else no such answer."""
    needed, sent = WITH_TOKEN[method, path]
    sent = dict(sent)
    place = scene.place(path) + sent.pop("query", "")
    everywhere = sent.pop("everywhere", False) and role != "everywhere"
    expected_problem = sent.pop("problem", None)
    answer = scene.service.call(method, place, token=role, **sent)
    allowed = ROLES[role]
    if not allowed:
        problem = check_problem(answer, 404, "project-unknown")
        assert problem["detail"] == "unknown project `default`"
    elif missing := needed if everywhere else needed - allowed:
        problem = check_problem(answer, 403, "permission-missing")
        assert any(f"`{one}`" in problem["detail"] for one in missing)
    elif expected_problem:
        assert answer.json()["code"] == expected_problem
    else:
        assert answer.status_code in (200, 201, 202, 204, 409), answer.text
        if method == "GET":
            assert answer.status_code == 200, answer.text


@pytest.mark.parametrize("role", ROLES)
@pytest.mark.parametrize(("method", "path"), ACCESS, ids=lambda part: part)
def test_a_route_of_no_project_answers_a_role_as_the_table_says(
    scene: Scene, method: str, path: str, role: str
) -> None:
    """403 with the missing permission without a role with it in all projects."""
    needed, sent = ACCESS[method, path]
    answer = scene.service.call(method, scene.place(path), token=role, **sent)
    if needed and role != "everywhere":
        problem = check_problem(answer, 403, "permission-missing")
        assert any(f"`{one}`" in problem["detail"] for one in needed)
    elif path == "/me/password":
        check_problem(answer, 409, "password-missing")
    elif path.endswith("/{key}"):
        assert answer.json()["code"] in ("token-unknown", "session-unknown")
    else:
        assert answer.status_code in (200, 201, 204), answer.text


@pytest.mark.parametrize(("method", "path"), WITH_TOKEN, ids=lambda part: part)
def test_a_route_needs_a_token(scene: Scene, method: str, path: str) -> None:
    """Without a token, and with a wrong one, every route answers 401 and says how to send one."""
    _, sent = WITH_TOKEN[method, path]
    sent = {
        key: value for key, value in sent.items() if key not in ("query", "everywhere", "problem")
    }
    place = scene.place(path)
    answer = scene.service.call(method, place, token=None, **sent)
    check_problem(answer, 401, "token-missing")
    assert answer.headers["www-authenticate"] == 'Bearer realm="worldtree"'
    answer = scene.service.call(method, place, token="unknown", **sent)
    check_problem(answer, 401, "token-invalid")
    assert 'error="invalid_token"' in answer.headers["www-authenticate"]


@pytest.mark.parametrize("path", sorted(PUBLIC))
def test_health_needs_no_token(scene: Scene, path: str) -> None:
    """Probes and pages of errors are for everybody."""
    answer = scene.service.call("GET", path.format(code="task-unknown"), token=None)
    assert answer.status_code == 200


@pytest.mark.parametrize(
    ("method", "path"),
    [(m, p) for m, p in TABLE if "{" in p and m in ("GET", "POST", "DELETE")],
    ids=lambda part: part,
)
def test_objects_of_another_project_do_not_exist(scene: Scene, method: str, path: str) -> None:
    """Who has all rights in another project finds nothing of this one by its names and ids."""
    _, sent = TABLE[method, path]
    sent = dict(sent)
    query = sent.pop("query", "?")
    sent.pop("problem", None)
    place = scene.place(path) + query + "&project=other"
    answer = scene.service.call(method, place, token="other", **sent)
    code = next((code for part, code in UNKNOWN.items() if part in path), "cluster-unknown")
    check_problem(answer, 404, code)


def test_lists_of_another_project_are_empty(scene: Scene) -> None:
    """A list shows the objects of one project."""
    for path in ("/tasks", "/clusters", "/drift"):
        answer = scene.service.call("GET", f"{path}?project=other", token="everywhere")
        assert answer.json() == {"items": [], "next": None}
    found = scene.service.call("GET", "/audit?project=other", token="everywhere").json()["items"]
    assert {(one["project"], one["what"]) for one in found} == {
        (scene.service.other, "project-created")
    }


def test_a_cluster_of_the_same_name_is_another_one(scene: Scene) -> None:
    """Two projects may have a cluster of one name; each sees its own document."""
    body = document(host="elsewhere")
    made = scene.service.call("POST", "/clusters?project=other", token="other", yaml=body)
    assert made.status_code == 202
    assert made.headers["location"].endswith("?project=other")
    mine = scene.service.call("GET", f"/clusters/{CLUSTER}/documents/wanted").json()
    theirs = scene.service.call(
        "GET", f"/clusters/{CLUSTER}/documents/wanted?project=other", token="other"
    ).json()
    assert "elsewhere" not in mine["body"]
    assert "elsewhere" in theirs["body"]
    audit = scene.service.call("GET", "/audit?project=other", token="other").json()["items"]
    assert {one["task_id"] for one in audit} == {made.json()["task_id"], None}
    assert {one["project"] for one in audit} == {scene.service.other}
    scene.service.call("POST", f"/tasks/{made.json()['task_id']}/cancel?project=other")


def test_destroying_needs_its_own_permission_in_every_way(scene: Scene) -> None:
    """A member cannot run the pipeline that destroys."""
    answer = scene.service.call(
        "POST",
        f"/clusters/{CLUSTER}/tasks",
        token="member",
        json={"pipeline": "destroy-cluster"},
    )
    assert "cluster:destroy" in check_problem(answer, 403, "permission-missing")["detail"]


def test_creating_by_put_needs_the_permission_to_create(scene: Scene) -> None:
    """To store the first document of a cluster is to create it."""
    answer = scene.service.call("PUT", "/clusters/another", token="viewer", yaml=document())
    check_problem(answer, 403, "permission-missing")


def test_what_i_may_do(scene: Scene) -> None:
    """The scopes of a token limit what its owner's roles allow."""
    found = scene.service.call("GET", "/me/permissions", token="scoped").json()
    assert found == {"name": "scoped", "project": "default", "permissions": ["task:get"]}


@pytest.mark.parametrize("part", [AuthorizedApplication, AuthorizedLogs, AuthorizedAccess])
def test_every_method_of_the_application_names_its_permissions(part: type[Any]) -> None:
    """No door can call a method that checks nothing."""
    methods = {
        name: method
        for name, method in inspect.getmembers(part, inspect.isfunction)
        if not name.startswith("_")
    }
    assert len(methods) > 4
    for name, method in methods.items():
        named = required_permissions(method)
        assert named, f"{name} names no permission"
        assert set(named) <= {*PERMISSIONS, ANY_PERMISSION, AUTHENTICATED}, name
