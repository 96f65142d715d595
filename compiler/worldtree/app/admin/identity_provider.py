"""Asks an identity provider (OpenID Connect): where its endpoints are, its keys, codes for tokens.

Plain requests with httpx2, and joserfc for tokens: this client needs discovery, keys and one
exchange, which is less than the adapters that a library for many kinds of servers would need.
"""

from __future__ import annotations

import base64
import threading
import time
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, TypeVar
from urllib.parse import quote, urlsplit

from worldtree.auth.provider_tokens import (
    ProviderSettings,
    ProviderUser,
    UnknownKeyError,
    check_token,
    read_keys,
)
from worldtree.core.errors import ExitCode, RefusedError, WorldTreeError
from worldtree.core.loopback import is_loopback_host

if TYPE_CHECKING:
    from joserfc.jwk import KeySet

#: Seconds to wait for an answer.
_TIMEOUT_SECONDS = 10.0
#: Seconds for which endpoints and keys are kept.
_KEPT_SECONDS = 3600.0
#: Seconds at least between two requests for keys because of a key that is unknown.
_REFRESH_SECONDS = 60.0
#: Seconds after a failed request for endpoints or keys in which none is made.
_FAILURE_SECONDS = 10.0
_MAX_ANSWER = 1024 * 1024
#: Endpoints that are sent secrets, or whose answers are believed.
_ENDPOINTS = (
    "authorization_endpoint",
    "token_endpoint",
    "jwks_uri",
    "device_authorization_endpoint",
)

_T = TypeVar("_T")


class ProviderConfigError(WorldTreeError):
    """The settings of an identity provider cannot be used."""

    exit_code = ExitCode.FAILED


def check_settings(settings: ProviderSettings) -> None:
    """Raise ``ProviderConfigError`` for an issuer that is no URL with TLS, and without a client."""
    if not _is_protected(settings.issuer):
        raise ProviderConfigError(
            "the issuer of the identity provider is not an https URL",
            code="oidc-misconfigured",
            hint="set WORLDTREE_OIDC_ISSUER to the URL that the provider calls itself",
        )
    if not settings.client_id:
        raise ProviderConfigError(
            "the identity provider has an issuer, but no client",
            code="oidc-misconfigured",
            hint="set WORLDTREE_OIDC_CLIENT_ID to the id of the client there",
        )


class IdentityProvider:
    """One provider; safe for several threads. Nothing is asked before it is needed."""

    def __init__(
        self, settings: ProviderSettings, clock: Callable[[], float] = time.monotonic
    ) -> None:
        check_settings(settings)
        self.settings = settings
        self._clock = clock
        self._lock = threading.Lock()
        self._endpoints: tuple[float, dict[str, str]] | None = None
        self._keys: tuple[float, KeySet] | None = None
        #: When a request for endpoints or keys failed last, and how.
        self._failure: tuple[float, WorldTreeError] | None = None

    def endpoint(self, name: str) -> str | None:
        """Return the URL of an endpoint; None where the provider has none of this name.

        Raises ``WorldTreeError`` (``login-unavailable``).
        """
        with self._lock:
            return self._fetched(self._discover).get(name)

    def check(self, token: str, *, nonce: str | None = None, is_login: bool = True) -> ProviderUser:
        """Return what a token says; raises as ``check_token``, and ``login-unavailable``."""
        for is_last in (False, True):
            keys = self._current_keys(renew=is_last)
            try:
                return check_token(token, keys, self.settings, nonce=nonce, is_login=is_login)
            except UnknownKeyError:
                continue
        raise RefusedError("the token is not valid", code="token-invalid", hint="log in again")

    def exchange(self, code: str, verifier: str, redirect_uri: str) -> str:
        """Return the ID token for the code of a login.

        Raises ``RefusedError`` (``login-failed``) where the provider refuses, and
        ``login-unavailable``.
        """
        form = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": redirect_uri,
            "code_verifier": verifier,
            "client_id": self.settings.client_id,
        }
        headers = {}
        if self.settings.client_secret:
            pair = ":".join(
                quote(one, safe="")
                for one in (self.settings.client_id, self.settings.client_secret)
            )
            headers["Authorization"] = f"Basic {base64.b64encode(pair.encode()).decode()}"
            del form["client_id"]
        endpoint = self.endpoint("token_endpoint")
        assert endpoint is not None
        status, found = self._request("POST", endpoint, form=form, headers=headers)
        token = found.get("id_token")
        if 400 <= status < 500 or not isinstance(token, str):
            raise RefusedError(
                "the identity provider refused the login", code="login-failed", hint="log in again"
            )
        return token

    # ---- endpoints and keys --------------------------------------------------------------------

    def _fetched(self, fetch: Callable[[], _T]) -> _T:
        """Return what ``fetch`` does; after a failure raise the same for some seconds.

        Else each request of anybody would wait for a provider that is away.
        """
        if self._failure is not None and self._clock() - self._failure[0] < _FAILURE_SECONDS:
            raise self._failure[1]
        try:
            found = fetch()
        except WorldTreeError as failure:
            self._failure = self._clock(), failure
            raise
        self._failure = None
        return found

    def _discover(self) -> dict[str, str]:
        now = self._clock()
        if self._endpoints is not None and now - self._endpoints[0] < _KEPT_SECONDS:
            return self._endpoints[1]
        issuer = self.settings.issuer
        place = f"{issuer.rstrip('/')}/.well-known/openid-configuration"
        status, found = self._request("GET", place)
        named = {name: found[name] for name in _ENDPOINTS if isinstance(found.get(name), str)}
        complete = set(_ENDPOINTS[:3]) <= set(named)
        if status != 200 or found.get("issuer") != issuer or not complete:
            raise _unavailable("its configuration is not that of the issuer")
        if not all(map(_is_protected, named.values())):
            raise _unavailable("one of its endpoints has no TLS")
        self._endpoints = now, named
        return named

    def _current_keys(self, *, renew: bool) -> KeySet:
        """Return the keys; with ``renew`` those of now, at most once in ``_REFRESH_SECONDS``."""
        with self._lock:
            now = self._clock()
            limit = _REFRESH_SECONDS if renew else _KEPT_SECONDS
            if self._keys is not None and now - self._keys[0] < limit:
                return self._keys[1]
            self._keys = now, self._fetched(self._fetch_keys)
            return self._keys[1]

    def _fetch_keys(self) -> KeySet:
        status, found = self._request("GET", self._discover()["jwks_uri"])
        if status != 200:
            raise _unavailable("it does not give its keys")
        return read_keys(found)

    def _request(
        self,
        method: str,
        place: str,
        *,
        form: Mapping[str, str] | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> tuple[int, dict[str, Any]]:
        """Return the status and the JSON object that is answered."""
        import httpx2

        try:
            with (
                httpx2.Client(timeout=_TIMEOUT_SECONDS, follow_redirects=False) as client,
                client.stream(method, place, data=form, headers=headers) as answer,
            ):
                body = b""
                for chunk in answer.iter_bytes():
                    body += chunk
                    if len(body) > _MAX_ANSWER:
                        raise _unavailable("its answer is too long")
                status = answer.status_code
                found = httpx2.Response(200, content=body).json()
        except (httpx2.HTTPError, httpx2.InvalidURL, OSError) as error:
            # Its words may have the request's.
            raise _unavailable("it does not answer") from error
        except ValueError as error:
            raise _unavailable("its answer is not JSON") from error
        if status >= 500 or not isinstance(found, dict):
            raise _unavailable("it fails")
        return status, found


def _is_protected(place: str) -> bool:
    try:
        parts = urlsplit(place)
        host = parts.hostname or ""
    except ValueError:
        return False
    return bool(host) and (
        parts.scheme == "https" or (parts.scheme == "http" and is_loopback_host(host))
    )


def _unavailable(why: str) -> WorldTreeError:
    return WorldTreeError(
        f"the identity provider cannot be used: {why}",
        code="login-unavailable",
        hint="log in with a password or a token meanwhile",
    )
