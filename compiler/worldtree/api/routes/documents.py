"""Versions of the clusters' documents, and validation of documents."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Path, Query
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response

from worldtree.api.answers import NOT_MODIFIED, PAGE, JsonAnswer, tagged
from worldtree.api.authentication import Authorized
from worldtree.api.bodies import DOCUMENT_BODY, Document, json_only
from worldtree.api.content_query import Content
from worldtree.api.etags import etag
from worldtree.api.file_answers import JsonWithFile
from worldtree.api.parameters import ORDER, Cursor, Limit, Name
from worldtree.app.page_cursors import DEFAULT_PAGE
from worldtree.app.tasks.asked_work import AskedCompile
from worldtree.app.views.pages import document_view
from worldtree.core.list_order import VersionOrder

router = APIRouter(tags=["documents"])
_MAX_VERSION = 2**31 - 1
Version = Annotated[int, Path(ge=1, le=_MAX_VERSION)]
#: How a diff is asked for.
_OLD = Query(alias="from", ge=1, le=_MAX_VERSION)
_NEW = Query(alias="to", ge=1, le=_MAX_VERSION)


@router.get("/clusters/{name}/documents", responses=PAGE)
def list_versions(
    app: Authorized,
    name: Name,
    limit: Limit = DEFAULT_PAGE,
    cursor: Cursor = None,
    order: Annotated[VersionOrder, ORDER] = "-version",
) -> Response:
    """List versions of the document, by default newest first, without their texts."""
    return JsonAnswer(app.document_versions(name, limit, cursor, order))


@router.get("/clusters/{name}/documents/diff", response_class=PlainTextResponse)
def diff_versions(
    app: Authorized, name: Name, old: Annotated[int, _OLD], new: Annotated[int, _NEW]
) -> Response:
    """Return the unified difference of two versions."""
    return PlainTextResponse(app.document_diff(name, old, new))


@router.get("/clusters/{name}/documents/wanted", responses=NOT_MODIFIED)
def wanted_document(app: Authorized, name: Name, request: Request) -> Response:
    """Return the wanted document: JSON with its text, or with `Accept: application/yaml` that."""
    return _document(app, name, None, request)


@router.get("/clusters/{name}/documents/{version}", responses=NOT_MODIFIED)
def document_version(app: Authorized, name: Name, version: Version, request: Request) -> Response:
    """Return a version of the document; the form is chosen as for the wanted one."""
    return _document(app, name, version, request)


def _document(app: Authorized, name: str, version: int | None, request: Request) -> Response:
    found = app.document(name, version)
    accepts = [
        one.partition(";")[0].strip() for one in request.headers.get("accept", "").split(",")
    ]
    answer = tagged(document_view(found), found.digest, request)
    if answer.status_code == 200 and "application/yaml" in accepts:
        headers = {"ETag": etag(found.digest)}
        return Response(found.body, headers=headers, media_type="application/yaml")
    return answer


@router.post("/validate", openapi_extra=DOCUMENT_BODY)
def validate(app: Authorized, sent: Document, beside: Content) -> Response:
    """Check a document without storing it: 200 with `valid` and every diagnostic."""
    return JsonAnswer(app.validate(sent.body, is_json=sent.is_json, content=beside.content()))


@router.post("/compile", dependencies=[Depends(json_only)])
def compile_document(app: Authorized, asked: AskedCompile) -> Response:
    """Compile a document without storing it: its plan, warnings and, if asked for, its bundle."""
    found, bundle = app.compile_document(asked)
    if bundle is None:
        return JsonAnswer({**found, "bundle": None})
    return JsonWithFile(found, "bundle", bundle)
