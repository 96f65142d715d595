"""HTTP for the kinds of sources that use it: clients, redirects, and why a request failed.

Proxies and authorities come from the settings of the source only, not from the environment.
"""

from __future__ import annotations

import ssl
from collections.abc import Iterable, Iterator, Mapping
from functools import lru_cache
from pathlib import Path

import httpx2

from worldtree.artifacts.sources.source_kind import SourceContext, SourceError
from worldtree.plan.artifact import ArtifactSource
from worldtree.spec.artifact_locations import has_credentials, shown_location

_MAX_REDIRECTS = 8
_REDIRECTS = frozenset({301, 302, 303, 307, 308})
#: Of every request; `identity` because the bytes of a file are taken as they are.
HEADERS: Mapping[str, str] = {
    "Accept": "*/*",
    "Accept-Encoding": "identity",
    "User-Agent": "worldtree",
}


def http_client(source: ArtifactSource, context: SourceContext) -> httpx2.Client:
    """Return a client that reaches the server of ``source``. Raises ``SourceError``."""
    proxy = None
    if source.proxy is not None:
        password = source.proxy_password
        auth = None
        if source.proxy_username is not None or password is not None:
            secret = "" if password is None else context.secret(password)
            auth = (source.proxy_username or "", secret)
        proxy = httpx2.Proxy(source.proxy, auth=auth)
    return httpx2.Client(
        verify=_trusted(source.ca_file),
        proxy=proxy,
        trust_env=False,
        timeout=httpx2.Timeout(context.stall_seconds),
        follow_redirects=False,
    )


def send(
    client: httpx2.Client,
    method: str,
    url: httpx2.URL,
    headers: Mapping[str, str],
    body: bytes | Iterable[bytes] = b"",
) -> httpx2.Response:
    """Return the answer to one request, whose body is not read. Raises ``SourceError``."""
    try:
        request = client.build_request(method, url, headers=headers, content=body or None)
        return client.send(request, stream=True)
    except httpx2.HTTPError as error:
        raise SourceError(failure_reason(error), is_transient=is_transient(error)) from None


def get_following(
    client: httpx2.Client,
    url: httpx2.URL,
    headers: Mapping[str, str],
    credentials: Mapping[str, str],
) -> httpx2.Response:
    """Return the answer to a GET after redirects; its body is not read. Raises ``SourceError``.

    ``credentials`` are headers for the server of ``url``, and for no other; nor for a URL of it
    that another one has made.
    """
    origin = (url.scheme, url.host, url.port)
    is_at_origin = True
    for _ in range(_MAX_REDIRECTS + 1):
        is_at_origin = is_at_origin and (url.scheme, url.host, url.port) == origin
        response = send(client, "GET", url, {**headers, **(credentials if is_at_origin else {})})
        if response.status_code not in _REDIRECTS:
            return response
        response.close()
        url = _redirected(url, response.headers.get("Location", ""))
    raise SourceError("the server redirects without an end")


def parsed_url(text: str) -> httpx2.URL:
    """Return a URL. Raises ``SourceError``."""
    try:
        return httpx2.URL(text)
    except httpx2.InvalidURL:
        raise SourceError("the URL is not valid") from None


def chunks_of(response: httpx2.Response) -> Iterator[bytes]:
    """Yield the bytes of an answer as they are sent. Raises ``SourceError``."""
    try:
        yield from response.iter_raw()
    except httpx2.HTTPError as error:
        raise SourceError(failure_reason(error), is_transient=True) from None


def start_of(response: httpx2.Response, max_bytes: int) -> bytes:
    """Return the first ``max_bytes`` of a body at most. Raises ``SourceError``."""
    found = b""
    for chunk in chunks_of(response):
        found += chunk
        if len(found) >= max_bytes:
            break
    return found[:max_bytes]


def failure_reason(error: httpx2.HTTPError) -> str:
    """Return why a request failed, in words without a URL: that may have a signature."""
    if _is_certificate(error):
        return "the certificate of the server is not trusted (`caFile` names other authorities)"
    match error:
        case httpx2.ConnectTimeout():
            return "no connection in time"
        case httpx2.TimeoutException():
            return "the server sends nothing any more"
        case httpx2.ProxyError():
            return "the proxy refuses the connection"
        case httpx2.ConnectError():
            return "no connection to the server"
        case httpx2.RemoteProtocolError():
            return "the connection ended before the end of the file"
    return f"the connection failed ({type(error).__name__})"


def is_transient(error: httpx2.HTTPError) -> bool:
    """Whether the same request may succeed a little later."""
    return not _is_certificate(error)


def _trusted(ca_file: str | None) -> ssl.SSLContext:
    try:
        changed = 0 if ca_file is None else Path(ca_file).stat().st_mtime_ns
        return _context(ca_file, changed)
    except OSError:  # `ssl.SSLError` is one.
        raise SourceError(f"`caFile` {ca_file} is not a readable file of certificates") from None


@lru_cache(maxsize=8)
def _context(ca_file: str | None, _changed: int) -> ssl.SSLContext:
    """Return what trusts a file of authorities; reading those of the machine takes long."""
    return ssl.create_default_context(cafile=ca_file)


def _redirected(url: httpx2.URL, target: str) -> httpx2.URL:
    try:
        found = url.join(target)
    except httpx2.InvalidURL:
        raise SourceError("the server redirects to a URL that is not valid") from None
    if found.scheme not in ("http", "https") or not found.host or has_credentials(str(found)):
        raise SourceError("the server redirects to a URL that is not one of http or https")
    if url.scheme == "https" and found.scheme == "http":
        raise SourceError(f"the server redirects from https to http: {shown_location(str(found))}")
    return found


def _is_certificate(error: BaseException) -> bool:
    found: BaseException | None = error
    while found is not None:
        if isinstance(found, ssl.SSLCertVerificationError):
            return True
        found = found.__cause__ or found.__context__
    return False
