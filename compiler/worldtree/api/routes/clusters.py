"""Clusters: create, change, destroy, and run pipelines on them."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends
from pydantic import BaseModel, ConfigDict, Field
from starlette.requests import Request
from starlette.responses import Response

from worldtree.api.answers import ACCEPTED, CREATED, PAGE, JsonAnswer, accepted, tagged
from worldtree.api.authentication import Authorized
from worldtree.api.bodies import DOCUMENT_BODY, PATCH_BODY, Document, Patch, json_only
from worldtree.api.content_query import Content
from worldtree.api.etags import etag, read_if_match
from worldtree.api.parameters import ORDER, Cursor, IfMatch, Limit, Name
from worldtree.app.page_cursors import DEFAULT_PAGE
from worldtree.app.tasks.asked_work import AskedTask
from worldtree.app.views.pages import stored_view
from worldtree.core.list_order import ClusterOrder

router = APIRouter(prefix="/clusters", tags=["clusters"])


class WorkerTags(BaseModel):
    """The tags that a worker needs."""

    model_config = ConfigDict(extra="forbid")

    tags: list[Annotated[str, Field(max_length=200)]] = Field(max_length=50)


@router.get("", responses=PAGE)
def list_clusters(
    app: Authorized,
    limit: Limit = DEFAULT_PAGE,
    cursor: Cursor = None,
    order: Annotated[ClusterOrder, ORDER] = "name",
) -> Response:
    """List clusters, by default by name, with newest task and version of the document."""
    return JsonAnswer(app.clusters(limit, cursor, order))


@router.post("", status_code=202, responses=ACCEPTED, openapi_extra=DOCUMENT_BODY)
def create_cluster(app: Authorized, sent: Document, request: Request, beside: Content) -> Response:
    """Store the first document of a cluster, and ask to apply it."""
    document, task = app.create_cluster(sent.body, is_json=sent.is_json, content=beside.content())
    return accepted(task, request, {"ETag": etag(document.digest)})


@router.get("/{name}")
def get_cluster(app: Authorized, name: Name) -> Response:
    """Return a cluster with newest task and version of the document, whose ETag it has."""
    found = app.cluster(name)
    document = found["document"]
    # No 304 for it: the newest task changes without the document.
    headers = {} if document is None else {"ETag": etag(document["digest"])}
    return JsonAnswer(found, headers=headers)


@router.put("/{name}", responses=CREATED, openapi_extra=DOCUMENT_BODY)
def put_document(
    app: Authorized, name: Name, sent: Document, request: Request, if_match: IfMatch = None
) -> Response:
    """Store a document. `If-Match` has the ETag of the one that it replaces, none for the first."""
    expected = read_if_match(if_match)
    found = app.put_document(name, sent.body, expected, is_json=sent.is_json)
    return tagged(stored_view(found), found.digest, request, 201 if expected is None else 200)


@router.patch("/{name}", openapi_extra=PATCH_BODY)
def patch_document(
    app: Authorized, name: Name, patch: Patch, request: Request, if_match: IfMatch = None
) -> Response:
    """Change the document by a JSON merge patch; comments of the document are lost."""
    found = app.patch_document(name, patch, read_if_match(if_match))
    return tagged(stored_view(found), found.digest, request)


@router.delete("/{name}", status_code=202, responses=ACCEPTED)
def destroy_cluster(app: Authorized, name: Name, request: Request, beside: Content) -> Response:
    """Ask to remove the cluster from its hosts. It stays listed, with its tasks."""
    return accepted(app.destroy(name, beside.content()), request)


@router.get("/{name}/tags")
def get_tags(app: Authorized, name: Name) -> Response:
    """Return which tags a worker needs for a cluster, and how many workers have all of them."""
    return JsonAnswer(app.worker_tags(name))


@router.put("/{name}/tags", dependencies=[Depends(json_only)])
def set_tags(app: Authorized, name: Name, sent: WorkerTags) -> Response:
    """Let only workers with all of these tags work on a cluster; without any, every worker."""
    return JsonAnswer(app.set_worker_tags(name, sent.tags))


@router.post(
    "/{name}/tasks", status_code=202, responses=ACCEPTED, dependencies=[Depends(json_only)]
)
def create_task(
    app: Authorized,
    name: Name,
    request: Request,
    asked: AskedTask | None = None,
    if_match: IfMatch = None,
) -> Response:
    """Run a pipeline of the cluster's document; without a body `create-cluster`.

    With `document` that is stored first; `If-Match` has the ETag of the one that it replaces, none
    for the first. A request that is refused stores nothing.
    """
    found = app.run(name, asked or AskedTask(), read_if_match(if_match))
    return accepted(found, request)
