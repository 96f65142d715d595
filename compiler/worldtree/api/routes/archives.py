"""Archives with roles, playbooks and files, which requests name by their digest."""

from __future__ import annotations

from typing import Annotated, Any
from urllib.parse import quote

from fastapi import APIRouter, Depends, Path, Query
from pydantic import BaseModel, ConfigDict, Field
from starlette.requests import Request
from starlette.responses import Response

from worldtree.api.answers import PAGE, JsonAnswer
from worldtree.api.authentication import Authorized
from worldtree.api.bodies import json_only
from worldtree.api.file_answers import FileAnswer
from worldtree.api.parameters import NO_NULL, Cursor, Limit
from worldtree.api.problem_links import project_query
from worldtree.api.settings import API_PREFIX
from worldtree.api.streamed_bodies import ARCHIVE_BODY, SentFile, sent_archive
from worldtree.app.page_cursors import DEFAULT_PAGE

router = APIRouter(prefix="/archives", tags=["archives"])
Digest = Annotated[str, Path(pattern=r"^[0-9a-f]{64}$", description="SHA-256 of what is in it.")]
Name = Annotated[str, Query(max_length=200, pattern=NO_NULL, description="What people call it.")]
_MADE: dict[int | str, dict[str, Any]] = {200: {"description": "The project has it already."}}
_TAR: dict[int | str, dict[str, Any]] = {
    200: {"content": {"application/x-tar": {}}, "description": "The files."}
}


class PrunedArchives(BaseModel):
    """Which archives are deleted."""

    model_config = ConfigDict(extra="forbid", strict=True)

    older_than: Annotated[
        int, Field(ge=0, le=10**9, description="Seconds since they were sent, at least.")
    ] = 0


@router.get("", responses=PAGE)
def list_archives(app: Authorized, limit: Limit = DEFAULT_PAGE, cursor: Cursor = None) -> Response:
    """List the archives of the project, newest first."""
    return JsonAnswer(app.archives(limit, cursor))


@router.post("", status_code=201, responses=_MADE, openapi_extra=ARCHIVE_BODY)
def add_archive(
    app: Authorized,
    request: Request,
    sent: Annotated[SentFile, Depends(sent_archive)],
    name: Name = "",
) -> Response:
    """Store a tar, tar.gz or zip; equal files have one digest, however they are packed."""
    found, is_new = app.add_archive(sent.file, name)
    place = f"{API_PREFIX}/archives/{quote(found['digest'])}{project_query(request.scope)}"
    return JsonAnswer(found, 201 if is_new else 200, headers={"Location": place})


@router.post("/prune", dependencies=[Depends(json_only)])
def prune_archives(app: Authorized, asked: PrunedArchives | None = None) -> Response:
    """Delete the archives that no task that waits, and no schedule, needs."""
    return JsonAnswer(app.prune_archives((asked or PrunedArchives()).older_than))


@router.get("/{digest}")
def get_archive(app: Authorized, digest: Digest) -> Response:
    """Return an archive without its content."""
    return JsonAnswer(app.archive(digest))


@router.get("/{digest}/content", responses=_TAR, response_class=Response)
def get_archive_content(app: Authorized, digest: Digest) -> Response:
    """Return the files of an archive as a tar."""
    return FileAnswer(app.archive_content(digest), "application/x-tar")


@router.delete("/{digest}", status_code=204)
def delete_archive(app: Authorized, digest: Digest) -> Response:
    """Delete an archive that no task that waits, and no schedule, needs."""
    app.delete_archive(digest)
    return Response(status_code=204)
