"""Bad requests get a problem that says what is wrong; nothing shows how the program is made."""

from __future__ import annotations

import json
import socket

import pytest

from unit.api.service import API, Service, check_problem
from worldtree.core.error_codes import ERROR_CODES


@pytest.mark.parametrize(
    ("method", "path", "status", "code"),
    [
        ("GET", "/nothing", 404, "route-unknown"),
        ("GET", "/clusters/../../etc/passwd", 404, "route-unknown"),
        ("GET", "/clusters/%2e%2e%2fetc", 404, "route-unknown"),
        ("DELETE", "/tasks", 405, "method-not-allowed"),
        ("GET", "/clusters/absent", 404, "cluster-unknown"),
        ("DELETE", "/clusters/absent", 404, "cluster-unknown"),
        ("GET", "/clusters/absent/documents", 404, "cluster-unknown"),
        ("GET", "/clusters/absent/documents/1", 404, "cluster-unknown"),
        ("GET", "/clusters/absent/documents/wanted", 404, "cluster-unknown"),
        ("GET", "/tasks/absent", 404, "task-unknown"),
        ("GET", "/tasks/absent/logs", 404, "task-unknown"),
        ("GET", "/tasks/absent/events", 404, "task-unknown"),
        ("POST", "/tasks/absent/cancel", 404, "task-unknown"),
        ("POST", "/tasks/absent/resume", 404, "task-unknown"),
        ("POST", "/tasks/absent/retry", 404, "task-unknown"),
        ("POST", "/tasks/absent/rollback", 404, "task-unknown"),
        ("POST", "/clusters/absent/tasks", 404, "cluster-unknown"),
        ("GET", "/tasks?project=absent", 404, "project-unknown"),
        ("GET", "/tasks?project=%00", 404, "project-unknown"),
        ("GET", "/tasks?project=", 422, "request-invalid"),
        ("GET", "/tasks?limit=0", 422, "request-invalid"),
        ("GET", "/tasks?limit=201", 422, "request-invalid"),
        ("GET", "/tasks?limit=many", 422, "request-invalid"),
        ("GET", "/tasks?status=broken", 422, "request-invalid"),
        ("GET", "/tasks?command=broken", 422, "request-invalid"),
        ("GET", "/tasks?cluster=%00", 422, "request-invalid"),
        ("GET", "/tasks?sort=status", 422, "request-invalid"),
        ("GET", "/clusters?sort=", 422, "request-invalid"),
        ("GET", "/tasks/%00", 422, "request-invalid"),
        ("GET", "/tasks?cursor=!!!", 422, "cursor-invalid"),
        ("GET", "/tasks?cursor=%C3%A9", 422, "cursor-invalid"),
        ("GET", "/tasks?cursor=WzFd", 422, "cursor-invalid"),
        ("GET", "/tasks?cursor=W05hTiwieCJd", 422, "cursor-invalid"),
        ("GET", "/audit?cursor=W1tbXV1d", 422, "cursor-invalid"),
        ("GET", "/audit?cursor=WzFlOTld", 422, "cursor-invalid"),
        ("GET", "/audit?cursor=Wzk5OTk5OTk5OTk5OTk5OTk5OTk5XQ", 422, "cursor-invalid"),
        ("GET", "/clusters?cursor=WyJcdTAwMDAiXQ", 422, "cursor-invalid"),
        ("GET", "/tasks/x/events?after=-1", 422, "request-invalid"),
        ("GET", "/tasks/x/events?after=99999999999999999999", 422, "request-invalid"),
        ("GET", "/tasks/x/logs?limit=1001", 422, "request-invalid"),
        ("GET", "/clusters/x/documents/0", 422, "request-invalid"),
        ("GET", "/clusters/x/documents/one", 422, "request-invalid"),
        ("GET", "/clusters/x/documents/diff?from=1", 422, "request-invalid"),
        ("GET", "/errors/nothing", 404, "route-unknown"),
    ],
)
def test_a_bad_request_gets_a_problem(
    service: Service, method: str, path: str, status: int, code: str
) -> None:
    """Every answer that is no success has the whole form of a problem."""
    check_problem(service.call(method, path), status, code)


@pytest.mark.parametrize(
    ("headers", "code"),
    [
        ({"Authorization": ""}, "token-invalid"),
        ({"Authorization": "Bearer"}, "token-invalid"),
        ({"Authorization": "Basic YWRtaW46YWRtaW4="}, "token-invalid"),
        ({"Authorization": "admin"}, "token-invalid"),
        ({"Authorization": "Bearer " + "x" * 600}, "token-invalid"),
        ({"Authorization": "Bearer nobody"}, "token-invalid"),
        ({"Cookie": "token=admin"}, "token-missing"),
    ],
)
def test_a_bad_token_is_refused(service: Service, headers: dict[str, str], code: str) -> None:
    """Only a bearer token that is known is taken."""
    answer = service.client.get(f"{API}/tasks", headers=headers)
    check_problem(answer, 401, code)


def test_an_unexpected_error_shows_nothing_of_itself(service: Service) -> None:
    """What nobody expected is a problem with the id of the request and no words of the error."""
    answer = service.call("GET", "/tasks", token="broken")
    check_problem(answer, 500, "internal-error")
    assert "LookupError" not in answer.text
    assert "unexpected" not in answer.text


def test_no_place_of_this_machine_is_told(service: Service) -> None:
    """A task that does not exist is no reason to name the state directory."""
    answer = service.call("GET", "/tasks/absent")
    assert str(service.store.home) not in answer.text
    [step] = answer.json()["next_steps"]
    assert (step["rel"], step["method"], step["href"]) == ("list-tasks", "GET", f"{API}/tasks")


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("abc-1.2_3", True),
        ("x" * 64, True),
        ("x" * 65, False),
        ("a b", False),
        ("<script>", False),
        (".hidden", False),
    ],
)
def test_an_id_of_a_request_is_kept_if_it_is_sane(service: Service, given: str, kept: bool) -> None:
    """A caller's id is in the answer; another text is replaced."""
    answer = service.call("GET", "/livez", token=None, X_Request_ID=given)
    found = answer.headers["x-request-id"]
    assert (found == given) is kept
    assert len(found) <= 64


def test_answers_have_the_headers_of_safety(service: Service) -> None:
    """Browsers neither keep, frame, sniff nor run what the API answers; no other site reads it."""
    for path in ("/livez", "/nothing", "/tasks"):
        headers = service.call("GET", path, Origin="https://elsewhere.example").headers
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["cache-control"] == "no-store"
        assert "frame-ancestors 'none'" in headers["content-security-policy"]
        assert "access-control-allow-origin" not in headers


def test_every_type_of_a_problem_is_a_page(service: Service) -> None:
    """The type of each problem can be resolved."""
    for code, known in ERROR_CODES.items():
        answer = service.call("GET", f"/errors/{code}", token=None)
        expected = {"code": code, "title": known.meaning, "status": int(known.http_status)}
        assert answer.json() == expected


def test_what_is_no_http_is_answered_without_a_traceback(service: Service) -> None:
    """Rubbish on the socket ends that connection only."""
    address = service.client.base_url
    with socket.create_connection((address.host, address.port), timeout=10) as connection:
        connection.sendall(b"\x16\x03\x01 rubbish\r\n\r\n")
        assert b"Traceback" not in connection.recv(4000)
    assert service.call("GET", "/livez", token=None).status_code == 200


def test_the_openapi_document_is_the_committed_one(service: Service) -> None:
    """The service serves what docs/openapi.json has."""
    from unit.docs.scripts import ROOT

    served = service.client.get(f"{API}/openapi.json").json()
    assert served == json.loads((ROOT / "docs" / "openapi.json").read_text())
    assert served["openapi"].startswith("3.1")
