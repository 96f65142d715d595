"""Tokens of an identity provider: which are taken, and what their users may do."""

from __future__ import annotations

import base64
import hmac
import json
import time
from collections.abc import Iterator
from typing import Any

import pytest
from joserfc.jwk import RSAKey

from unit.app.admin.key_server import CLIENT, KeyServer, key_server
from worldtree.app.admin.access import AccessService
from worldtree.app.admin.identity_provider import IdentityProvider
from worldtree.app.admin.provider_login import ProviderLogin, safe_page
from worldtree.auth.provider_tokens import ProviderSettings, read_groups
from worldtree.core.errors import RefusedError, WorldTreeError
from worldtree.store.store import Store


@pytest.fixture(scope="module")
def keys() -> Iterator[KeyServer]:
    """A provider for the tests that change nothing of it."""
    with key_server() as found:
        yield found


@pytest.fixture
def own_keys() -> Iterator[KeyServer]:
    """A provider of one test."""
    with key_server() as found:
        yield found


def login_at(server: KeyServer, store: Store, access: AccessService, **more: Any) -> ProviderLogin:
    """The service's client of a provider."""
    settings = ProviderSettings(server.issuer, CLIENT, **more)
    return ProviderLogin(lambda: store, lambda: access, settings)


@pytest.fixture
def login(keys: KeyServer, store: Store, access: AccessService) -> ProviderLogin:
    return login_at(keys, store, access)


@pytest.mark.parametrize("algorithm", ["RS256", "ES256", "Ed25519"])
def test_tokens_of_the_provider_are_taken(
    keys: KeyServer, login: ProviderLogin, algorithm: str
) -> None:
    found = login.authenticate(keys.sign(algorithm))
    assert (found.name, found.permissions) == ("zoe", {})
    assert found.expires is not None
    assert found.expires > time.time()


def encoded(part: bytes) -> str:
    return base64.urlsafe_b64encode(part).decode().rstrip("=")


def unsigned(keys: KeyServer) -> str:
    parts = [{"alg": "none"}, keys.claims()]
    return ".".join([*(encoded(json.dumps(one).encode()) for one in parts), ""])


def signed_with_the_public_key(keys: KeyServer) -> str:
    parts = [{"alg": "HS256", "kid": "rsa"}, keys.claims()]
    signed = ".".join(encoded(json.dumps(one).encode()) for one in parts)
    public = keys.keys["RS256"].as_pem(private=False)
    return f"{signed}.{encoded(hmac.digest(public, signed.encode(), 'sha256'))}"


def changed(keys: KeyServer) -> str:
    head, _, signature = keys.sign().split(".")
    body = json.dumps(keys.claims(sub="other")).encode()
    return f"{head}.{encoded(body)}.{signature}"


NOW = int(time.time())
INVALID: dict[str, Any] = {
    "wrong issuer": lambda keys: keys.sign(iss="https://evil.example"),
    "no issuer": lambda keys: keys.sign(iss=None),
    "wrong audience": lambda keys: keys.sign(aud="another"),
    "no audience": lambda keys: keys.sign(aud=None),
    "audiences without this one": lambda keys: keys.sign(aud=["one", "two"]),
    "expired": lambda keys: keys.sign(exp=NOW - 60),
    "no end": lambda keys: keys.sign(exp=None),
    "end that is no number": lambda keys: keys.sign(exp="soon"),
    "not yet valid": lambda keys: keys.sign(nbf=int(time.time()) + 300),
    "issued in the future": lambda keys: keys.sign(iat=int(time.time()) + 300),
    "no subject": lambda keys: keys.sign(sub=None),
    "subject that is no text": lambda keys: keys.sign(sub=5),
    "empty subject": lambda keys: keys.sign(sub=""),
    "subject with control characters": lambda keys: keys.sign(sub="a\nb"),
    "unsigned": unsigned,
    "signed with the public key": signed_with_the_public_key,
    "changed": changed,
    "key of somebody else": lambda keys: keys.sign(key=RSAKey.generate_key(2048, {"kid": "rsa"})),
    "unknown key": lambda keys: keys.sign(key=RSAKey.generate_key(2048, {"kid": "other"})),
    "no JSON": lambda _keys: "eyJhbGciOiJSUzI1NiJ9.e30.AAAA",
    "garbage": lambda _keys: "eyJ..",
}


@pytest.mark.parametrize("name", INVALID)
def test_other_tokens_are_refused_alike(
    keys: KeyServer, login: ProviderLogin, store: Store, name: str
) -> None:
    token = INVALID[name](keys)
    for use in (login.authenticate, lambda one: login.exchange_token(one, "192.0.2.7")):
        with pytest.raises(RefusedError, match="the token is not valid") as refused:
            use(token)
        assert refused.value.code == "token-invalid"
        assert token not in str(refused.value)
    assert [one.name for one in store.list_users()] == ["ann", "bob"]


def test_clocks_may_differ_a_little(keys: KeyServer, login: ProviderLogin) -> None:
    now = int(time.time())
    assert login.authenticate(keys.sign(exp=now - 5, nbf=now + 5)).name == "zoe"


def test_a_login_wants_a_token_for_this_client(keys: KeyServer, login: ProviderLogin) -> None:
    both = ["other", CLIENT]
    with pytest.raises(RefusedError):
        login.exchange_token(keys.sign(aud=both), "")
    with pytest.raises(RefusedError):
        login.exchange_token(keys.sign(azp="other"), "")
    assert login.exchange_token(keys.sign(aud=both, azp=CLIENT), "").record.user == "zoe"


def test_programs_have_an_audience_of_their_own(
    keys: KeyServer, store: Store, access: AccessService
) -> None:
    login = login_at(keys, store, access, audience="https://wt.example.org")
    found = login.authenticate(keys.sign(aud="https://wt.example.org", sub="robot"))
    assert found.name == "zoe"
    with pytest.raises(RefusedError):
        login.authenticate(keys.sign())


def test_a_new_key_is_found_and_asked_for_once_a_minute(own_keys: KeyServer) -> None:
    now = 1000.0
    settings = ProviderSettings(own_keys.issuer, CLIENT)
    provider = IdentityProvider(settings, clock=lambda: now)
    provider.check(own_keys.sign())
    new = RSAKey.generate_key(2048, {"kid": "new"})
    token = own_keys.sign(key=new)

    def asked() -> int:
        return own_keys.requests.count("/jwks")

    for _ in range(3):
        with pytest.raises(RefusedError):
            provider.check(token)
    assert asked() == 1
    now += 61
    with pytest.raises(RefusedError):
        provider.check(token)
    own_keys.keys["RS256"] = new
    with pytest.raises(RefusedError):
        provider.check(token)
    assert asked() == 2
    now += 61
    assert provider.check(token).subject == "s-1"
    assert asked() == 3
    # The old one is not taken any more.
    assert provider.check(token).subject == "s-1"


def test_groups_give_rights_and_are_replaced_at_each_login(
    keys: KeyServer, login: ProviderLogin, store: Store, access: AccessService
) -> None:
    access.grant_group("ops", "member", "default")
    access.grant_group("all", "viewer", "*")
    made = login.exchange_token(keys.sign(groups=["ops", "all", 5, ""]), "192.0.2.7")
    assert made.record.expires is not None
    allowed = access.authenticate(made.token).allowed("default")
    assert {"task:create", "task:get"} <= allowed
    assert access.authenticate(made.token).allowed("elsewhere") >= {"task:get"}
    # What a token of the provider says counts for this token alone.
    assert login.authenticate(keys.sign(groups=["other"])).permissions == {}
    assert access.authenticate(made.token).allowed("default") == allowed
    login.exchange_token(keys.sign(groups=["all"]), "192.0.2.7")
    assert "task:create" not in access.authenticate(made.token).allowed("default")
    login.exchange_token(keys.sign(), "192.0.2.7")
    assert access.authenticate(made.token).allowed("default") == frozenset()
    entry = next(one for one in store.audit_log() if one.what == "groups-set")
    assert (entry.who, entry.address, entry.detail) == ("zoe, 192.0.2.7", "192.0.2.7", "none")
    # A role that a group has is in use.
    access.set_role("night", ["task:get"])
    access.grant_group("ops", "night", "default")
    with pytest.raises(RefusedError, match="group ops"):
        access.delete_role("night")
    assert access.revoke_group("ops", "night", "default")
    assert not access.revoke_group("ops", "night", "default")
    assert [one.group for one in access.list_group_roles()] == ["all", "ops"]


def test_a_name_that_is_taken_takes_nobody_over(
    keys: KeyServer, login: ProviderLogin, access: AccessService
) -> None:
    access.grant("ann", "admin", "*")
    found = login.authenticate(keys.sign(preferred_username="ann", sub="x"))
    assert found.name.startswith("ann-")
    assert found.permissions == {}
    # The same subject is the same user, whatever it calls itself.
    assert login.authenticate(keys.sign(preferred_username="bob", sub="x")).name == found.name
    named = login.authenticate(keys.sign(preferred_username="../ é", sub="y")).name
    assert named.startswith("y")
    with pytest.raises(RefusedError) as refused:
        access.set_password(found.name, "four random words")
    assert refused.value.code == "user-not-local"


def test_a_disabled_user_is_refused(
    keys: KeyServer, login: ProviderLogin, access: AccessService
) -> None:
    name = login.authenticate(keys.sign()).name
    access.disable_user(name)
    with pytest.raises(RefusedError):
        login.authenticate(keys.sign())
    with pytest.raises(RefusedError):
        login.exchange_token(keys.sign(), "")


@pytest.mark.parametrize(
    ("claims", "path", "groups"),
    [
        ({"groups": ["b", "a", "a"]}, "groups", ("a", "b")),
        ({"groups": "one"}, "groups", ("one",)),
        ({"resource_access": {"wt": {"roles": ["r"]}}}, "resource_access.wt.roles", ("r",)),
        ({"https://example.org/groups": ["g"]}, "https://example.org/groups", ("g",)),
        ({}, "groups", ()),
        ({"groups": {"a": 1}}, "groups", ()),
        ({"groups": 5}, "groups", ()),
        ({"groups": [["a"], {"b": 1}, None, "c\0", "x" * 300]}, "groups", ()),
        ({"a": "text"}, "a.b", ()),
    ],
)
def test_groups_are_read_from_a_path(
    claims: dict[str, Any], path: str, groups: tuple[str, ...]
) -> None:
    assert read_groups(claims, path) == groups


@pytest.mark.parametrize(
    "changes",
    [
        {"issuer": "https://evil.example"},
        {"jwks_uri": None},
        {"jwks_uri": "http://keys.example.org/jwks"},
        {"token_endpoint": 5},
    ],
)
def test_a_configuration_that_is_not_the_issuers_is_refused(
    own_keys: KeyServer, store: Store, access: AccessService, changes: dict[str, Any]
) -> None:
    own_keys.changes = changes
    login = login_at(own_keys, store, access)
    with pytest.raises(WorldTreeError) as failed:
        login.authenticate(own_keys.sign())
    assert failed.value.code == "login-unavailable"
    # Other methods go on, and the provider is not asked again for each caller.
    asked = len(own_keys.requests)
    for _ in range(3):
        assert login.methods() == {"methods": ["token", "password"], "oidc": None}
    assert len(own_keys.requests) == asked


def test_a_provider_that_is_away_stops_no_token_of_ours(
    store: Store, access: AccessService
) -> None:
    settings = ProviderSettings("http://127.0.0.1:9", CLIENT)
    login = ProviderLogin(lambda: store, lambda: access, settings)
    assert login.authenticate(access.create_token("ann").token).name == "ann"
    with pytest.raises(WorldTreeError) as failed:
        login.authenticate("eyJhbGciOiJSUzI1NiJ9.e30.AAAA")
    assert failed.value.code == "login-unavailable"


@pytest.mark.parametrize("issuer", ["", "http://idp.example.org", "ftp://x", "https://", "//["])
def test_an_issuer_needs_tls(issuer: str) -> None:
    with pytest.raises(WorldTreeError) as failed:
        IdentityProvider(ProviderSettings(issuer, CLIENT))
    assert failed.value.code == "oidc-misconfigured"
    with pytest.raises(WorldTreeError):
        IdentityProvider(ProviderSettings("https://idp.example.org", ""))


@pytest.mark.parametrize(
    ("wanted", "page"),
    [
        ("/tasks?x=1#y", "/tasks?x=1#y"),
        ("//evil.example", "/"),
        ("/\\evil.example", "/"),
        ("https://evil.example", "/"),
        ("/a\r\nb", "/"),
        ("", "/"),
        ("/" + "x" * 1000, "/"),
    ],
)
def test_a_login_leads_to_pages_of_the_service_alone(wanted: str, page: str) -> None:
    assert safe_page(wanted) == page
