"""Receives one file from one source into its partial file, and knows its sha256."""

from __future__ import annotations

import errno
import hashlib
import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

from worldtree.artifacts.partial_file import PartialFile, ResumePoint
from worldtree.artifacts.progress import FetchCancelledError
from worldtree.artifacts.sources.registry import source_kind
from worldtree.artifacts.sources.source_kind import (
    OpenedSource,
    SourceContext,
    SourceError,
    SourceKind,
)
from worldtree.artifacts.stall_guard import StallGuard
from worldtree.core.errors import WorldTreeError
from worldtree.core.private_directories import make_private_directory
from worldtree.plan.artifact import Artifact, ArtifactSource
from worldtree.spec.artifact_locations import scheme_of, shown_location

_CHUNK_BYTES = 1 << 20


@dataclass(frozen=True, slots=True)
class ReceivedFile:
    """The bytes of a whole file, which are in the partial file."""

    #: sha256, hex.
    digest: str
    size: int
    #: That of a registry, see ``OpenedSource``.
    manifest: str = ""


def receive(
    artifact: Artifact,
    source: ArtifactSource,
    partial: PartialFile,
    context: SourceContext,
    max_bytes: int,
    tell: Callable[[int, int | None], None],
    kind: SourceKind | None = None,
) -> ReceivedFile:
    """Bring the bytes of ``source`` into ``partial``; ``kind`` is by default that of its scheme.

    Goes on where it ended before only if the sha256 is known: it shows bytes of two versions, which
    no validator of a server rules out.
    ``tell`` gets the bytes that are there and those of the whole file after each chunk; its
    exceptions propagate and end the download. Raises ``SourceError``, after which the partial file
    is one to go on with or gone, and ``OSError`` for a partial file that cannot be written.
    """
    location = shown_location(source.location)
    point = ResumePoint() if artifact.sha256 is None else partial.resume_point(location)
    with ExitStack() as stack:
        opened = _open(stack, source, point, context, kind)
        if opened.offset not in (0, point.offset):
            raise SourceError("the source begins at another byte than it was asked for")
        _check_size(artifact, opened, max_bytes)
        if opened.size is not None and opened.offset > opened.size:
            partial.discard()
            raise SourceError(
                f"the partial file is longer than the file, which has {opened.size} bytes",
                is_transient=True,
            )
        start = ResumePoint(opened.offset, location, opened.validator)
        _check_space(partial.path.parent, opened)
        with partial.writing(start) as stream:
            digest = _digest_of_start(stream, opened.offset)
            received = opened.offset
            limit = max_bytes if artifact.size is None else artifact.size
            guard = StallGuard(context.stall_seconds)
            tell(received, opened.size)
            for chunk in _chunks(opened):
                received += len(chunk)
                if received > limit:
                    partial.discard()
                    raise SourceError(f"the file is larger than {limit} bytes")
                digest.update(chunk)
                stream.write(chunk)
                tell(received, opened.size)
                guard.count(len(chunk))
    if opened.size is not None and received != opened.size:
        raise SourceError(
            f"the file ends after {received} of {opened.size} bytes", is_transient=True
        )
    found = ReceivedFile(digest.hexdigest(), received, opened.manifest)
    _check_bytes(artifact, found, partial, is_continued=opened.offset > 0)
    return found


def _open(
    stack: ExitStack,
    source: ArtifactSource,
    point: ResumePoint,
    context: SourceContext,
    kind: SourceKind | None,
) -> OpenedSource:
    try:
        kind = kind or source_kind(scheme_of(source.location))
        return stack.enter_context(kind.open(source, point, context))
    except (SourceError, FetchCancelledError, WorldTreeError):
        raise
    except Exception as error:  # A source of another package must not end the others.
        raise _broken(error) from error


def _chunks(opened: OpenedSource) -> Iterator[bytes]:
    chunks = iter(opened.chunks)
    while True:
        try:
            chunk = next(chunks, None)
        except SourceError:
            raise
        except Exception as error:  # As in `_open`.
            raise _broken(error) from error
        if chunk is None:
            return
        yield chunk


def _broken(error: Exception) -> SourceError:
    # Its text may have a URL with a signature.
    return SourceError(f"the source failed with {type(error).__name__}")


def _check_size(artifact: Artifact, opened: OpenedSource, max_bytes: int) -> None:
    size = opened.size
    if size is None:
        if artifact.sha256 is None and artifact.size is None and not opened.shows_cuts:
            raise SourceError(
                "the server does not say where the file ends, so that a part of it would pass for "
                "the whole; set `size` or `sha256`"
            )
        return
    if artifact.size is not None and size != artifact.size:
        raise SourceError(f"the file has {size} bytes, not {artifact.size}")
    if size > max_bytes:
        raise SourceError(f"the file is larger than {max_bytes} bytes")


def _check_space(directory: Path, opened: OpenedSource) -> None:
    """Raise ``OSError`` where the rest of the file certainly has no room."""
    make_private_directory(directory)
    if opened.size is not None:
        needed = opened.size - opened.offset
        if shutil.disk_usage(directory).free < needed:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


def _digest_of_start(stream: BinaryIO, length: int) -> Any:
    """Return the sha256 object of the first ``length`` bytes, after which ``stream`` stands."""
    digest = hashlib.sha256()
    stream.seek(0)
    left = length
    while left:
        chunk = stream.read(min(left, _CHUNK_BYTES))
        digest.update(chunk)
        left -= len(chunk)
    # Between reading and writing.
    stream.seek(length)
    return digest


def _check_bytes(
    artifact: Artifact, found: ReceivedFile, partial: PartialFile, *, is_continued: bool
) -> None:
    if artifact.size is not None and found.size != artifact.size:
        partial.discard()
        raise SourceError(f"the file has {found.size} bytes, not {artifact.size}")
    if artifact.sha256 in (None, found.digest):
        return
    partial.discard()
    # Parts of two versions make neither; from the beginning it may be the right one.
    raise SourceError(
        f"the file has the sha256 {found.digest}, not {artifact.sha256}",
        is_transient=is_continued,
    )
