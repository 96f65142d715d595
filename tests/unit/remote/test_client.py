"""Requests: what is repeated, what is trusted, and what an answer means."""

from __future__ import annotations

import datetime
import json
import socket
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import pytest

from certificates import make_certificate
from unit.remote.scripted_server import Answer, Asked, ScriptedServer, scripted
from worldtree.core.errors import ExitCode, InputError, WorldTreeError
from worldtree.remote.client import ApiClient, Connection
from worldtree.remote.server_url import read_server_url


def problem(status: int, code: str, **more: Any) -> Answer:
    """A problem of the API."""
    data = {"status": status, "code": code, "detail": "words", "title": "t", **more}
    return Answer(status, json.dumps(data).encode(), "application/problem+json")


@contextmanager
def asking(
    answer: Callable[[Asked], Answer], certificate: Path | None = None, **more: Any
) -> Iterator[tuple[ApiClient, ScriptedServer]]:
    """A client of a server with this answer."""
    with scripted(answer, certificate) as server:
        client = ApiClient(Connection(read_server_url(server.url), "wtp_x", **more))
        with closing(client):
            yield client, server


def in_turn(*answers: Answer) -> Callable[[Asked], Answer]:
    """Each answer once, then the last one again."""
    left = list(answers)
    return lambda _asked: left.pop(0) if len(left) > 1 else left[0]


def test_a_request_carries_token_project_and_key() -> None:
    with asking(in_turn(Answer()), project="team") as (client, server):
        client.get("/tasks", limit=2, cursor=None)
        client.post("/tasks/t/cancel")
    read, written = server.asked
    assert read.path == "/api/v1/tasks?project=team&limit=2"
    assert read.headers["authorization"] == "Bearer wtp_x"
    assert "idempotency-key" not in read.headers
    assert len(written.headers["idempotency-key"]) > 20


def test_what_reads_and_what_has_a_key_is_repeated() -> None:
    """The key stays the same, so that the work is done once."""
    busy = Answer(503, b"", "text/html")
    with asking(in_turn(busy, Answer(), busy, Answer(is_cut=True), Answer())) as (client, server):
        client.get("/tasks")
        client.post("/tasks/t/cancel", {})
    assert len(server.asked) == 5
    assert len({one.headers["idempotency-key"] for one in server.asked[2:]}) == 1


def test_the_first_request_with_a_key_may_still_be_at_work() -> None:
    with asking(in_turn(problem(409, "idempotency-key-in-use"), Answer())) as (client, server):
        assert client.post("/tasks/t/cancel") == {}
    assert len(server.asked) == 2


def test_a_document_is_not_sent_again_once_it_may_have_arrived() -> None:
    with (
        asking(in_turn(Answer(503, b"", "text/html"))) as (client, server),
        pytest.raises(WorldTreeError) as found,
    ):
        client.send_document("/validate", "text")
    assert (len(server.asked), found.value.code) == (1, "server-unreachable")


@pytest.mark.parametrize(
    ("answer", "code", "exit_code"),
    [
        (Answer(302, b"", headers={"Location": "https://login"}), "server-unknown", 1),
        (Answer(404, b"<html>", "text/html"), "server-unknown", 1),
        (Answer(200, b"<html>", "text/html"), "server-answer-unreadable", 1),
        (Answer(200, b"{", "application/json"), "server-answer-unreadable", 1),
        (Answer(502, b"bad gateway", "text/plain"), "server-unreachable", 1),
        (Answer(400, b"{", "application/problem+json"), "server-answer-unreadable", 1),
        (problem(409, "cluster-locked"), "cluster-locked", 4),
        (problem(404, "task-unknown"), "task-unknown", 2),
        (problem(401, "token-invalid"), "token-invalid", 4),
        (problem(418, "from-a-later-version"), "from-a-later-version", 4),
        (problem(500, "from-a-later-version"), "from-a-later-version", 1),
    ],
)
def test_an_answer_becomes_the_error_of_its_code(answer: Answer, code: str, exit_code: int) -> None:
    with asking(in_turn(answer)) as (client, _), pytest.raises(WorldTreeError) as found:
        client.get("/tasks")
    assert (found.value.code, found.value.exit_code) == (code, exit_code)
    assert "wtp_x" not in f"{found.value.message}{found.value.hint}"


def test_a_problem_keeps_its_words_and_next_steps() -> None:
    link = {
        "rel": "resume", "method": "POST", "href": "/api/v1/tasks/t%201/resume", "purpose": "go on",
        "body": {"if_in_doubt": "done", "nodes": ["a/*"]},
    }  # fmt: skip
    given = problem(409, "task-finished", hint="wait", next_steps=[link, {"rel": "dance"}])
    with asking(in_turn(given)) as (client, _), pytest.raises(WorldTreeError) as found:
        client.post("/tasks/t/cancel")
    (step,) = found.value.next_steps
    assert (found.value.message, found.value.hint) == ("words", "wait")
    assert (step.action, step.target, step.purpose, step.options) == (
        *("resume", "t 1", "go on"),
        {"interrupted": "done", "node": "a/*"},
    )


def test_diagnostics_name_the_file_that_was_sent() -> None:
    one = {
        "slug": "unknown-key", "severity": "error", "summary": "unknown", "hint": "h", "line": 3,
        "file": "cluster.yaml", "column": 5, "path": "spec.hosts[0].adress",
    }  # fmt: skip
    with (
        asking(in_turn(problem(422, "input-invalid", errors=[one]))) as (client, _),
        pytest.raises(InputError) as found,
    ):
        client.post("/compile", {"document": "text"}, file="dir/my.yaml")
    (diagnostic,) = found.value.diagnostics
    assert str(diagnostic.mark) == "dir/my.yaml:3:5"
    assert diagnostic.path == ("spec", "hosts", 0, "adress")
    assert found.value.exit_code == ExitCode.INPUT


@pytest.mark.parametrize("host", ["127.0.0.1", "127.0.0.2"])
def test_a_certificate_has_to_be_trusted_and_of_the_host(tmp_path: Path, host: str) -> None:
    file = tmp_path / "certificate.pem"
    end = datetime.datetime.now(datetime.UTC) + datetime.timedelta(days=1)
    file.write_bytes(b"".join(make_certificate(end, host)))
    with asking(in_turn(Answer()), file) as (client, server):
        with pytest.raises(WorldTreeError, match="is not trusted") as found:
            client.get("/tasks")
        assert (found.value.code, server.asked) == ("server-certificate-untrusted", [])
    with asking(in_turn(Answer()), file, ca_file=str(file)) as (client, _):
        if host == "127.0.0.1":
            assert client.get("/tasks") == {}
        else:
            with pytest.raises(WorldTreeError) as found:
                client.get("/tasks")
            assert found.value.code == "server-certificate-untrusted"


def test_a_file_without_certificates_is_refused(tmp_path: Path) -> None:
    for file in (tmp_path / "none.pem", tmp_path / "empty.pem"):
        if file.stem == "empty":
            file.write_text("", "utf-8")
        with pytest.raises(WorldTreeError) as found:
            ApiClient(Connection(read_server_url("https://a"), ca_file=str(file)))
        assert found.value.code == "server-certificate-untrusted"


def test_nobody_at_the_address_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("worldtree.remote.client._RETRY_SECONDS", (0.0, 0.0))
    with closing(socket.create_server(("127.0.0.1", 0))) as taken:
        port = taken.getsockname()[1]
    with (
        closing(ApiClient(Connection(read_server_url(f"http://127.0.0.1:{port}")))) as client,
        pytest.raises(WorldTreeError, match="cannot be reached") as found,
    ):
        client.get("/tasks")
    assert (found.value.code, found.value.exit_code) == ("server-unreachable", ExitCode.FAILED)
