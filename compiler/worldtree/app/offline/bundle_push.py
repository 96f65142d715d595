"""Sends offline bundles to object stores and registries."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from worldtree.app.artifacts.artifact_secrets import environment_context
from worldtree.app.offline.bundle_reader import BadBundleError, read_bundle
from worldtree.app.offline.bundle_signature import signature_file
from worldtree.artifacts.sources.source_kind import SourceError
from worldtree.artifacts.uploads import upload_to_registry, upload_to_store
from worldtree.core.errors import WorldTreeError
from worldtree.plan.artifact import ArtifactSource
from worldtree.spec.artifact_locations import scheme_of, shown_location

if TYPE_CHECKING:
    from worldtree.app.ports import Ports

#: Media type of a bundle at a registry.
MEDIA_TYPE = "application/vnd.worldtree.offline-bundle.v1.tar"
#: Annotation of the layer with the signature, in base64.
_SIGNATURE = "io.worldtree.signature"


def push_bundle(file: Path, target: ArtifactSource, ports: Ports) -> str:
    """Send a bundle, which is checked first, to ``target``; return what names it there.

    Its signature goes along: to a store as a second object, to a registry as an annotation. Raises
    ``BadBundleError``, and ``WorldTreeError`` for a target that does not take it.
    """
    found = read_bundle(file)
    location, scheme = shown_location(target.location), scheme_of(target.location)
    signature: bytes | None = None
    with suppress(FileNotFoundError):
        signature = signature_file(file).read_bytes()
    try:
        with environment_context(ports) as context:
            if scheme == "s3":
                upload_to_store(file, target, context)
                if signature is not None:
                    beside = target.model_copy(update={"location": f"{target.location}.sig"})
                    upload_to_store(signature_file(file), beside, context)
                return f"sha256 {found.sha256}"
            if scheme == "oci":
                notes = {} if signature is None else {_SIGNATURE: signature.decode().strip()}
                digest = upload_to_registry(file, target, context, MEDIA_TYPE, notes)
                return f"manifest sha256:{digest}"
    except (SourceError, OSError, UnicodeDecodeError) as error:
        reason = getattr(error, "reason", None) or getattr(error, "strerror", None)
        raise WorldTreeError(
            f"cannot send {file} to {location}: {reason or 'its signature is not text'}",
            code="offline-bundle-not-sent",
            hint="correct the location or the credentials, or make the server reachable",
        ) from error
    raise BadBundleError(
        f"bundles are not sent to a location of `{scheme}`",
        code="offline-bundle-target-invalid",
        hint="write `s3://bucket/key` or `oci://registry/repository:tag`",
    )
