"""Requests to the API of a service: TLS, timeouts, retries, and problems as errors."""

from __future__ import annotations

import secrets
import ssl
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import httpx2

from worldtree.core.errors import WorldTreeError
from worldtree.remote.failures import (
    RETRIED_STATUSES,
    answer_error,
    failure_reason,
    is_about_certificate,
    unreachable,
)
from worldtree.remote.results import unreadable_answer
from worldtree.remote.server_url import ServerUrl

#: Seconds for a connection, and for an answer: the service may compile a document for it.
_CONNECT_TIMEOUT, _ANSWER_TIMEOUT = 10.0, 120.0
#: Seconds before the second and the third try.
_RETRY_SECONDS = (0.3, 1.0)
#: Seconds that `Retry-After` may make a request wait.
_MAX_RETRY_AFTER = 15.0
_SAFE = ("GET", "HEAD")
#: Code of the problem while the first request with an `Idempotency-Key` is not finished.
_KEY_IN_USE = b"idempotency-key-in-use"
_YAML = {"Content-Type": "application/yaml"}
_GZIP = {"Content-Type": "application/gzip"}


@dataclass(frozen=True, slots=True)
class Connection:
    """What is needed to ask a service."""

    url: ServerUrl
    token: str | None = field(default=None, repr=False)
    #: Name of the project; empty for the default one.
    project: str = ""
    #: File with the certificates of authorities to trust in place of those of the system.
    ca_file: str | None = None


class ApiClient:
    """Asks the API of one service; close it after use.

    All methods raise ``WorldTreeError``: the one that the service answered, or why it cannot be
    asked. A request is repeated where that does no harm: when it only reads, when it carries an
    `Idempotency-Key`, and when no connection was made.
    """

    def __init__(self, connection: Connection) -> None:
        """Raises ``WorldTreeError`` for a file of certificates that is unusable."""
        self.url, self.project = connection.url, connection.project
        headers = {"Accept": "application/json", "User-Agent": "worldtree-cli"}
        if connection.token:
            headers["Authorization"] = f"Bearer {connection.token}"
        self._client = httpx2.Client(
            base_url=connection.url.api,
            headers=headers,
            params={"project": connection.project} if connection.project else None,
            verify=trusted(connection.ca_file),
            # A proxy of the environment cannot reach this machine's own loopback interface.
            trust_env=not connection.url.is_loopback,
            timeout=httpx2.Timeout(_ANSWER_TIMEOUT, connect=_CONNECT_TIMEOUT),
        )

    def get(self, path: str, **query: Any) -> Any:
        """Return the data at ``path``; parameters that are None are left out."""
        return _data(self._ask("GET", path, params=_given(query)), path)

    def post(
        self,
        path: str,
        body: Mapping[str, Any] | None = None,
        *,
        file: str | None = None,
        if_match: str | None = None,
    ) -> Any:
        """Send JSON; repeated requests count once, by their `Idempotency-Key`.

        Diagnostics in an error name ``file``.
        """
        headers = {"Idempotency-Key": secrets.token_urlsafe(24), **_if_match(if_match)}
        more: dict[str, Any] = {} if body is None else {"json": body}
        return _data(self._ask("POST", path, file=file, headers=headers, **more), path)

    def post_once(self, path: str, body: Mapping[str, Any], **headers: str) -> Any:
        """Send JSON to an address that takes or gives secrets: the service keeps no answer."""
        return _data(self._ask("POST", path, headers=headers, json=body), path)

    def change(
        self,
        method: str,
        path: str,
        body: Mapping[str, Any] | None = None,
        *,
        if_match: str | None = None,
        **query: Any,
    ) -> Any:
        """Send JSON by PUT, PATCH or DELETE; return the data of the answer, None without any."""
        more: dict[str, Any] = {} if body is None else {"json": body}
        headers = _if_match(if_match)
        found = self._ask(method, path, headers=headers, params=_given(query), **more)
        return None if found.status_code == 204 else _data(found, path)

    def delete(self, path: str, **headers: str) -> None:
        """Delete what is at ``path``."""
        self._ask("DELETE", path, headers=headers)

    def send_document(self, path: str, text: str, **query: Any) -> Any:
        """Send a document by itself; its errors are in the answer."""
        sent: dict[str, Any] = {"content": text.encode(), "headers": _YAML, "params": _given(query)}
        return _data(self._ask("POST", path, **sent), path)

    def send_archive(self, path: str, body: bytes, **query: Any) -> Any:
        """Send a tar.gz; it may be sent several times, as equal ones are kept once."""
        sent: dict[str, Any] = {"content": body, "headers": _GZIP, "params": _given(query)}
        return _data(self._ask("POST", path, may_repeat=True, **sent), path)

    @contextmanager
    def stream(self, path: str, after: int, timeout: float) -> Iterator[Iterator[str]]:
        """Open a stream of Server-Sent Events after a number; yield its lines.

        Raises ``StreamLostError`` where the connection fails; ``timeout`` are the seconds without
        any data after which it is given up.
        """
        headers = {"Accept": "text/event-stream"}
        if after:
            headers["Last-Event-ID"] = str(after)
        limits = httpx2.Timeout(timeout, connect=_CONNECT_TIMEOUT)
        try:
            with self._client.stream("GET", path, headers=headers, timeout=limits) as answer:
                if answer.status_code != 200:
                    answer.read()
                    if answer.status_code in RETRIED_STATUSES:
                        raise StreamLostError(f"it answers {answer.status_code}")
                    raise answer_error(self.url, answer, None)
                yield answer.iter_lines()
        except httpx2.TransportError as error:
            if is_about_certificate(error):
                raise unreachable(self.url, error) from None
            raise StreamLostError(failure_reason(error)) from None

    def close(self) -> None:
        """Close the connections."""
        self._client.close()

    def _ask(
        self,
        method: str,
        path: str,
        *,
        file: str | None = None,
        may_repeat: bool = False,
        **more: Any,
    ) -> Any:
        """Return the answer, whose status is below 300."""
        may_repeat |= method in _SAFE or "Idempotency-Key" in more.get("headers", {})
        answer = None
        for pause in (*_RETRY_SECONDS, None):
            try:
                answer = self._client.request(method, path, **more)
            except httpx2.ReadTimeout as error:
                # It has had its time, and may still be at work on the request.
                raise unreachable(self.url, error) from None
            except httpx2.ConnectError as error:
                if pause is None or is_about_certificate(error):
                    raise unreachable(self.url, error) from None
            except httpx2.TransportError as error:
                if pause is None or not may_repeat:
                    raise unreachable(self.url, error) from None
            except httpx2.HTTPError as error:
                raise unreachable(self.url, error) from None
            else:
                if pause is None or not _is_repeated(answer, may_repeat):
                    break
                pause = max(pause, _retry_after(answer))
            time.sleep(pause)
        assert answer is not None
        if answer.status_code >= 300:
            raise answer_error(self.url, answer, file)
        return answer


class StreamLostError(Exception):
    """The connection of a stream failed; the text says why."""


def quoted(name: str) -> str:
    """Return a name as a part of a path."""
    from urllib.parse import quote

    return quote(name, safe="")


def trusted(ca_file: str | None) -> ssl.SSLContext:
    """Return whom to trust: the authorities in a file, or those of the system.

    SSL_CERT_FILE replaces the latter, as for other programs. Raises ``WorldTreeError``.
    """
    try:
        return ssl.create_default_context(cafile=ca_file)
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or "it holds no certificate"
        raise WorldTreeError(
            f"the certificates in {ca_file} cannot be used: {reason}",
            code="server-certificate-untrusted",
            hint="give a file with certificates of authorities in PEM with `--ca-file`",
        ) from None


def _if_match(etag: str | None) -> dict[str, str]:
    return {} if etag is None else {"If-Match": etag}


def _given(query: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in query.items() if value is not None}


def _data(answer: Any, path: str) -> Any:
    if not answer.headers.get("Content-Type", "").startswith("application/json"):
        raise unreadable_answer(f"`{path}`")
    try:
        return answer.json()
    except ValueError:
        raise unreadable_answer(f"`{path}`") from None


def _is_repeated(answer: Any, may_repeat: bool) -> bool:
    # A request beyond the limit of requests was not carried out.
    if answer.status_code == 429:
        return True
    return may_repeat and (answer.status_code in RETRIED_STATUSES or _is_at_work(answer))


def _is_at_work(answer: Any) -> bool:
    """Whether the service is still at work on the first request with the same key."""
    return answer.status_code == 409 and _KEY_IN_USE in answer.content


def _retry_after(answer: Any) -> float:
    text = answer.headers.get("Retry-After", "")
    return min(float(text), _MAX_RETRY_AFTER) if text.isdecimal() else 0.0
