"""How a service lets people log in, and the device flow of OpenID Connect (RFC 8628)."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import httpx2

from worldtree.core.errors import RefusedError, WorldTreeError
from worldtree.remote.client import ApiClient, trusted
from worldtree.remote.problems import ServerError
from worldtree.remote.results import unreadable_answer
from worldtree.remote.server_url import read_server_url, refuse_insecure

_GRANT = "urn:ietf:params:oauth:grant-type:device_code"
_TIMEOUT = 30.0
#: Seconds between two questions where the provider says nothing, and what `slow_down` adds.
_INTERVAL, _SLOWER = 5.0, 5.0
#: Seconds that a code is good for where the provider says nothing.
_VALID_SECONDS = 600.0
_WAITS = ("authorization_pending", "slow_down")
#: Why a provider ends a login -> words.
_ENDINGS = {
    "access_denied": "it was refused at the provider",
    "expired_token": "the code has expired",
}


@dataclass(frozen=True, slots=True)
class LoginMethods:
    """What a service accepts: `token`, `password`, `device`; and its provider for the last one."""

    methods: tuple[str, ...]
    oidc: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class DeviceCode:
    """What a person has to confirm in a browser."""

    user_code: str
    address: str
    #: The same with the code in it; empty where the provider has none.
    whole_address: str
    device_code: str
    interval: float
    valid_seconds: float


def login_methods(client: ApiClient) -> LoginMethods:
    """Return how people log in; a service of an earlier version takes tokens only."""
    try:
        found = client.get("/login")
    except ServerError as problem:
        if problem.code in ("route-unknown", "method-not-allowed"):
            return LoginMethods(("token",), {})
        raise
    methods = found.get("methods") if isinstance(found, dict) else None
    if not isinstance(methods, list):
        raise unreadable_answer("`/login`")
    return LoginMethods(tuple(map(str, methods)), found.get("oidc") or {})


class DeviceLogin:
    """Logs a person in at the provider of a service; close it after use."""

    def __init__(
        self,
        oidc: Mapping[str, Any],
        *,
        ca_file: str | None = None,
        insecure: bool = False,
        wait: Callable[[float], None] = time.sleep,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """Raises ``WorldTreeError`` for addresses that cannot be used."""
        self._oidc, self._wait, self._clock = oidc, wait, clock
        for name in ("device_authorization_endpoint", "token_endpoint"):
            refuse_insecure(read_server_url(self._address(name)), allowed=insecure)
        self._client = httpx2.Client(
            timeout=_TIMEOUT, headers={"Accept": "application/json"}, verify=trusted(ca_file)
        )

    def begin(self) -> DeviceCode:
        """Ask for a code. Raises ``WorldTreeError``."""
        scopes = self._oidc.get("scopes") or ["openid"]
        asked = {"client_id": self._oidc["client_id"], "scope": " ".join(map(str, scopes))}
        status, found = self._ask("device_authorization_endpoint", asked)
        try:
            if status != 200:
                raise self._failed(found)
            return DeviceCode(
                user_code=str(found["user_code"]),
                address=str(found["verification_uri"]),
                whole_address=str(found.get("verification_uri_complete") or ""),
                device_code=str(found["device_code"]),
                interval=float(found.get("interval") or _INTERVAL),
                valid_seconds=float(found.get("expires_in") or _VALID_SECONDS),
            )
        except (KeyError, TypeError, ValueError):
            raise unreadable_answer("the login at the provider") from None

    def id_token(self, code: DeviceCode) -> str:
        """Wait until a person has confirmed the code; return the id token.

        Raises ``RefusedError`` when it was refused or not confirmed in time.
        """
        end, interval = self._clock() + code.valid_seconds, code.interval
        asked = {
            "grant_type": _GRANT,
            "device_code": code.device_code,
            "client_id": self._oidc["client_id"],
        }
        while True:
            self._wait(interval)
            status, found = self._ask("token_endpoint", asked)
            if status == 200:
                token = found.get("id_token")
                if not isinstance(token, str):
                    raise unreadable_answer("the login at the provider")
                return token
            if found.get("error") not in _WAITS:
                raise self._failed(found)
            if self._clock() > end:
                raise self._failed({"error": "expired_token"})
            interval += _SLOWER if found["error"] == "slow_down" else 0

    def close(self) -> None:
        """Close the connections."""
        self._client.close()

    def _ask(self, endpoint: str, asked: Mapping[str, str]) -> tuple[int, Mapping[str, Any]]:
        """Return the status and the data of an answer; a provider that is away is asked again."""
        for pause in (1.0, 3.0, None):
            try:
                answer = self._client.post(self._address(endpoint), data=dict(asked))
                found = answer.json()
            except httpx2.TransportError as error:
                if pause is None:
                    raise WorldTreeError(
                        f"the identity provider of the service cannot be reached: {error}",
                        code="server-unreachable",
                        hint="check that this machine can reach it, or log in with a token: "
                        "`wt login --token-stdin URL`",
                    ) from None
                self._wait(pause)
            except ValueError:
                raise unreadable_answer("the login at the provider") from None
            else:
                return answer.status_code, found if isinstance(found, dict) else {}
        raise AssertionError

    def _address(self, name: str) -> str:
        found = self._oidc.get(name)
        if not isinstance(found, str) or not self._oidc.get("client_id"):
            raise unreadable_answer("`/login`")
        return found

    def _failed(self, found: Mapping[str, Any]) -> RefusedError:
        error = str(found.get("error", ""))
        why = _ENDINGS.get(error) or str(found.get("error_description") or error or "unknown")
        return RefusedError(
            f"the login failed: {why}", code="login-failed", hint="log in again with `wt login URL`"
        )
