"""An image as one tar file in the OCI image layout, reproducible to the byte.

The same manifest and name give the same bytes on every machine: members have a fixed order, owner,
mode and time, and nothing is compressed again. `ctr image import` and `skopeo` read it.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from worldtree.artifacts.sources.fixed_tar import FixedTar
from worldtree.artifacts.sources.oci_manifests import OCI_INDEX, Manifest


class ImageLayout(FixedTar):
    """The tar of one image, whose blobs are files."""

    def __init__(
        self, manifest: Manifest, config: Mapping[str, Any], blobs: Mapping[str, Path], name: str
    ) -> None:
        """``blobs`` has the files of config and layers by their sha256.

        ``name`` is the full name of the image with its tag.
        """
        index = {
            "schemaVersion": 2,
            "mediaType": OCI_INDEX,
            "manifests": [_entry(manifest, config, name)],
        }
        super().__init__()
        self.add("oci-layout", _json({"imageLayoutVersion": "1.0.0"}))
        self.add("index.json", _json(index))
        files: dict[str, bytes | Path] = {**blobs, manifest.digest: manifest.content}
        for digest in sorted(files):
            self.add(f"blobs/sha256/{digest}", files[digest])


def image_name(name: str, version: str) -> str:
    """Return the full name of an image as container runtimes write it, from those of an artifact.

    ``pause`` is ``docker.io/library/pause``; a tag has no ``+``, in its place Helm and others write
    ``_``.
    """
    first, slash, _ = name.partition("/")
    if not slash:
        name = f"docker.io/library/{name}"
    elif "." not in first and first != "localhost":
        name = f"docker.io/{name}"
    return f"{name}:{_tag(version)}"


def _tag(version: str) -> str:
    return "".join(sign if sign.isalnum() or sign in "._-" else "_" for sign in version)


def _entry(manifest: Manifest, config: Mapping[str, Any], name: str) -> dict[str, Any]:
    found = {key: config.get(key) for key in ("architecture", "os", "variant")}
    platform = {key: value for key, value in found.items() if isinstance(value, str) and value}
    return {
        "mediaType": manifest.media_type,
        "digest": f"sha256:{manifest.digest}",
        "size": len(manifest.content),
        "platform": platform,
        "annotations": {
            "io.containerd.image.name": name,
            "org.opencontainers.image.ref.name": name.rpartition(":")[2],
        },
    }


def _json(data: Mapping[str, Any]) -> bytes:
    return json.dumps(data, sort_keys=True, separators=(",", ":")).encode()
