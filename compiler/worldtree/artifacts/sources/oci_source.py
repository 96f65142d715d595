"""Images, charts and files of registries: ``oci://registry/repository:tag``.

A tag is resolved to the manifest of one platform, whose sha256 the lock file keeps: it is what is
asked for afterwards. An image becomes one tar file of its blobs, which the cache shares between
images; a chart, or another artifact with one file, is that file.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import replace
from http import HTTPStatus
from pathlib import Path

import httpx2

from worldtree.artifacts.partial_file import ResumePoint
from worldtree.artifacts.sources.http_answers import opened_answer
from worldtree.artifacts.sources.http_client import http_client
from worldtree.artifacts.sources.oci_layout import ImageLayout, image_name
from worldtree.artifacts.sources.oci_manifests import (
    INDEX_TYPES,
    MANIFEST_TYPES,
    Descriptor,
    Manifest,
    chosen,
    read_index,
    read_json,
    read_manifest,
)
from worldtree.artifacts.sources.oci_registry import OciRegistry, answer_error
from worldtree.artifacts.sources.source_kind import (
    OpenedSource,
    SourceContext,
    SourceError,
    SourceKind,
)
from worldtree.plan.artifact import Artifact, ArtifactKind, ArtifactSource
from worldtree.spec.artifact_names import ANY_ARCHITECTURE
from worldtree.spec.artifact_references import BadReferenceError, oci_reference

#: Indexes in indexes; more is a loop, or nonsense.
_MAX_DEPTH = 3
_MAX_CONFIG_BYTES = 8 << 20


class OciSource(SourceKind):
    """Opens what a tag or a digest of a registry names."""

    @contextmanager
    def open(
        self, source: ArtifactSource, point: ResumePoint, context: SourceContext
    ) -> Iterator[OpenedSource]:
        """Give the bytes of the one file that is made of it. Raises ``SourceError``."""
        artifact = context.artifact
        if artifact is None:
            raise SourceError("a registry is asked for artifacts only")
        try:
            reference = oci_reference(source.location)
        except BadReferenceError as bad:
            raise SourceError(bad.reason) from None
        with http_client(source, context) as client:
            registry = OciRegistry(client, reference, source, context)
            wanted = f"sha256:{artifact.manifest}" if artifact.manifest else reference.manifest
            manifest = _resolved(registry, wanted, artifact)
            if artifact.kind is ArtifactKind.IMAGE:
                yield _image(registry, manifest, artifact, source, point, context)
                return
            layer = manifest.only_file(is_chart=artifact.kind is ArtifactKind.CHART)
            with _blob(registry, layer.digest, point) as opened:
                yield replace(
                    opened,
                    chunks=_checked(opened, layer),
                    size=layer.size,
                    manifest=manifest.digest,
                )


class _Blobs(SourceKind):
    """Opens blobs of one repository, by one client that has logged in once."""

    def __init__(self, registry: OciRegistry) -> None:
        self._registry = registry

    @contextmanager
    def open(
        self, source: ArtifactSource, point: ResumePoint, context: SourceContext
    ) -> Iterator[OpenedSource]:
        """Give the bytes of a blob. Raises ``SourceError``."""
        del source  # The artifact says which one it is.
        digest = "" if context.artifact is None else context.artifact.sha256 or ""
        with _blob(self._registry, digest, point) as opened:
            yield opened


def _resolved(registry: OciRegistry, name: str, artifact: Artifact) -> Manifest:
    """Return the manifest for the platform of an artifact."""
    for _ in range(_MAX_DEPTH):
        content, media_type = registry.manifest(name)
        if media_type in MANIFEST_TYPES:
            return read_manifest(content, media_type)
        if media_type not in INDEX_TYPES:
            raise SourceError("the registry sends a manifest of an unknown kind")
        found = chosen(read_index(content), artifact.platform, artifact.architecture)
        name = f"sha256:{found.digest}"
    raise SourceError("the index leads to indexes without an end")


def _image(
    registry: OciRegistry,
    manifest: Manifest,
    artifact: Artifact,
    source: ArtifactSource,
    point: ResumePoint,
    context: SourceContext,
) -> OpenedSource:
    """Return the tar of an image, once the cache has all its blobs."""
    manifest.refuse_other_than_image()
    blobs = list({one.digest: one for one in (manifest.config, *manifest.layers)}.values())
    files = context.fetch_parts([_part(one, source) for one in blobs], _Blobs(registry))
    paths = {one.digest: path for one, path in zip(blobs, files, strict=True)}
    config = read_json(_config(manifest, paths), "the configuration of the image")
    architecture = config.get("architecture")
    if artifact.architecture not in (ANY_ARCHITECTURE, architecture):
        raise SourceError(f"the image is one for {architecture}, not for {artifact.architecture}")
    name = image_name(artifact.name, artifact.version)
    layout = ImageLayout(manifest, config, paths, name)
    # Each part of the name is in the tar: a part that was written for another one is not continued.
    validator = f"{manifest.digest} {name}"
    offset = point.offset if point.validator == validator else 0
    return OpenedSource(
        layout.chunks(offset),
        offset,
        layout.size,
        validator,
        shows_cuts=True,
        manifest=manifest.digest,
    )


def _part(blob: Descriptor, source: ArtifactSource) -> Artifact:
    return Artifact(
        kind=ArtifactKind.BINARY,
        name=blob.digest,
        version="blob",
        sources=(source,),
        sha256=blob.digest,
        size=blob.size,
    )


def _config(manifest: Manifest, paths: dict[str, Path]) -> bytes:
    if manifest.config.size > _MAX_CONFIG_BYTES:
        raise SourceError("the configuration of the image is too large")
    return paths[manifest.config.digest].read_bytes()


@contextmanager
def _blob(registry: OciRegistry, digest: str, point: ResumePoint) -> Iterator[OpenedSource]:
    """Give the bytes of a blob from ``point`` on, or from its beginning."""
    start = point if point.validator == digest else ResumePoint()
    response = _blob_answer(registry, digest, start)
    if start.offset and response.status_code == HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE:
        # Of a part with other bytes, as long as the blob or longer, no rest can be asked for.
        response.close()
        start = ResumePoint()
        response = _blob_answer(registry, digest, start)
    with closing(response):
        if response.status_code not in (HTTPStatus.OK, HTTPStatus.PARTIAL_CONTENT):
            raise answer_error(response)
        # A blob has one version for ever: its digest is what names it.
        yield replace(opened_answer(response, start), validator=digest)


def _blob_answer(registry: OciRegistry, digest: str, start: ResumePoint) -> httpx2.Response:
    asked = {"Range": f"bytes={start.offset}-"} if start.offset else {}
    return registry.get(f"blobs/sha256:{digest}", asked)


def _checked(opened: OpenedSource, layer: Descriptor) -> Iterator[bytes]:
    """Yield the bytes of a blob; raise ``SourceError`` at their end for those of another one.

    What continues an earlier download has a sha256, which is checked as a whole.
    """
    digest = hashlib.sha256()
    for chunk in opened.chunks:
        digest.update(chunk)
        yield chunk
    if opened.offset == 0 and digest.hexdigest() != layer.digest:
        raise SourceError(f"its file has the sha256 {digest.hexdigest()}, not {layer.digest}")
