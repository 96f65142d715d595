"""What an answer of HTTP with the bytes of a file says: its status, its length, its version."""

from __future__ import annotations

from collections.abc import Mapping
from http import HTTPStatus

import httpx2

from worldtree.artifacts.partial_file import ResumePoint
from worldtree.artifacts.sources.content_range import read_content_range
from worldtree.artifacts.sources.http_client import chunks_of
from worldtree.artifacts.sources.source_kind import OpenedSource, SourceError

#: Answers after which the same request may succeed, besides those of 500 and more.
_TRANSIENT = frozenset({408, 425, 429})


def opened_answer(response: httpx2.Response, point: ResumePoint) -> OpenedSource:
    """Return the bytes of an answer. Raises ``SourceError`` for one without usable bytes."""
    status, headers = response.status_code, response.headers
    if status not in (HTTPStatus.OK, HTTPStatus.PARTIAL_CONTENT):
        raise status_error(status)
    if _is_encoded(response):
        raise SourceError("the server sends the file compressed, though it was asked not to")
    length = headers.get("Content-Length", "")
    size = int(length) if length.isascii() and length.isdigit() else None
    offset = 0
    if is_part(response):
        found = read_content_range(headers.get("Content-Range", ""))
        if found is None or found.start != point.offset:
            raise SourceError("the server sends another range than it was asked for")
        offset, size = found.start, found.size
    return OpenedSource(
        chunks_of(response),
        offset,
        size,
        version_of(headers),
        shows_cuts=bool(length) or "chunked" in headers.get("Transfer-Encoding", "").lower(),
    )


def is_part(response: httpx2.Response) -> bool:
    """Whether an answer has the range that was asked for: some servers call that 200."""
    if response.status_code == HTTPStatus.PARTIAL_CONTENT:
        return True
    found = read_content_range(response.headers.get("Content-Range", ""))
    if found is None or found.size is None or not found.start:
        return False
    return response.headers.get("Content-Length") == str(found.size - found.start)


def status_error(status: int, more: str = "") -> SourceError:
    """Return the error of an answer without the file; ``more`` says what the server adds."""
    is_transient = status >= HTTPStatus.INTERNAL_SERVER_ERROR or status in _TRANSIENT
    try:
        phrase = HTTPStatus(status).phrase
    except ValueError:
        phrase = "an unknown status"
    return SourceError(f"the server answers {status} ({phrase}){more}", is_transient=is_transient)


def version_of(headers: Mapping[str, str]) -> str:
    """Return what may be sent as ``If-Range``: a strong ETag, or the time of the last change."""
    tag = headers.get("ETag", "")
    if tag:
        return tag if tag.startswith('"') else ""
    return headers.get("Last-Modified", "")


def _is_encoded(response: httpx2.Response) -> bool:
    """Whether the bytes are another form of the file.

    Servers call a file `x.tar.gz` encoded by gzip, and send it as it is.
    """
    encoding = response.headers.get("Content-Encoding", "").strip().lower()
    is_own = encoding in ("gzip", "x-gzip") and response.url.path.endswith((".gz", ".tgz"))
    return encoding not in ("", "identity") and not is_own
