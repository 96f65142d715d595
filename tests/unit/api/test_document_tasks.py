"""A request for a task that has its document: both are stored, or neither; documents compiled."""

from __future__ import annotations

import base64
import io
import tarfile
from typing import Any

import pytest

from unit.api.service import Service, check_problem, document
from worldtree.app.approvals.approval_rules import SETTING, ApprovalRules
from worldtree.core.actor import Actor


def ask(service: Service, cluster: str, text: str, *, match: str = "", **more: Any) -> Any:
    """Ask for a task of a document."""
    headers = {"If_Match": match} if match else {}
    token = more.pop("token", "admin")
    body = {"document": text, **more}
    return service.call("POST", f"/clusters/{cluster}/tasks", json=body, token=token, **headers)


def etag(service: Service, cluster: str) -> str:
    """Return the ETag of the wanted document."""
    found = service.call("GET", f"/clusters/{cluster}").headers["etag"]
    return str(found)


def test_the_document_is_stored_with_its_task(service: Service) -> None:
    """The first one without `If-Match`, the next with the ETag of the one before."""
    first = ask(service, "a", document("a"))
    assert first.status_code == 202, first.text
    assert service.store.task(first.json()["task_id"]).command == "apply"
    again = ask(service, "a", document("a", "h2"), match=etag(service, "a"), pipeline="verify")
    assert again.status_code == 202, again.text
    wanted = service.store.wanted_document("a")
    assert wanted is not None
    assert (wanted.version, "h2" in wanted.body) == (2, True)
    request = service.store.task(again.json()["task_id"]).request
    assert request is not None
    assert request["stored_document"] == wanted.digest
    entries = [(one.what, one.task) for one in service.store.audit_log("a")]
    assert entries == [
        ("task-asked", again.json()["task_id"]),
        ("document-stored", None),
        ("task-asked", first.json()["task_id"]),
        ("document-stored", None),
    ]


@pytest.mark.parametrize(
    ("text", "more", "status", "code"),
    [
        (document("b", "h2"), {}, 428, "precondition-missing"),
        (document("b", "h2"), {"match": '"other"'}, 412, "document-changed"),
        (document("c"), {"match": "*"}, 422, "cluster-name-mismatch"),
        (document("b").replace("hosts:", "hostz:"), {"match": "*"}, 422, "input-invalid"),
        (document("b", "h2"), {"match": "*", "pipeline": "none"}, 422, "input-invalid"),
        (document("b", "h2"), {"match": "*", "version": 1}, 422, "request-invalid"),
        (document("b", "h2"), {"match": "*", "parameters": {"x": 1}}, 422, "input-invalid"),
        (document("b", "h2"), {"match": "*", "token": "viewer"}, 403, "permission-missing"),
        (
            document("b", "h2"),
            {"match": "*", "token": "member", "pipeline": "destroy-cluster"},
            403,
            "permission-missing",
        ),
    ],
    ids=lambda value: value if isinstance(value, str) and len(value) < 30 else "",
)
def test_a_refused_request_stores_nothing(
    service: Service, text: str, more: dict[str, Any], status: int, code: str
) -> None:
    """Neither a version of the document nor a task."""
    if service.store.wanted_document("b") is None:
        service.store.put_document("b", document("b"), None)
    check_problem(ask(service, "b", text, **more), status, code)
    assert len(service.store.documents("b")) == 1
    assert service.store.list_tasks("b", 5) == []


def test_without_the_approvals_of_the_project_nothing_is_stored(service: Service) -> None:
    who = Actor("user", "root")
    rules = ApprovalRules(required=1).model_dump(mode="json")
    service.store.change_project_setting(
        SETTING, rules, who, what="approval-rules-changed", detail=""
    )
    try:
        check_problem(ask(service, "d", document("d")), 409, "approval-required")
        assert service.store.cluster_summary("d") is None
    finally:
        rules = ApprovalRules(own=True).model_dump(mode="json")
        service.store.change_project_setting(
            SETTING, rules, who, what="approval-rules-changed", detail=""
        )


def test_with_check_mode_the_wanted_document_stays(service: Service) -> None:
    service.store.put_document("e", document("e"), None)
    found = ask(service, "e", document("e", "h2"), match="*", check=True)
    assert found.status_code == 202, found.text
    wanted = service.store.wanted_document("e")
    assert wanted is not None
    assert wanted.version == 1
    assert len(service.store.documents("e")) == 2


def test_a_repeated_request_makes_one_version_and_one_task(service: Service) -> None:
    for _ in range(2):
        headers = {"Idempotency_Key": "one"}
        body = {"document": document("f")}
        found = service.call("POST", "/clusters/f/tasks", json=body, **headers)
        assert found.status_code == 202, found.text
    assert len(service.store.list_tasks("f", 5)) == 1


def test_a_document_is_compiled_and_not_stored(service: Service) -> None:
    """Its plan is that of `plan.json`, its bundle a tar, and selections count."""
    body = {"document": document("g"), "bundle": True}
    found = service.call("POST", "/compile", json=body).json()
    assert (found["plan"]["cluster"], found["items"]) == ("g", [])
    with tarfile.open(fileobj=io.BytesIO(base64.b64decode(found["bundle"]))) as archive:
        assert {"plan.json", "site.yml"} <= set(archive.getnames())
    assert service.store.cluster_summary("g") is None
    nothing = {**body, "bundle": False, "selection": {"only": ["none/*"]}}
    check_problem(service.call("POST", "/compile", json=nothing), 422, "input-invalid")


def test_what_is_wrong_in_a_compiled_document_has_its_place(service: Service) -> None:
    wrong = document("g").replace("address: 10.0.0.1", "adress: 10.0.0.1")
    problem = check_problem(
        service.call("POST", "/compile", json={"document": wrong}), 422, "input-invalid"
    )
    places = [(one["slug"], one["file"], one["line"]) for one in problem["errors"]]
    assert ("unknown-key", "cluster.yaml", 8) in places
    unknown = {"document": document("g"), "pipeline": "none"}
    check_problem(service.call("POST", "/compile", json=unknown), 422, "input-invalid")
