"""What locations of object stores and registries name: ``s3://bucket/key``, ``oci://host/name:tag``.

A location of a document still has its placeholders; they stand for letters and digits here.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from urllib.parse import unquote

_S3 = re.compile(r"s3://([^/?#]+)/([^?#]+)(?:\?versionId=([^&#]+))?", re.IGNORECASE)
#: Rules of AWS, and of the older names and other servers that allow more.
_BUCKET = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{1,253}[A-Za-z0-9]", re.ASCII)
_OCI = re.compile(r"oci://([^/?#@]+)/([^?#@:]+)(?::([^?#@]+))?(?:@([^?#@]+))?", re.IGNORECASE)
# As the distribution specification has them.
_REPOSITORY = re.compile(r"[a-z0-9]+((\.|_|__|-+)[a-z0-9]+)*(/[a-z0-9]+((\.|_|__|-+)[a-z0-9]+)*)*")
_TAG = re.compile(r"[A-Za-z0-9_][A-Za-z0-9._-]{0,127}", re.ASCII)
_DIGEST = re.compile(r"sha256:[0-9a-f]{64}")
#: The registry that `docker.io` is the name of.
_DOCKER_HUB = "registry-1.docker.io"
_PLACEHOLDER = re.compile(r"\{[^{}]*\}")


class BadReferenceError(ValueError):
    """A location that names nothing."""

    def __init__(self, reason: str, hint: str) -> None:
        super().__init__(reason)
        self.reason, self.hint = reason, hint


@dataclass(frozen=True, slots=True)
class S3Object:
    """An object of a bucket; ``key`` is decoded, without a slash in front."""

    bucket: str
    key: str
    #: Empty for the newest version.
    version: str = ""


@dataclass(frozen=True, slots=True)
class OciReference:
    """A manifest in a repository of a registry: by its tag, or by its digest."""

    #: Host, with a port where it is no common one.
    registry: str
    repository: str
    #: Empty where there is only a digest.
    tag: str
    #: ``sha256:…``; empty where there is only a tag.
    digest: str

    @property
    def host(self) -> str:
        """Where the registry answers."""
        return _DOCKER_HUB if self.registry == "docker.io" else self.registry

    @property
    def manifest(self) -> str:
        """What the registry is asked for: the digest, else the tag."""
        return self.digest or self.tag


def s3_object(location: str) -> S3Object:
    """Return what a location of the scheme ``s3`` names. Raises ``BadReferenceError``."""
    match = _S3.fullmatch(location)
    if match is None or not _BUCKET.fullmatch(_PLACEHOLDER.sub("x", match[1])):
        raise BadReferenceError(
            "the location does not name an object of a bucket",
            "write it as `s3://bucket/key`, with `?versionId=…` for a version that is not the"
            " newest; encode `?` and `#` of a key as `%3F` and `%23`",
        )
    key = unquote(match[2])
    if any(part in (".", "..") for part in key.split("/")):
        raise BadReferenceError(
            "the key has `.` or `..` between slashes", "name the object by its key as it is"
        )
    return S3Object(match[1], key, unquote(match[3] or ""))


def oci_reference(location: str) -> OciReference:
    """Return what a location of the scheme ``oci`` names. Raises ``BadReferenceError``."""
    match = _OCI.fullmatch(_PLACEHOLDER.sub("x", location))
    if match is None or not _REPOSITORY.fullmatch(match[2]):
        raise BadReferenceError(
            "the location does not name a repository of a registry",
            "write it as `oci://registry.example.com/repository:tag`, or with `@sha256:…`",
        )
    tag, digest = match[3] or "", match[4] or ""
    if not tag and not digest:
        raise BadReferenceError(
            "the location has neither a tag nor a digest",
            "write `:tag` behind the repository, for example `:{version}`, or `@sha256:…`",
        )
    if tag and not _TAG.fullmatch(tag):
        raise BadReferenceError(
            f"`{tag}` is not a tag", "a tag consists of letters, digits, `.`, `_` and `-`"
        )
    if digest and not _DIGEST.fullmatch(digest):
        raise BadReferenceError(f"`{digest}` is not a digest", "write `sha256:` and 64 hex digits")
    return OciReference(match[1], match[2], tag, digest)
