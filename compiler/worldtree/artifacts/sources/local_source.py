"""Files of this machine: a path, or a URL of the scheme ``file``."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO
from urllib.parse import unquote, urlsplit

from worldtree.artifacts.partial_file import ResumePoint
from worldtree.artifacts.sources.source_kind import (
    OpenedSource,
    SourceContext,
    SourceError,
    SourceKind,
)
from worldtree.core.written_paths import home_path
from worldtree.plan.artifact import ArtifactSource
from worldtree.spec.artifact_locations import is_path

_CHUNK_BYTES = 1 << 18


class LocalSource(SourceKind):
    """Reads regular files; paths are absolute or relative to the working directory."""

    @contextmanager
    def open(
        self, source: ArtifactSource, point: ResumePoint, context: SourceContext
    ) -> Iterator[OpenedSource]:
        """Give the bytes of a file. Raises ``SourceError``."""
        del context  # A file needs no credentials, and does not stall.
        path = _path(source.location)
        try:
            # A named pipe without a writer would keep a plain `open` waiting for ever.
            descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK)
        except (OSError, ValueError) as error:
            raise SourceError(_reason(error)) from None
        found = os.fstat(descriptor)
        if not stat.S_ISREG(found.st_mode):
            os.close(descriptor)
            raise SourceError("it is not a file")
        with os.fdopen(descriptor, "rb") as stream:
            validator = f"{found.st_ino}-{found.st_size}-{found.st_mtime_ns}"
            offset = point.offset if point.validator == validator else 0
            stream.seek(offset)
            yield OpenedSource(_chunks(stream), offset, found.st_size, validator, shows_cuts=True)


def _path(location: str) -> Path:
    return home_path(location if is_path(location) else unquote(urlsplit(location).path))


def _chunks(stream: BinaryIO) -> Iterator[bytes]:
    try:
        while chunk := stream.read(_CHUNK_BYTES):
            yield chunk
    except OSError as error:
        raise SourceError(_reason(error)) from None


def _reason(error: OSError | ValueError) -> str:
    if isinstance(error, FileNotFoundError):
        return "there is no such file"
    return str(getattr(error, "strerror", None) or "it cannot be read")
