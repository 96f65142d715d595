"""Logins at an identity provider: in a browser, by a device, and of programs with its tokens."""

from __future__ import annotations

import base64
import hashlib
import json
import secrets
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from worldtree.app.admin.identity_provider import IdentityProvider
from worldtree.auth.principal import Principal
from worldtree.auth.provider_tokens import ProviderSettings, ProviderUser, looks_like_jwt
from worldtree.auth.rights import all_roles, permissions_of
from worldtree.auth.tokens import token_digest
from worldtree.core.actor import Actor
from worldtree.core.errors import RefusedError, WorldTreeError

if TYPE_CHECKING:
    from worldtree.app.admin.access import AccessService, NewToken
    from worldtree.store.store import Store
    from worldtree.store.users import UserRecord

#: Seconds that a user has at the provider.
LOGIN_SECONDS = 600.0
#: Seconds for which the token of a login by a device is valid.
TOKEN_SECONDS = 86400.0


@dataclass(frozen=True, slots=True)
class BegunLogin:
    """A login that goes on at the provider."""

    #: Where the browser has to go.
    url: str
    #: What the browser has to bring back, besides the code.
    state: str = field(repr=False)


class ProviderLogin:
    """Logs users of one provider in. Without settings every login is ``login-unconfigured``."""

    def __init__(
        self,
        store: Callable[[], Store],
        access: Callable[[], AccessService],
        settings: ProviderSettings | None,
    ) -> None:
        self._store, self._access = store, access
        self._provider = None if settings is None else IdentityProvider(settings)

    def methods(self) -> dict[str, Any]:
        """Return how a caller can log in, and what a device needs for it."""
        methods = ["token", "password"]
        found = self._device()
        return {"methods": [*methods, "device"] if found else methods, "oidc": found}

    def _device(self) -> dict[str, Any] | None:
        if self._provider is None:
            return None
        settings = self._provider.settings
        try:
            device = self._provider.endpoint("device_authorization_endpoint")
            token = self._provider.endpoint("token_endpoint")
        except WorldTreeError:
            return None  # Other methods go on.
        if device is None:
            return None
        return {
            "issuer": settings.issuer,
            "client_id": settings.client_id,
            "device_authorization_endpoint": device,
            "token_endpoint": token,
            "scopes": list(settings.scopes),
        }

    # ---- in a browser --------------------------------------------------------------------------

    def begin(self, redirect_uri: str, return_to: str) -> BegunLogin:
        """Begin a login; the provider sends the browser to ``redirect_uri``, with a code.

        ``return_to`` is the page to show afterwards. Raises ``RefusedError``.
        """
        provider = self._configured()
        endpoint = provider.endpoint("authorization_endpoint")
        state, nonce, verifier = (secrets.token_urlsafe(32) for _ in range(3))
        body = {
            "nonce": nonce,
            "verifier": verifier,
            "redirect_uri": redirect_uri,
            "return_to": safe_page(return_to),
        }
        oldest = time.time() - LOGIN_SECONDS
        self._store().add_login(token_digest(state), json.dumps(body), oldest)
        challenge = base64.urlsafe_b64encode(hashlib.sha256(verifier.encode("ascii")).digest())
        query = {
            "response_type": "code",
            "client_id": provider.settings.client_id,
            "redirect_uri": redirect_uri,
            "scope": " ".join(provider.settings.scopes),
            "state": state,
            "nonce": nonce,
            "code_challenge": challenge.decode("ascii").rstrip("="),
            "code_challenge_method": "S256",
        }
        joint = "&" if endpoint is not None and "?" in endpoint else "?"
        return BegunLogin(f"{endpoint}{joint}{urlencode(query)}", state)

    def finish(self, code: str, state: str, issuer: str, address: str) -> tuple[UserRecord, str]:
        """Return who logged in, and the page to show.

        ``issuer`` is what the provider says that it is, or empty. Raises ``RefusedError``.
        """
        provider = self._configured()
        body = self._store().take_login(token_digest(state), time.time() - LOGIN_SECONDS)
        if body is None or not code or (issuer and issuer != provider.settings.issuer):
            raise _failed()
        begun = json.loads(body)
        token = provider.exchange(code, begun["verifier"], begun["redirect_uri"])
        found = provider.check(token, nonce=begun["nonce"])
        return self._enter(found, address), safe_page(begun["return_to"])

    # ---- by a device, and of programs ----------------------------------------------------------

    def exchange_token(self, token: str, address: str) -> NewToken:
        """Return a token of ours for an ID token of the provider. Raises ``RefusedError``."""
        provider = self._configured()
        if not looks_like_jwt(token):
            raise RefusedError("the token is not valid", code="token-invalid", hint="log in again")
        user = self._enter(provider.check(token), address)
        return self._access().create_token(
            user.name, name=f"login from {address}"[:100], lifetime=TOKEN_SECONDS
        )

    def authenticate(self, token: str) -> Principal:
        """Return whose token this is: one of ours, or of the provider for a program.

        The rights are those of the groups that the token names. Raises ``RefusedError``.
        """
        if self._provider is None or not looks_like_jwt(token):
            return self._access().authenticate(token)
        told = self._provider.check(token, is_login=False)
        user = self._user(told, "")
        store = self._store()
        bindings = store.bindings_of(user.id, told.groups)
        permissions = permissions_of(bindings, all_roles(store.custom_roles()))
        return Principal(user.name, permissions, expires=told.expires)

    # ---- users ---------------------------------------------------------------------------------

    def _enter(self, told: ProviderUser, address: str) -> UserRecord:
        """Return the user, with the groups that the provider says now."""
        user = self._user(told, address)
        store = self._store()
        store.set_user_groups(user.id, told.groups, Actor("person", user.name, address))
        return user

    def _user(self, told: ProviderUser, address: str) -> UserRecord:
        store = self._store()
        found = store.provider_user(told.issuer, told.subject)
        if found is None:
            who = Actor("person", f"{told.names[0]} of {told.issuer}", address)
            found = store.add_provider_user(told.names, told.issuer, told.subject, who)
        if found.disabled is not None:
            raise RefusedError("the token is not valid", code="token-invalid", hint="log in again")
        return found

    def _configured(self) -> IdentityProvider:
        if self._provider is None:
            raise RefusedError(
                "the service knows no identity provider",
                code="login-unconfigured",
                hint="log in with a password or a token",
            )
        return self._provider


def safe_page(path: str) -> str:
    """Return ``path`` if it is a page of the service, else its first page.

    A browser takes two slashes, and backslashes, for another host.
    """
    is_page = path.startswith("/") and not path.startswith("//") and len(path) <= 500
    return path if is_page and "\\" not in path and path.isprintable() and path.isascii() else "/"


def _failed() -> RefusedError:
    return RefusedError(
        "the login is unknown, or took too long", code="login-failed", hint="log in again"
    )
