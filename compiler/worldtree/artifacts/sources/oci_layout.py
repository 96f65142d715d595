"""An image as one tar file in the OCI image layout, reproducible to the byte.

The same manifest and name give the same bytes on every machine: members have a fixed order, owner,
mode and time, and nothing is compressed again. `ctr image import` and `skopeo` read it.
"""

from __future__ import annotations

import json
import tarfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from worldtree.artifacts.sources.oci_manifests import OCI_INDEX, Manifest
from worldtree.artifacts.sources.source_kind import SourceError

_CHUNK_BYTES = 1 << 20
_BLOCK_BYTES = 512
#: Two empty blocks end a tar file.
_END = bytes(2 * _BLOCK_BYTES)


@dataclass(frozen=True, slots=True)
class _Segment:
    """Bytes of the tar: given, or those of a file."""

    content: bytes | Path
    size: int


class ImageLayout:
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
        self._segments: list[_Segment] = []
        self._add("oci-layout", _json({"imageLayoutVersion": "1.0.0"}))
        self._add("index.json", _json(index))
        files: dict[str, bytes | Path] = {**blobs, manifest.digest: manifest.content}
        for digest in sorted(files):
            self._add(f"blobs/sha256/{digest}", files[digest])
        self._segments.append(_Segment(_END, len(_END)))

    @property
    def size(self) -> int:
        """Bytes of the whole tar."""
        return sum(one.size for one in self._segments)

    def chunks(self, offset: int) -> Iterator[bytes]:
        """Yield the bytes of the tar from ``offset`` on. Raises ``SourceError``."""
        for one in self._segments:
            skipped = min(offset, one.size)
            offset -= skipped
            if skipped == one.size:
                continue
            if isinstance(one.content, bytes):
                yield one.content[skipped:]
            else:
                yield from _file_chunks(one.content, skipped, one.size)

    def _add(self, name: str, content: bytes | Path) -> None:
        size = len(content) if isinstance(content, bytes) else content.stat().st_size
        member = tarfile.TarInfo(name)
        member.size, member.mode = size, 0o644
        header = member.tobuf(tarfile.PAX_FORMAT)
        self._segments.append(_Segment(header, len(header)))
        self._segments.append(_Segment(content, size))
        padding = bytes(-size % _BLOCK_BYTES)
        self._segments.append(_Segment(padding, len(padding)))


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


def _file_chunks(path: Path, offset: int, size: int) -> Iterator[bytes]:
    left = size - offset
    try:
        with path.open("rb") as stream:
            stream.seek(offset)
            while left and (chunk := stream.read(min(left, _CHUNK_BYTES))):
                left -= len(chunk)
                yield chunk
    except OSError as error:
        raise SourceError(error.strerror or "a blob cannot be read") from None
    if left:
        raise SourceError("a blob of the cache was cut")
