"""Checks a source of an artifact: keys of its scheme, credentials that nobody else can read."""

from __future__ import annotations

from collections.abc import Mapping

from worldtree.core.errors import DiagnosticBag, DocPath
from worldtree.spec.artifact_locations import (
    is_loopback_url,
    is_readable_by_others,
    scheme_of,
)
from worldtree.spec.models.artifact import DocumentArtifactSource

#: Field -> (its key, the schemes that have it).
_KEYS: Mapping[str, tuple[str, tuple[str, ...]]] = {
    "endpoint": ("endpoint", ("s3",)),
    "region": ("region", ("s3",)),
    "access_key": ("accessKey", ("s3",)),
    "secret_key": ("secretKey", ("s3",)),
    "path_style": ("pathStyle", ("s3",)),
    "plain_http": ("plainHttp", ("oci",)),
}
_BUILT_IN = ("file", "http", "https", "oci", "s3")


def check_source(source: DocumentArtifactSource, path: DocPath, bag: DiagnosticBag) -> None:
    """Report what is wrong with one source; ``path`` is its place in the document."""
    _check_keys(source, path, bag)
    _check_credentials(source, path, bag)
    _check_plain_http(source, path, bag)


def _check_keys(source: DocumentArtifactSource, path: DocPath, bag: DiagnosticBag) -> None:
    scheme = scheme_of(source.location)
    for field, (key, schemes) in _KEYS.items():
        if getattr(source, field) is not None and scheme in _BUILT_IN and scheme not in schemes:
            bag.error(
                "artifact-source-keys",
                f"`{key}` has no effect on a source of `{scheme}`",
                detail=f"It is a setting of `{schemes[0]}`.",
                hint=f"remove it, or write a location of `{schemes[0]}`",
                path=(*path, key),
                at_key=True,
            )
    if scheme != "s3":
        return
    for field in ("username", "password"):
        if getattr(source, field) is not None:
            bag.error(
                "artifact-source-keys",
                f"`{field}` has no effect on a source of `s3`",
                detail="Requests to object stores are signed with a pair of keys.",
                hint="write `accessKey` and `secretKey`",
                path=(*path, field),
                at_key=True,
            )
    if (source.access_key is None) != (source.secret_key is None):
        missing, present = "secretKey", "accessKey"
        if source.access_key is None:
            missing, present = present, missing
        bag.error(
            "artifact-source-keys",
            f"`{missing}` is missing",
            detail="Requests to object stores are signed with a pair of keys.",
            hint=f"write it beside `{present}`, as a reference such as `${{env:S3_KEY}}`",
            path=(*path, present),
            at_key=True,
        )


def _check_credentials(source: DocumentArtifactSource, path: DocPath, bag: DiagnosticBag) -> None:
    place = source.location
    if scheme_of(place) == "s3" and source.endpoint is not None:
        place = source.endpoint
    if not is_readable_by_others(place):
        return
    for key, value in (("password", source.password), ("token", source.token)):
        if value is not None:
            bag.error(
                "artifact-credentials-in-clear",
                f"`{key}` would be sent without encryption",
                detail="Everyone between this machine and the server can read what http sends.",
                hint=f"use a location of `https`, or remove `{key}`",
                path=(*path, key),
            )


def _check_plain_http(source: DocumentArtifactSource, path: DocPath, bag: DiagnosticBag) -> None:
    if source.plain_http and scheme_of(source.location) == "oci":
        if is_loopback_url(source.location):
            return
        bag.error(
            "artifact-plain-http",
            "`plainHttp` is for registries on this machine only",
            detail="Everyone between this machine and the registry can read and change what http"
            " sends.",
            hint="give the registry a certificate, and name its authority in `caFile`",
            path=(*path, "plainHttp"),
        )
