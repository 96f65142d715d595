"""Manifests of registries (OCI image specification 1.1, Docker schema 2): read and chosen from."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from worldtree.artifacts.sources.source_kind import SourceError

OCI_INDEX = "application/vnd.oci.image.index.v1+json"
OCI_MANIFEST = "application/vnd.oci.image.manifest.v1+json"
_DOCKER_LIST = "application/vnd.docker.distribution.manifest.list.v2+json"
_DOCKER_MANIFEST = "application/vnd.docker.distribution.manifest.v2+json"
INDEX_TYPES = (OCI_INDEX, _DOCKER_LIST)
MANIFEST_TYPES = (OCI_MANIFEST, _DOCKER_MANIFEST)
_IMAGE_CONFIGS = (
    "application/vnd.oci.image.config.v1+json",
    "application/vnd.docker.container.image.v1+json",
)
CHART_CONFIG = "application/vnd.cncf.helm.config.v1+json"
_CHART_LAYER = "application/vnd.cncf.helm.chart.content.v1.tar+gzip"
_DIGEST = re.compile(r"sha256:([0-9a-f]{64})")
#: Variants of an architecture, the wanted ones first; others are not chosen by themselves.
_VARIANTS: Mapping[str, Sequence[str]] = {
    "amd64": ("", "v1"),
    "arm": ("v7", "", "v6", "v5"),
    "arm64": ("v8", ""),
}


@dataclass(frozen=True, slots=True)
class Descriptor:
    """What a manifest says of a blob or of another manifest."""

    media_type: str
    #: sha256, hex.
    digest: str
    size: int
    os: str = ""
    architecture: str = ""
    variant: str = ""

    @property
    def platform(self) -> str:
        """As messages name it."""
        return "/".join(part for part in (self.os, self.architecture, self.variant) if part)


@dataclass(frozen=True, slots=True)
class Manifest:
    """The manifest of one image, chart or file; ``content`` has its exact bytes."""

    content: bytes
    media_type: str
    config: Descriptor
    layers: tuple[Descriptor, ...]

    @property
    def digest(self) -> str:
        """sha256 of the bytes, hex."""
        return hashlib.sha256(self.content).hexdigest()

    def refuse_other_than_image(self) -> None:
        """Raise ``SourceError`` for a manifest that is not one of a container image."""
        if self.config.media_type not in _IMAGE_CONFIGS:
            raise SourceError("it is not a container image")

    def only_file(self, *, is_chart: bool) -> Descriptor:
        """Return the layer that is the file of a chart, or of an artifact with one file.

        Raises ``SourceError`` where it is not one.
        """
        layers = self.layers
        if is_chart:
            if self.config.media_type != CHART_CONFIG:
                raise SourceError("it is not a Helm chart")
            # A provenance file may stand beside it.
            layers = tuple(one for one in layers if one.media_type == _CHART_LAYER)
        elif self.config.media_type in _IMAGE_CONFIGS:
            raise SourceError("it is a container image; write `kind: image`")
        if len(layers) != 1:
            raise SourceError(f"it has {len(layers)} files, not one")
        return layers[0]


def read_json(content: bytes, what: str) -> Mapping[str, Any]:
    """Return a JSON object of a registry. Raises ``SourceError``."""
    try:
        found = json.loads(content)
    except (ValueError, RecursionError):
        found = None
    if not isinstance(found, dict):
        raise SourceError(f"{what} is not valid")
    return found


def read_manifest(content: bytes, media_type: str) -> Manifest:
    """Return the manifest in an answer. Raises ``SourceError``."""
    data = read_json(content, "the manifest")
    config, layers = data.get("config"), data.get("layers")
    if not isinstance(layers, list):
        raise SourceError("the manifest is of an old format, or not valid")
    return Manifest(
        content, media_type, _descriptor(config), tuple(_descriptor(one) for one in layers)
    )


def read_index(content: bytes) -> tuple[Descriptor, ...]:
    """Return the manifests that an index names. Raises ``SourceError``."""
    manifests = read_json(content, "the index").get("manifests")
    if not isinstance(manifests, list):
        raise SourceError("the index is not valid")
    found = [_descriptor(one) for one in manifests]
    # Attestations stand beside images as if they were ones of an unknown platform.
    return tuple(one for one in found if one.architecture != "unknown")


def chosen(manifests: Sequence[Descriptor], os: str, architecture: str) -> Descriptor:
    """Return the manifest for a platform; for ``any`` the only one. Raises ``SourceError``."""
    if architecture == "any":
        if len(manifests) == 1:
            return manifests[0]
        raise SourceError(
            f"it exists for {_platforms(manifests)}; name the `architectures` of the artifact"
        )
    fitting = [one for one in manifests if (one.os, one.architecture) == (os, architecture)]
    for variant in _VARIANTS.get(architecture, ("",)):
        for one in fitting:
            if one.variant == variant:
                return one
    raise SourceError(f"it exists for {_platforms(manifests)}, not for {os}/{architecture}")


def _platforms(manifests: Sequence[Descriptor]) -> str:
    return ", ".join(sorted({one.platform or "no platform" for one in manifests})) or "nothing"


def _descriptor(data: object) -> Descriptor:
    if not isinstance(data, dict):
        raise SourceError("the manifest is not valid")
    platform = data.get("platform")
    names = platform if isinstance(platform, dict) else {}
    match = _DIGEST.fullmatch(str(data.get("digest")))
    size = data.get("size")
    if match is None or not isinstance(size, int) or isinstance(size, bool) or size < 0:
        raise SourceError("the manifest names a blob without a sha256 or a size")
    return Descriptor(
        str(data.get("mediaType", "")),
        match[1],
        size,
        str(names.get("os", "")),
        str(names.get("architecture", "")),
        str(names.get("variant", "")),
    )
