"""Logins with a password: the cookie, what it is good for, and what is refused."""

from __future__ import annotations

from collections.abc import Iterator

import httpx2
import pytest
from sqlalchemy import update

from unit.api.service import API, Service, check_problem, serve
from worldtree.app.admin.session_access import IDLE_SECONDS, LIFETIME_SECONDS
from worldtree.auth import login_limits
from worldtree.store.access_tables import sessions

PASSWORD = "four random words"
COOKIE = "worldtree-session"
SAFE = {"X_WorldTree_Session": "1"}


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    """A service with the users ann, who has a password and a role, and bob, who has neither."""
    with serve(tmp_path_factory.mktemp("sessions") / "home") as found:
        access = found.api.state.application.access
        for name in ("ann", "bob"):
            access.create_user(name)
        access.set_password("ann", PASSWORD)
        access.grant("ann", "member", "default")
        yield found


@pytest.fixture(autouse=True)
def no_cookies(service: Service) -> Iterator[None]:
    """Each test begins and ends without a session, and without failed logins."""
    service.client.cookies.clear()
    service.api.state.application.access._limits.__init__()
    yield
    service.client.cookies.clear()


def log_in(
    service: Service, name: str = "ann", password: str = PASSWORD, **headers: str
) -> httpx2.Response:
    """Log in; the client keeps the cookie."""
    sent = {"name": name, "password": password}
    return service.call("POST", "/session", token=None, json=sent, **headers)


def test_a_session_has_the_rights_of_its_user(service: Service) -> None:
    made = log_in(service)
    assert made.status_code == 201
    assert made.json()["user"] == "ann"
    found = service.call("GET", "/me/permissions", token=None).json()
    assert found["name"] == "ann"
    assert "task:create" in found["permissions"]
    # A token counts, where there is one.
    assert service.call("GET", "/me/permissions", token="viewer").json()["name"] == "viewer"


def test_the_cookie_is_for_the_service_alone(service: Service) -> None:
    """On the loopback interface it lacks only what needs TLS."""
    parts = log_in(service).headers["set-cookie"].split("; ")
    assert parts[0].startswith(f"{COOKIE}=")
    assert {"HttpOnly", "Path=/", "SameSite=lax"} <= set(parts)
    assert f"Max-Age={int(LIFETIME_SECONDS) - 1}" in parts or any("Max-Age" in p for p in parts)
    service.client.cookies.clear()
    parts = log_in(service, Host="wt.example.org").headers["set-cookie"].split("; ")
    assert parts[0].startswith("__Host-worldtree-session=")
    assert {"HttpOnly", "Path=/", "SameSite=lax", "Secure"} <= set(parts)
    assert not any(part.startswith("Domain") for part in parts)


def test_the_secret_is_in_no_table_and_in_no_list(service: Service) -> None:
    log_in(service)
    secret = service.client.cookies[COOKIE]
    home = service.store.home
    for path in home.iterdir():
        if path.is_file():
            content = path.read_bytes()
            assert secret.encode() not in content
            assert PASSWORD.encode() not in content
    [first, *_] = service.call("GET", "/me/sessions", token=None).json()["items"]
    assert first["address"] == "127.0.0.1"
    assert first["provider"] == "password"
    assert secret not in str(first)


@pytest.mark.parametrize(
    ("name", "password"),
    [("ann", "another password"), ("bob", PASSWORD), ("nobody", PASSWORD), ("a\0nn", "x" * 2000)],
)
def test_wrong_logins_look_the_same(service: Service, name: str, password: str) -> None:
    found = check_problem(log_in(service, name, password), 401, "login-refused")
    assert found["detail"] == "the name or the password is wrong"
    entry = service.store.audit_log(limit=1)[0]
    assert (entry.what, entry.result, entry.address) == ("login-refused", "refused", "127.0.0.1")
    assert password not in str(entry)


def test_a_disabled_user_has_no_session(service: Service) -> None:
    log_in(service)
    access = service.api.state.application.access
    access.disable_user("ann")
    try:
        check_problem(service.call("GET", "/me/permissions", token=None), 401, "session-invalid")
        check_problem(log_in(service), 401, "login-refused")
    finally:
        access.enable_user("ann")


def test_too_many_failures_are_refused_before_the_password_is_looked_at(service: Service) -> None:
    for _ in range(login_limits.MAX_PER_NAME):
        assert log_in(service, "nobody", "wrong").status_code == 401
    check_problem(log_in(service, "nobody", "wrong"), 429, "login-limited")
    # Others are not locked out.
    assert log_in(service).status_code == 201


@pytest.mark.parametrize("body", ["{", "[]", '{"name": "ann"}', '{"name": "ann", "password": 5}'])
def test_bad_bodies_are_refused_without_their_values(service: Service, body: str) -> None:
    headers = {"Content_Type": "application/json"}
    answer = service.call("POST", "/session", token=None, body=body, **headers)
    check_problem(answer, 422, "request-invalid")


def test_a_form_of_another_site_logs_nobody_in(service: Service) -> None:
    answer = service.call("POST", "/session", token=None, body="name=ann&password=x")
    check_problem(answer, 415, "media-type-unsupported")
    check_problem(log_in(service, Origin="https://evil.example"), 403, "request-forged")
    check_problem(log_in(service, Sec_Fetch_Site="cross-site"), 403, "request-forged")


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"Sec_Fetch_Site": "same-site"},
        {"Sec_Fetch_Site": "cross-site", **SAFE},
        {"Origin": "https://evil.example", **SAFE},
        {"Origin": "null", **SAFE},
        {"Origin": "https://evil.example", "Sec_Fetch_Site": "same-origin"},
    ],
)
def test_a_session_changes_nothing_for_another_site(
    service: Service, headers: dict[str, str]
) -> None:
    log_in(service)
    sent = {"json": {"scopes": ["task:get"]}}
    answer = service.call("POST", "/me/tokens", token=None, **sent, **headers)
    check_problem(answer, 403, "request-forged")
    check_problem(service.call("DELETE", "/session", token=None, **headers), 403, "request-forged")


@pytest.mark.parametrize("headers", [SAFE, {"Sec_Fetch_Site": "same-origin"}])
def test_a_session_changes_what_pages_of_the_service_ask_for(
    service: Service, headers: dict[str, str]
) -> None:
    log_in(service)
    host = service.client.base_url.netloc.decode()
    more = {**headers, "Origin": f"http://{host}"}
    made = service.call("POST", "/me/tokens", token=None, json={"name": "page"}, **more)
    assert made.status_code == 201
    assert made.json()["token"].startswith("wtp_")


def test_a_logout_ends_the_session(service: Service) -> None:
    log_in(service)
    secret = service.client.cookies[COOKIE]
    answer = service.call("DELETE", "/session", token=None, **SAFE)
    assert answer.status_code == 204
    assert COOKIE not in service.client.cookies
    again = service.call("GET", "/me/tokens", token=None, Cookie=f"{COOKIE}={secret}")
    check_problem(again, 401, "session-invalid")
    check_problem(service.call("DELETE", "/session", token=None), 401, "session-invalid")


def test_a_session_is_ended_by_its_user_from_elsewhere(service: Service) -> None:
    log_in(service)
    token = service.api.state.application.access.create_token("ann").token
    items = service.call("GET", "/me/sessions", token=None).json()["items"]
    assert service.store.list_sessions("bob") == []
    del token
    for one in items:
        answer = service.call("DELETE", f"/me/sessions/{one['id']}", token=None, **SAFE)
        assert answer.status_code in (204, 401)
    check_problem(service.call("GET", "/me/tokens", token=None), 401, "session-invalid")


@pytest.mark.parametrize("column", ["used", "expires"])
def test_a_session_ends_when_it_is_idle_and_after_a_time(service: Service, column: str) -> None:
    log_in(service)
    now = service.store.list_sessions("ann")[0].created
    values = {"used": now - IDLE_SECONDS - 1} if column == "used" else {"expires": now - 1}
    with service.store._writer.begin() as connection:
        connection.execute(update(sessions).values(values))
    check_problem(service.call("GET", "/me/tokens", token=None), 401, "session-invalid")
    # The next login removes what is over.
    log_in(service)
    assert len(service.store.list_sessions("ann")) == 1


def test_a_new_password_ends_sessions(service: Service) -> None:
    log_in(service)
    service.api.state.application.access.set_password("ann", PASSWORD)
    check_problem(service.call("GET", "/me/tokens", token=None), 401, "session-invalid")


def test_no_other_origin_may_read(service: Service) -> None:
    """CORS is closed: nothing allows pages of other origins to read answers."""
    log_in(service)
    answer = service.client.get(f"{API}/me/tokens", headers={"Origin": "https://evil.example"})
    assert not any(name.startswith("access-control") for name in answer.headers)
    asked = service.client.options(
        f"{API}/me/tokens",
        headers={"Origin": "https://evil.example", "Access-Control-Request-Method": "POST"},
    )
    assert asked.status_code == 405
    assert not any(name.startswith("access-control") for name in asked.headers)


def test_own_tokens_are_no_wider_and_live_no_longer_than_what_asks(service: Service) -> None:
    access = service.api.state.application.access
    log_in(service)
    found = service.call("GET", "/login", token=None).json()
    assert found == {"methods": ["token", "password"], "oidc": None}
    from worldtree.auth.principal import Principal
    from worldtree.core.errors import RefusedError

    scoped = access.create_token("ann", scopes=["task:get"], lifetime=3600).token
    giver: Principal = access.authenticate(scoped)
    for wanted in (
        {"scopes": ["task:create"], "lifetime": 60},
        {"lifetime": 60},
        {"scopes": ["task:get"]},
        {"scopes": ["task:get"], "lifetime": 7200},
    ):
        with pytest.raises(RefusedError):
            access.create_token("ann", giver=giver, **wanted)
    access.create_token("ann", giver=giver, scopes=["task:get"], lifetime=60)
