"""`--server` with something else at the address, or a service that cannot do what is asked."""

from __future__ import annotations

import json
import socket
import threading
from pathlib import Path
from typing import Any

import pytest

from unit.cli.conftest import Wt
from unit.remote.scripted_server import Answer, Asked, scripted
from worldtree.core.errors import ExitCode


@pytest.fixture(autouse=True)
def quick(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A token, no saved login, and no pause before a request is repeated."""
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    monkeypatch.setenv("WORLDTREE_TOKEN", "wtp_secret")
    monkeypatch.delenv("WORLDTREE_SERVER", raising=False)
    monkeypatch.setattr("worldtree.remote.client._RETRY_SECONDS", (0.0, 0.0))


def problem(status: int, code: str, detail: str, **more: Any) -> Answer:
    """A problem of the API."""
    data = {"status": status, "code": code, "detail": detail, "title": "t", **more}
    return Answer(status, json.dumps(data).encode(), "application/problem+json")


HTML = Answer(200, b"<html>please log in</html>", "text/html")
UNKNOWN_FIELD = {"pointer": "#/document", "summary": "it is not taken here"}


@pytest.mark.parametrize(
    ("answer", "code", "exit_code", "words"),
    [
        (HTML, "server-answer-unreadable", ExitCode.FAILED, "use the version of `wt`"),
        (
            Answer(302, b"", headers={"Location": "https://login.example.org/?t=1"}),
            "server-unknown",
            ExitCode.FAILED,
            "it redirects to https://login.example.org/ ",
        ),
        (Answer(404, b"<html>", "text/html"), "server-unknown", ExitCode.FAILED, "it answers 404"),
        (Answer(503, b"", "text/html"), "server-unreachable", ExitCode.FAILED, "answers 503"),
        (
            problem(404, "route-unknown", "there is no such address"),
            "route-unknown",
            ExitCode.REFUSED,
            "it is of an earlier version than this program",
        ),
        (
            problem(422, "request-invalid", "the request is invalid", errors=[UNKNOWN_FIELD]),
            "request-invalid",
            ExitCode.REFUSED,
            "the service may be of another version than this program",
        ),
        (
            problem(401, "token-invalid", "the token has expired"),
            "token-invalid",
            ExitCode.REFUSED,
            "log in again with `wt login URL`",
        ),
        (
            problem(500, "internal-error", "an unexpected error", request_id="r-1"),
            "internal-error",
            ExitCode.FAILED,
            "under the request r-1",
        ),
        (Answer(200, b'{"items": 3}'), "server-answer-unreadable", ExitCode.FAILED, "another form"),
        (Answer(200, b"[]"), "server-answer-unreadable", ExitCode.FAILED, "another form"),
    ],
    ids=lambda value: value if isinstance(value, str) and "-" in value else "",
)
@pytest.mark.usefixtures("shop")
@pytest.mark.parametrize(
    "arguments",
    [["tasks", "list"], ["user", "list"], ["proposal", "list"], ["drift", "--history"]],
    ids=" ".join,
)
def test_an_answer_that_is_none_of_the_service(
    wt: Wt,
    arguments: list[str],
    answer: Answer,
    code: str,
    exit_code: ExitCode,
    words: str,
) -> None:
    with scripted(lambda _asked: answer) as server:
        found = wt("--server", server.url, *arguments)
    assert (found.code, f"[{code}]" in found.err) == (exit_code, True), found.err
    assert words in found.err
    assert "wtp_secret" not in found.err + found.out


def test_nobody_answers(wt: Wt) -> None:
    with socket.create_server(("127.0.0.1", 0)) as closed:
        port = closed.getsockname()[1]
    found = wt("--server", f"http://127.0.0.1:{port}", "tasks", "list")
    assert (found.code, "[server-unreachable]" in found.err) == (ExitCode.FAILED, True), found.err
    assert "check the address, and that the service runs" in found.err


def test_a_service_without_tls_is_asked_by_tls(wt: Wt) -> None:
    with scripted(lambda _asked: Answer()) as server:
        found = wt("--server", server.url.replace("http:", "https:"), "tasks", "list")
    assert (found.code, "[server-unreachable]" in found.err) == (ExitCode.FAILED, True), found.err
    assert "no TLS connection could be made" in found.err
    assert "begins with http://" in found.err


def test_a_service_that_is_too_slow(wt: Wt, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is asked once: it may still be at work on the request."""
    monkeypatch.setattr("worldtree.remote.client._ANSWER_TIMEOUT", 0.2)
    over = threading.Event()

    def answer(_asked: Asked) -> Answer:
        over.wait(60)
        return Answer()

    with scripted(answer) as server:
        found = wt("--server", server.url, "tasks", "list")
        over.set()
    assert (found.code, "[server-unreachable]" in found.err) == (ExitCode.FAILED, True), found.err
    assert "no answer in time" in found.err
    assert len(server.asked) == 1
