"""Bodies that are too large, of another type, or not what an address takes."""

from __future__ import annotations

import socket
from typing import Any

import pytest

from unit.api.service import API, MAX_BODY, Service, check_problem, document

YAML = "application/yaml"
BAD = document().replace("address: 10.0.0.1", "adress: 10.0.0.1")


@pytest.mark.parametrize(
    ("method", "path", "kind"),
    [
        ("POST", "/clusters", "text/plain"),
        ("POST", "/clusters", None),
        ("PUT", "/clusters/x", "application/merge-patch+json"),
        ("PATCH", "/clusters/x", YAML),
        ("POST", "/validate", "application/x-www-form-urlencoded"),
        ("POST", "/clusters/x/tasks", YAML),
        ("POST", "/tasks/x/retry", "text/plain"),
        ("POST", "/tasks/x/resume", None),
    ],
)
def test_another_media_type_is_refused(
    service: Service, method: str, path: str, kind: str | None
) -> None:
    """A body of a type that the address does not take gets 415 and the types that it takes."""
    headers = {} if kind is None else {"Content_Type": kind}
    problem = check_problem(
        service.call(method, path, body=b"{}", **headers), 415, "media-type-unsupported"
    )
    assert "Content-Type: application/" in problem["hint"]


@pytest.mark.parametrize("path", ["/clusters", "/validate", "/clusters/x/tasks"])
def test_a_large_body_is_refused(service: Service, path: str) -> None:
    """A body above the limit gets 413, whether its length is said or not."""
    body = b"#" * (MAX_BODY + 1)
    check_problem(service.call("POST", path, body=body, Content_Type=YAML), 413, "body-too-large")

    def pieces() -> Any:
        yield from (body[:1000] for _ in range(MAX_BODY // 1000 + 1))

    answer = service.client.post(
        API + path, content=pieces(), headers={"Authorization": "Bearer admin"}
    )
    check_problem(answer, 413, "body-too-large")


@pytest.mark.parametrize(
    ("authorization", "status", "code"),
    [
        ("Authorization: Bearer admin\r\n", b"413", b"body-too-large"),
        ("", b"401", b"token-missing"),
    ],
)
def test_the_answer_to_a_large_body_reaches_who_sends_all_of_it_first(
    service: Service, authorization: str, status: bytes, code: bytes
) -> None:
    """As a proxy does: a connection that was closed before would lose the answer."""
    host, port = service.client.base_url.host, service.client.base_url.port
    body = b"#" * (20 * MAX_BODY)
    head = f"POST {API}/validate HTTP/1.1\r\nHost: x\r\n{authorization}"
    head += f"Content-Length: {len(body)}\r\n\r\n"
    with socket.create_connection((host, port or 0)) as sender:
        sender.sendall(head.encode() + body)
        answer = b""
        while part := sender.recv(65536):
            answer += part
    assert answer.startswith(b"HTTP/1.1 " + status)
    assert code in answer


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        (b"{", "#"),
        (b'{"pipeline": 7}', "#/pipeline"),
        (b'{"unknown": true}', "#/unknown"),
        (b'{"version": 0}', "#/version"),
        (b'{"selection": {"only": "x"}}', "#/selection/only"),
        (b'{"mode": {"step": true}}', "#/mode"),
        (b"[]", "#"),
        (b'{"a/b~c": 1}', "#/a~1b~0c"),
    ],
)
def test_a_wrong_field_is_pointed_at(service: Service, body: bytes, pointer: str) -> None:
    """Errors of a JSON body have a pointer into it, and not the value."""
    answer = service.call("POST", "/clusters/x/tasks", body=body, Content_Type="application/json")
    problem = check_problem(answer, 422, "request-invalid")
    assert pointer in [one["pointer"] for one in problem["errors"]]


def test_a_wrong_parameter_is_named(service: Service) -> None:
    """Errors of parameters name the parameter and where it is."""
    problem = check_problem(service.call("GET", "/tasks?limit=0"), 422, "request-invalid")
    [found] = problem["errors"]
    assert (found["parameter"], found["in"]) == ("limit", "query")
    assert "1" in found["summary"]


def test_all_errors_of_a_document_have_their_places(service: Service) -> None:
    """A document with errors is a problem with each one's file, line, column and pointer."""
    problem = check_problem(service.call("POST", "/clusters", yaml=BAD), 422, "input-invalid")
    found = {one["slug"]: one for one in problem["errors"]}
    unknown = found["unknown-key"]
    assert unknown["pointer"] == "#/spec/hosts/0/adress"
    assert (unknown["file"], unknown["line"], unknown["column"]) == ("cluster.yaml", 8, 7)
    assert "address" in unknown["hint"]


@pytest.mark.parametrize(
    ("body", "kind", "slug"),
    [
        (b"", YAML, "empty-file"),
        (b"a: [", YAML, None),
        (b"\xff\xfe\xfa", YAML, None),
        (b"7", YAML, "not-a-document"),
        (b"- a", YAML, "not-a-document"),
        (b"a: &x [*x]", YAML, None),
        (b"{" * 5000, YAML, None),
        (b"", "application/json", "invalid-json"),
        (b"\xff", "application/json", "invalid-json"),
        (b'{"a": 1,}', "application/json", "invalid-json"),
        (b'{"a": NaN}', "application/json", "invalid-json"),
        (b"[" * 5000, "application/json", "invalid-json"),
        (b'"x"', "application/json", "not-a-document"),
        (b'{"metadata": {"name": "\\ud800"}}', "application/json", None),
    ],
)
def test_what_is_no_document_is_a_problem(
    service: Service, body: bytes, kind: str, slug: str | None
) -> None:
    """Any bytes in the place of a document get 422 with diagnostics."""
    answer = service.call("POST", "/clusters", body=body, Content_Type=kind)
    problem = check_problem(answer, 422, "input-invalid")
    slugs = [one["slug"] for one in problem["errors"]]
    assert slugs
    assert slug is None or slug in slugs


def test_several_documents_are_refused(service: Service) -> None:
    """One request stores one document."""
    body = f"{document()}---\n{document('two')}"
    check_problem(service.call("POST", "/clusters", yaml=body), 422, "document-not-single")


def test_an_unknown_pipeline_is_refused_at_once(service: Service) -> None:
    """The name of a pipeline is checked when it is asked for."""
    service.store.put_document("piped", document("piped"), None)
    answer = service.call("POST", "/clusters/piped/tasks", json={"pipeline": "verfy"})
    problem = check_problem(answer, 422, "input-invalid")
    assert "verify" in problem["errors"][0]["hint"]
