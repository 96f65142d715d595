"""Sends one file to an object store (S3), or to a registry as an artifact with one layer (OCI)."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import closing
from http import HTTPStatus
from pathlib import Path

import httpx2

from worldtree.artifacts.sources.http_client import http_client, start_of
from worldtree.artifacts.sources.oci_manifests import OCI_MANIFEST
from worldtree.artifacts.sources.oci_registry import OciRegistry
from worldtree.artifacts.sources.oci_registry import answer_error as registry_error
from worldtree.artifacts.sources.s3_requests import S3Target
from worldtree.artifacts.sources.s3_requests import answer_error as store_error
from worldtree.artifacts.sources.source_kind import SourceContext, SourceError
from worldtree.plan.artifact import ArtifactSource
from worldtree.spec.artifact_references import BadReferenceError, oci_reference

#: Bytes that are sent, and signed, at once; S3 has 10 000 parts of a file at most.
_PART_BYTES = 64 << 20
_MAX_PARTS = 9_000
_CHUNK_BYTES = 1 << 20
_TRIES = 3
_UPLOAD_ID = re.compile(rb"<UploadId>([^<]{1,1024})</UploadId>")
_MAX_ANSWER_BYTES = 64 << 10
_EMPTY_CONFIG = b"{}"
_EMPTY_CONFIG_TYPE = "application/vnd.oci.empty.v1+json"


def upload_to_store(file: Path, source: ArtifactSource, context: SourceContext) -> None:
    """Store a file as the object that ``source`` names. Raises ``SourceError`` and ``OSError``."""
    size = file.stat().st_size
    target = S3Target(source, context)
    with http_client(source, context) as client, file.open("rb") as stream:
        if size <= _PART_BYTES:
            _ask(target, client, "PUT", body=stream.read())
            return
        started = _ask(target, client, "POST", query="uploads=")
        match = _UPLOAD_ID.search(started[1])
        if match is None:
            raise SourceError("the server does not begin an upload in parts")
        query = f"uploadId={_quoted(match[1].decode())}"
        try:
            part_bytes = max(_PART_BYTES, -(-size // _MAX_PARTS))
            tags: list[str] = []
            while part := stream.read(part_bytes):
                asked = f"partNumber={len(tags) + 1}&{query}"
                tags.append(_ask(target, client, "PUT", query=asked, body=part)[0]["ETag"])
            _ask(target, client, "POST", query=query, body=_completed(tags))
        except BaseException:
            # Parts of an upload that never ends are kept, and cost, until somebody removes them.
            with closing(target.ask(client, "DELETE", query=query)):
                raise


def upload_to_registry(
    file: Path,
    source: ArtifactSource,
    context: SourceContext,
    media_type: str,
    annotations: Mapping[str, str],
) -> str:
    """Store a file as an artifact with one layer; return the sha256 of its manifest.

    A blob that the registry has is not sent again. Raises ``SourceError`` and ``OSError``.
    """
    try:
        reference = oci_reference(source.location)
    except BadReferenceError as bad:
        raise SourceError(bad.reason) from None
    if reference.digest:
        raise SourceError("a file is stored by a tag, and gets its digest from its bytes")
    with http_client(source, context) as client, file.open("rb") as stream:
        digest, size = hashlib.file_digest(stream, "sha256").hexdigest(), file.stat().st_size
        registry = OciRegistry(client, reference, source, context, "pull,push")
        config = hashlib.sha256(_EMPTY_CONFIG).hexdigest()
        _send_blob(registry, config, len(_EMPTY_CONFIG), lambda: iter([_EMPTY_CONFIG]))
        _send_blob(registry, digest, size, lambda: _chunks(file))
        manifest = _manifest(config, digest, size, file.name, media_type, annotations)
        with closing(
            registry.ask(
                "PUT",
                registry.url(f"manifests/{reference.tag}"),
                {"Content-Type": OCI_MANIFEST},
                lambda: manifest,
            )
        ) as response:
            if response.status_code not in (HTTPStatus.OK, HTTPStatus.CREATED):
                raise registry_error(response)
    return hashlib.sha256(manifest).hexdigest()


def _ask(
    target: S3Target, client: httpx2.Client, method: str, *, query: str = "", body: bytes = b""
) -> tuple[Mapping[str, str], bytes]:
    """Return the headers and the body of an answer; a transient error is tried again."""
    tries = _TRIES
    while True:
        tries -= 1
        try:
            with closing(target.ask(client, method, query=query, body=body)) as response:
                if response.status_code != HTTPStatus.OK:
                    raise store_error(response)
                content = start_of(response, _MAX_ANSWER_BYTES)
                # The end of an upload in parts may fail after its status was sent.
                if b"<Error>" in content:
                    raise SourceError("the server could not put the parts together")
                return response.headers, content
        except SourceError as error:
            if not error.is_transient or not tries:
                raise


def _completed(tags: list[str]) -> bytes:
    from xml.sax.saxutils import escape

    parts = "".join(
        f"<Part><PartNumber>{number}</PartNumber><ETag>{escape(tag)}</ETag></Part>"
        for number, tag in enumerate(tags, start=1)
    )
    return f"<CompleteMultipartUpload>{parts}</CompleteMultipartUpload>".encode()


def _quoted(text: str) -> str:
    from urllib.parse import quote

    return quote(text, safe="")


def _send_blob(
    registry: OciRegistry, digest: str, size: int, body: Callable[[], Iterable[bytes]]
) -> None:
    blob = registry.url(f"blobs/sha256:{digest}")
    with closing(registry.ask("HEAD", blob, {})) as response:
        if response.status_code == HTTPStatus.OK:
            return
    with closing(registry.ask("POST", registry.url("blobs/uploads/"), {})) as response:
        if response.status_code != HTTPStatus.ACCEPTED:
            raise registry_error(response)
        place = blob.join(response.headers.get("Location", ""))
    if (place.scheme, place.host, place.port) != (blob.scheme, blob.host, blob.port):
        raise SourceError("the registry wants the file at another server")
    place = place.copy_merge_params({"digest": f"sha256:{digest}"})
    headers = {"Content-Type": "application/octet-stream", "Content-Length": str(size)}
    with closing(registry.ask("PUT", place, headers, body)) as response:
        if response.status_code != HTTPStatus.CREATED:
            raise registry_error(response)


def _manifest(
    config: str,
    digest: str,
    size: int,
    name: str,
    media_type: str,
    annotations: Mapping[str, str],
) -> bytes:
    data = {
        "schemaVersion": 2,
        "mediaType": OCI_MANIFEST,
        "artifactType": media_type,
        "config": {
            "mediaType": _EMPTY_CONFIG_TYPE,
            "digest": f"sha256:{config}",
            "size": len(_EMPTY_CONFIG),
        },
        "layers": [
            {
                "mediaType": media_type,
                "digest": f"sha256:{digest}",
                "size": size,
                "annotations": {"org.opencontainers.image.title": name, **annotations},
            }
        ],
    }
    return json.dumps(data, sort_keys=True, separators=(",", ":")).encode()


def _chunks(file: Path) -> Iterator[bytes]:
    with file.open("rb") as stream:
        while chunk := stream.read(_CHUNK_BYTES):
            yield chunk
