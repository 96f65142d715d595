"""Logins at a real identity provider: in a browser, by a device, and of a program."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx2
import pytest

from unit.api.oidc.provider import Browser, provider_or_skip
from unit.api.service import API, Service, check_problem, serve
from worldtree.auth.provider_tokens import ProviderSettings

CALLBACK = "/login/oidc/callback"


@pytest.fixture(scope="module")
def issuer() -> Iterator[str]:
    with provider_or_skip() as found:
        yield found


def settings(issuer: str, client: str = "worldtree", secret: str = "") -> ProviderSettings:
    return ProviderSettings(issuer, client, secret, "worldtree-api", "realm.roles")


@pytest.fixture(scope="module")
def service(issuer: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    """A service whose users log in at the provider; the group ops may work in a project."""
    home = tmp_path_factory.mktemp("login") / "home"
    with serve(home, settings(issuer)) as found:
        found.api.state.application.access.grant_group("ops", "member", "default")
        yield found


@pytest.fixture(autouse=True)
def no_cookies(service: Service) -> None:
    service.client.cookies.clear()


def come_back(service: Service, user: str, page: str = "/") -> httpx2.Response:
    """Begin a login and go to the provider with a browser; return where that sends it back to."""
    begun = service.call("GET", f"/login/oidc?return_to={page}", token=None)
    assert begun.status_code == 303
    with httpx2.Client(timeout=60) as client:
        return Browser(client, user).get(begun.headers["location"])


def finish(service: Service, answer: httpx2.Response, **headers: str) -> httpx2.Response:
    """Go to the service with what the provider says."""
    place = answer.headers["location"]
    assert place.startswith(str(service.client.base_url))
    path = place.removeprefix(str(service.client.base_url)).removeprefix("/").removeprefix("api/v1")
    return service.call("GET", path, token=None, **headers)


def test_a_browser_gets_a_session(service: Service) -> None:
    answer = finish(service, come_back(service, "zoe+ops", "/tasks"))
    assert (answer.status_code, answer.headers["location"]) == (303, "/tasks")
    found = service.call("GET", "/me/permissions", token=None).json()
    assert found["name"] == "zoe"
    assert "task:create" in found["permissions"]
    [session] = service.call("GET", "/me/sessions", token=None).json()["items"]
    assert session["provider"].startswith("http://127.0.0.1")
    service.client.cookies.clear()
    # Another user, without a group: known, and without rights.
    finish(service, come_back(service, "tim"))
    check_problem(service.call("GET", "/me/permissions", token=None), 404, "project-unknown")
    assert service.call("GET", "/me/tokens", token=None).json()["items"] == []


def test_a_login_leads_to_no_other_site(service: Service) -> None:
    answer = finish(service, come_back(service, "zoe", "//evil.example"))
    assert answer.headers["location"] == "/"


def test_a_state_is_good_once_and_for_its_browser(service: Service) -> None:
    back = come_back(service, "zoe")
    cookies = dict(service.client.cookies)
    service.client.cookies.clear()
    check_problem(finish(service, back), 401, "login-failed")
    service.client.cookies.update(cookies)
    assert finish(service, back).status_code == 303
    service.client.cookies.clear()
    service.client.cookies.update(cookies)
    check_problem(finish(service, back), 401, "login-failed")


def test_a_code_of_another_login_is_refused(service: Service) -> None:
    """The verifier and the nonce belong to the state."""
    other = parse_qs(urlsplit(come_back(service, "tim").headers["location"]).query)["code"][0]
    service.client.cookies.clear()
    begun = service.call("GET", "/login/oidc", token=None)
    state = parse_qs(urlsplit(begun.headers["location"]).query)["state"][0]
    answer = service.call("GET", f"{CALLBACK}?state={state}&code={other}", token=None)
    check_problem(answer, 401, "login-failed")


@pytest.mark.parametrize("query", ["", "?error=access_denied", "?state=x&code=y", "?code=y"])
def test_what_no_login_began_is_refused(service: Service, query: str) -> None:
    check_problem(service.call("GET", CALLBACK + query, token=None), 401, "login-failed")


def test_an_error_or_another_issuer_ends_the_login(service: Service) -> None:
    for more in ("&error=access_denied", "&code=x&iss=https://evil.example", ""):
        begun = service.call("GET", "/login/oidc", token=None)
        state = parse_qs(urlsplit(begun.headers["location"]).query)["state"][0]
        answer = service.call("GET", f"{CALLBACK}?state={state}{more}", token=None)
        check_problem(answer, 401, "login-failed")


def test_a_client_with_a_secret(issuer: str, tmp_path_factory: pytest.TempPathFactory) -> None:
    known = settings(issuer, "secretive", "a secret / with + signs")
    home = tmp_path_factory.mktemp("secretive") / "home"
    with serve(home, known) as service:
        assert finish(service, come_back(service, "zoe")).status_code == 303
        # A command line has no place for the secret.
        found = service.call("GET", "/login", token=None).json()
        assert found == {"methods": ["token", "password"], "oidc": None}


def test_a_device_gets_a_token_that_ends(service: Service) -> None:
    """As `wt login` does it: nothing but what `GET /login` says."""
    found = service.call("GET", "/login", token=None).json()
    assert found["methods"] == ["token", "password", "device"]
    oidc: dict[str, Any] = found["oidc"]
    with httpx2.Client(timeout=60) as client:
        asked = {"client_id": oidc["client_id"], "scope": " ".join(oidc["scopes"])}
        device = client.post(oidc["device_authorization_endpoint"], data=asked).json()
        Browser(client, "dora+ops").get(device["verification_uri_complete"])
        form = {
            "grant_type": "urn:ietf:params:oauth:grant-type:device_code",
            "device_code": device["device_code"],
            "client_id": oidc["client_id"],
        }
        answer = client.post(oidc["token_endpoint"], data=form).json()
    made = service.call("POST", "/login/token", token=None, json={"token": answer["id_token"]})
    assert made.status_code == 200
    assert set(made.json()) == {"token", "expires", "user"}
    assert made.json()["user"] == "dora"
    assert made.json()["token"].startswith("wtp_")
    permissions = service.call("GET", "/me/permissions", token=made.json()["token"]).json()
    assert "task:create" in permissions["permissions"]
    # Its ID token is no token of a program: that has another audience.
    refused = service.call("GET", "/me/permissions", token=answer["id_token"])
    check_problem(refused, 401, "token-invalid")


@pytest.mark.parametrize("token", ["x", "eyJ.e.x", "wtp_" + "0" * 38])
def test_other_texts_are_exchanged_for_nothing(service: Service, token: str) -> None:
    answer = service.call("POST", "/login/token", token=None, json={"token": token})
    check_problem(answer, 401, "token-invalid")


def test_a_program_calls_with_a_token_of_the_provider(service: Service, issuer: str) -> None:
    form = {"grant_type": "client_credentials"}
    with httpx2.Client(timeout=60) as client:
        given = client.post(f"{issuer}/token", data=form, auth=("robot", "robot-secret")).json()
    access = service.api.state.application.access
    check_problem(
        service.call("GET", "/tasks", token=given["access_token"]), 404, "project-unknown"
    )
    access.grant("robot", "viewer", "default")
    assert service.call("GET", "/tasks", token=given["access_token"]).status_code == 200
    # A login wants a token for this client.
    sent = {"token": given["access_token"]}
    answer = service.call("POST", "/login/token", token=None, json=sent)
    check_problem(answer, 401, "token-invalid")


def test_without_a_provider_there_is_no_login_at_one(
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    with serve(tmp_path_factory.mktemp("alone") / "home") as service:
        for method, path in (("GET", "/login/oidc"), ("POST", "/login/token")):
            sent = {"json": {"token": "x"}} if method == "POST" else {}
            answer = service.call(method, path, token=None, **sent)
            check_problem(answer, 404, "login-unconfigured")
        assert service.client.get(f"{API}/login").status_code == 200
