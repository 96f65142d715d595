"""Bodies of requests: documents as YAML or JSON, merge patches, JSON."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated, Any

from fastapi import Depends
from starlette.requests import Request

from worldtree.api.authentication import principal
from worldtree.auth.principal import Principal
from worldtree.core.errors import RefusedError

JSON = "application/json"
MERGE_PATCH = "application/merge-patch+json"
_YAML = ("application/yaml", "application/x-yaml", "text/yaml", "text/x-yaml")


@dataclass(frozen=True, slots=True)
class SentDocument:
    """A document as it was sent."""

    body: bytes
    is_json: bool


async def sent_document(request: Request) -> SentDocument:
    """Return the document of a request; raises ``RefusedError`` for another media type."""
    found = media_type(request, (*_YAML, JSON))
    return SentDocument(await request.body(), found == JSON)


async def sent_patch(request: Request) -> bytes:
    """Return the merge patch of a request; raises ``RefusedError`` for another media type."""
    media_type(request, (MERGE_PATCH, JSON))
    return await request.body()


def json_only(request: Request, _: Annotated[Principal, Depends(principal)]) -> None:
    """After authentication, raise ``RefusedError`` for a body of another media type than JSON."""
    refuse_other_types(request)


def refuse_other_types(request: Request) -> None:
    """Raise ``RefusedError`` for a body of another media type than JSON."""
    if request.headers.get("content-length", "0") != "0" or (
        "transfer-encoding" in request.headers
    ):
        media_type(request, (JSON,))


def media_type(request: Request, taken: Sequence[str]) -> str:
    """Return the media type of a body. Raises ``RefusedError`` for one that is not taken."""
    found = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if found not in taken:
        raise RefusedError(
            f"the media type `{found[:100]}` is not taken here"
            if found
            else "the request does not say the media type of its body",
            code="media-type-unsupported",
            hint=f"send `Content-Type: {taken[0]}`"
            + "".join(f" or `{one}`" for one in taken if one == JSON and one != taken[0]),
        )
    return found


Document = Annotated[SentDocument, Depends(sent_document)]
Patch = Annotated[bytes, Depends(sent_patch)]

#: What the OpenAPI document says of both.
DOCUMENT_BODY: dict[str, Any] = {
    "requestBody": {
        "required": True,
        "description": "A cluster document.",
        "content": {
            "application/yaml": {"schema": {"type": "string"}},
            JSON: {"schema": {"type": "object"}},
        },
    }
}
PATCH_BODY: dict[str, Any] = {
    "requestBody": {
        "required": True,
        "description": "A JSON merge patch (RFC 7396) of the document.",
        "content": {MERGE_PATCH: {"schema": {"type": "object"}}},
    }
}
