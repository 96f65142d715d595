"""Files of HTTP servers: ranges to continue, redirects that lose neither TLS nor credentials.

Bytes are taken as the server sends them, never decoded: the sha256 is that of the file.
"""

from __future__ import annotations

import base64
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from http import HTTPStatus

import httpx2

from worldtree.artifacts.partial_file import ResumePoint
from worldtree.artifacts.sources.http_answers import opened_answer, version_of
from worldtree.artifacts.sources.http_client import (
    HEADERS,
    get_following,
    http_client,
    parsed_url,
)
from worldtree.artifacts.sources.source_kind import (
    OpenedSource,
    SourceContext,
    SourceError,
    SourceKind,
)
from worldtree.plan.artifact import ArtifactSource
from worldtree.spec.artifact_locations import is_readable_by_others


class HttpSource(SourceKind):
    """Downloads by GET, with one connection per file."""

    @contextmanager
    def open(
        self, source: ArtifactSource, point: ResumePoint, context: SourceContext
    ) -> Iterator[OpenedSource]:
        """Give the bytes of a URL. Raises ``SourceError``."""
        with http_client(source, context) as client:
            response = _answer(client, source, point, context)
            if point.offset and _cannot_continue(response, point):
                response.close()
                point = ResumePoint()
                response = _answer(client, source, point, context)
            try:
                yield opened_answer(response, point)
            finally:
                response.close()


def _cannot_continue(response: httpx2.Response, point: ResumePoint) -> bool:
    """Whether an answer to a range is no part of the file that was begun."""
    if response.status_code == HTTPStatus.PARTIAL_CONTENT:
        # A server may heed `Range` and not `If-Range`.
        return version_of(response.headers) not in ("", point.validator)
    return response.status_code == HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE


def _answer(
    client: httpx2.Client, source: ArtifactSource, point: ResumePoint, context: SourceContext
) -> httpx2.Response:
    """Return the answer with the bytes, whose body is not read; follows redirects."""
    headers = dict(HEADERS)
    if point.offset:
        headers |= {"Range": f"bytes={point.offset}-", "If-Range": point.validator}
    url = parsed_url(source.location)
    return get_following(client, url, headers, _authorization(source, context))


def _authorization(source: ArtifactSource, context: SourceContext) -> Mapping[str, str]:
    if (source.token or source.password) and is_readable_by_others(source.location):
        # The check of documents does not see the sources of components.
        raise SourceError("credentials are not sent by http, which others can read")
    if source.token is not None:
        return {"Authorization": f"Bearer {context.secret(source.token)}"}
    return basic_authorization(source, context)


def basic_authorization(source: ArtifactSource, context: SourceContext) -> Mapping[str, str]:
    """Return the header with the user and password of a source; none where it has neither."""
    if source.username is None and source.password is None:
        return {}
    password = "" if source.password is None else context.secret(source.password)
    pair = f"{source.username or ''}:{password}".encode()
    return {"Authorization": f"Basic {base64.b64encode(pair).decode()}"}
