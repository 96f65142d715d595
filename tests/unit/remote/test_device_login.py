"""The device flow: a person confirms in a browser, and the program waits."""

from __future__ import annotations

import json
from collections.abc import Callable
from contextlib import closing
from typing import Any
from urllib.parse import parse_qs

import pytest

from unit.remote.scripted_server import Answer, Asked, ScriptedServer, scripted
from unit.remote.test_client import asking, in_turn, problem
from worldtree.core.errors import WorldTreeError
from worldtree.remote.device_login import DeviceLogin, login_methods

CODE = {
    "device_code": "dc",
    "user_code": "ABCD",
    "verification_uri": "https://idp/device",
    "expires_in": 60,
    "interval": 2,
}


def data(status: int = 200, **found: Any) -> Answer:
    return Answer(status, json.dumps(found).encode())


def provider(*tokens: Answer) -> Callable[[Asked], Answer]:
    """A provider that gives a code, then these answers for it."""
    give = in_turn(*tokens)
    return lambda asked: data(**CODE) if asked.path == "/device" else give(asked)


def login(server: ScriptedServer, waited: list[float]) -> DeviceLogin:
    """A login whose waits take no time but count for the end of the code."""
    oidc = {
        "client_id": "wt",
        "device_authorization_endpoint": f"{server.url}/device",
        "token_endpoint": f"{server.url}/token",
        "scopes": ["openid", "groups"],
    }
    return DeviceLogin(oidc, wait=waited.append, clock=lambda: sum(waited))


def test_the_token_comes_once_the_person_has_confirmed() -> None:
    waited: list[float] = []
    answers = (
        data(400, error="authorization_pending"),
        data(400, error="slow_down"),
        data(id_token="e.y.J"),
    )
    with scripted(provider(*answers)) as server, closing(login(server, waited)) as made:
        code = made.begin()
        assert (code.user_code, code.address) == ("ABCD", "https://idp/device")
        assert made.id_token(code) == "e.y.J"
    assert waited == [2, 2, 7]
    sent = [parse_qs(one.body.decode()) for one in server.asked]
    assert sent[0] == {"client_id": ["wt"], "scope": ["openid groups"]}
    assert sent[1]["device_code"] == ["dc"]


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (data(400, error="access_denied"), "it was refused at the provider"),
        (data(400, error="expired_token"), "the code has expired"),
        (data(400, error="authorization_pending"), "the code has expired"),
        (data(401, error="invalid_client", error_description="who?"), r"who\?"),
        (data(access_token="no id token"), "another form"),
        (Answer(200, b"<html>"), "another form"),
    ],
)
def test_a_login_that_fails_says_why(answer: Answer, words: str) -> None:
    with (
        scripted(provider(answer)) as server,
        closing(login(server, [])) as made,
        pytest.raises(WorldTreeError, match=words),
    ):
        made.id_token(made.begin())


def test_a_service_says_how_to_log_in() -> None:
    methods = {"methods": ["token", "device"], "oidc": {"client_id": "wt"}}
    with asking(in_turn(data(**methods))) as (client, _):
        found = login_methods(client)
    assert (found.methods, found.oidc) == (("token", "device"), {"client_id": "wt"})


def test_an_earlier_service_takes_tokens() -> None:
    with asking(in_turn(problem(404, "route-unknown"))) as (client, _):
        assert login_methods(client).methods == ("token",)


def test_a_provider_without_tls_is_refused() -> None:
    oidc = {"client_id": "wt", "token_endpoint": "http://idp.example.org/token"}
    oidc["device_authorization_endpoint"] = oidc["token_endpoint"]
    with pytest.raises(WorldTreeError, match="without encryption"):
        DeviceLogin(oidc)
