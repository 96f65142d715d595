"""Objects of S3-compatible stores: signed requests, continued by a range of the same version.

Nothing is signed in advance: each request has a signature of its own in its headers, and URLs have
none that could be in a log.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from http import HTTPStatus

import httpx2

from worldtree.artifacts.partial_file import ResumePoint
from worldtree.artifacts.sources.http_answers import is_part, opened_answer, version_of
from worldtree.artifacts.sources.http_client import http_client
from worldtree.artifacts.sources.s3_requests import S3Target, answer_error
from worldtree.artifacts.sources.source_kind import (
    OpenedSource,
    SourceContext,
    SourceKind,
)
from worldtree.plan.artifact import ArtifactSource


class S3Source(SourceKind):
    """Downloads an object by GET."""

    @contextmanager
    def open(
        self, source: ArtifactSource, point: ResumePoint, context: SourceContext
    ) -> Iterator[OpenedSource]:
        """Give the bytes of an object. Raises ``SourceError``."""
        target = S3Target(source, context)
        with http_client(source, context) as client:
            response = _answer(client, target, point)
            if point.offset and _cannot_continue(response, point):
                response.close()
                point = ResumePoint()
                response = _answer(client, target, point)
            try:
                if response.status_code not in (HTTPStatus.OK, HTTPStatus.PARTIAL_CONTENT):
                    raise answer_error(response)
                yield opened_answer(response, point)
            finally:
                response.close()


def _answer(client: httpx2.Client, target: S3Target, point: ResumePoint) -> httpx2.Response:
    if not point.offset:
        return target.ask(client, "GET")
    # S3 has no `If-Range`: a version that has changed is answered with 412.
    asked = {"Range": f"bytes={point.offset}-"}
    if point.validator.startswith('"'):
        asked["If-Match"] = point.validator
    else:
        asked["If-Unmodified-Since"] = point.validator
    return target.ask(client, "GET", asked)


def _cannot_continue(response: httpx2.Response, point: ResumePoint) -> bool:
    """Whether an answer to a range is no part of the object that was begun."""
    if is_part(response):
        # Some servers heed `Range` and not `If-Match`.
        return version_of(response.headers) != point.validator
    return response.status_code in (
        HTTPStatus.PRECONDITION_FAILED,
        HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE,
    )
