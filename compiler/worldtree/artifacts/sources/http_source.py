"""Files of HTTP servers: ranges to continue, redirects that lose neither TLS nor credentials.

Bytes are taken as the server sends them, never decoded: the sha256 is that of the file. Proxies and
authorities come from the settings of the source only, not from the environment.
"""

from __future__ import annotations

import base64
import ssl
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import lru_cache
from http import HTTPStatus
from pathlib import Path

import httpx2

from worldtree.artifacts.partial_file import ResumePoint
from worldtree.artifacts.sources.content_range import read_content_range
from worldtree.artifacts.sources.source_kind import (
    OpenedSource,
    SourceContext,
    SourceError,
    SourceKind,
)
from worldtree.plan.artifact import ArtifactSource
from worldtree.spec.artifact_locations import (
    has_credentials,
    is_readable_by_others,
    shown_location,
)

_MAX_REDIRECTS = 8
_REDIRECTS = frozenset({301, 302, 303, 307, 308})
#: Answers after which the same request may succeed, besides those of 500 and more.
_TRANSIENT = frozenset({408, 425, 429})


class HttpSource(SourceKind):
    """Downloads by GET, with one connection per file."""

    @contextmanager
    def open(
        self, source: ArtifactSource, point: ResumePoint, context: SourceContext
    ) -> Iterator[OpenedSource]:
        """Give the bytes of a URL. Raises ``SourceError``."""
        with _client(source, context) as client:
            response = _answer(client, source, point, context)
            if point.offset and _cannot_continue(response, point):
                response.close()
                point = ResumePoint()
                response = _answer(client, source, point, context)
            try:
                yield _opened(response, point)
            finally:
                response.close()


def _cannot_continue(response: httpx2.Response, point: ResumePoint) -> bool:
    """Whether an answer to a range is no part of the file that was begun."""
    if response.status_code == HTTPStatus.PARTIAL_CONTENT:
        # A server may heed `Range` and not `If-Range`.
        return _validator(response.headers) not in ("", point.validator)
    return response.status_code == HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE


def _client(source: ArtifactSource, context: SourceContext) -> httpx2.Client:
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


def _answer(
    client: httpx2.Client, source: ArtifactSource, point: ResumePoint, context: SourceContext
) -> httpx2.Response:
    """Return the answer with the bytes, whose body is not read; follows redirects."""
    headers = {"Accept": "*/*", "Accept-Encoding": "identity", "User-Agent": "worldtree"}
    if point.offset:
        headers |= {"Range": f"bytes={point.offset}-", "If-Range": point.validator}
    url = _url(source.location)
    origin = (url.scheme, url.host, url.port)
    is_at_origin = True
    for _ in range(_MAX_REDIRECTS + 1):
        # Credentials are for the server that the document names, and for no other; nor for a URL
        # of it that another one has made.
        is_at_origin = is_at_origin and (url.scheme, url.host, url.port) == origin
        more = _authorization(source, context) if is_at_origin else {}
        try:
            request = client.build_request("GET", url, headers={**headers, **more})
            response = client.send(request, stream=True)
        except httpx2.HTTPError as error:
            raise SourceError(_reason(error), is_transient=_is_transient(error)) from None
        if response.status_code not in _REDIRECTS:
            return response
        response.close()
        url = _redirected(url, response.headers.get("Location", ""))
    raise SourceError("the server redirects without an end")


def _url(location: str) -> httpx2.URL:
    try:
        return httpx2.URL(location)
    except httpx2.InvalidURL:
        raise SourceError("the URL is not valid") from None


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


def _authorization(source: ArtifactSource, context: SourceContext) -> Mapping[str, str]:
    if (source.token or source.password) and is_readable_by_others(source.location):
        # The check of documents does not see the sources of components.
        raise SourceError("credentials are not sent by http, which others can read")
    if source.token is not None:
        return {"Authorization": f"Bearer {context.secret(source.token)}"}
    if source.username is None and source.password is None:
        return {}
    password = "" if source.password is None else context.secret(source.password)
    pair = f"{source.username or ''}:{password}".encode()
    return {"Authorization": f"Basic {base64.b64encode(pair).decode()}"}


def _opened(response: httpx2.Response, point: ResumePoint) -> OpenedSource:
    """Return the bytes of an answer. Raises ``SourceError`` for one without usable bytes."""
    status, headers = response.status_code, response.headers
    if status not in (HTTPStatus.OK, HTTPStatus.PARTIAL_CONTENT):
        is_transient = status >= HTTPStatus.INTERNAL_SERVER_ERROR or status in _TRANSIENT
        raise SourceError(_status_reason(status), is_transient=is_transient)
    if _is_encoded(response):
        raise SourceError("the server sends the file compressed, though it was asked not to")
    length = headers.get("Content-Length", "")
    size = int(length) if length.isascii() and length.isdigit() else None
    offset = 0
    if status == HTTPStatus.PARTIAL_CONTENT:
        found = read_content_range(headers.get("Content-Range", ""))
        if found is None or found.start != point.offset:
            raise SourceError("the server sends another range than it was asked for")
        offset, size = found.start, found.size
    return OpenedSource(
        _chunks(response),
        offset,
        size,
        _validator(headers),
        shows_cuts=bool(length) or "chunked" in headers.get("Transfer-Encoding", "").lower(),
    )


def _is_encoded(response: httpx2.Response) -> bool:
    """Whether the bytes are another form of the file.

    Servers call a file `x.tar.gz` encoded by gzip, and send it as it is.
    """
    encoding = response.headers.get("Content-Encoding", "").strip().lower()
    is_own = encoding in ("gzip", "x-gzip") and response.url.path.endswith((".gz", ".tgz"))
    return encoding not in ("", "identity") and not is_own


def _validator(headers: Mapping[str, str]) -> str:
    """Return what may be sent as ``If-Range``: a strong ETag, or the time of the last change."""
    tag = headers.get("ETag", "")
    if tag:
        return tag if tag.startswith('"') else ""
    return headers.get("Last-Modified", "")


def _chunks(response: httpx2.Response) -> Iterator[bytes]:
    try:
        yield from response.iter_raw()
    except httpx2.HTTPError as error:
        raise SourceError(_reason(error), is_transient=True) from None


def _status_reason(status: int) -> str:
    try:
        phrase = HTTPStatus(status).phrase
    except ValueError:
        phrase = "an unknown status"
    return f"the server answers {status} ({phrase})"


def _is_transient(error: httpx2.HTTPError) -> bool:
    return not _is_certificate(error)


def _is_certificate(error: BaseException) -> bool:
    found: BaseException | None = error
    while found is not None:
        if isinstance(found, ssl.SSLCertVerificationError):
            return True
        found = found.__cause__ or found.__context__
    return False


def _reason(error: httpx2.HTTPError) -> str:
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
