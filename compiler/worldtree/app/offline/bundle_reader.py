"""Reads an offline bundle from its beginning to its end once, and checks every byte of it."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from worldtree.app.offline.bundle_contents import (
    CHECKSUMS_FILE,
    CONTENTS_FILE,
    MAX_CONTENTS_BYTES,
    BundleContents,
    BundledFile,
    checksums,
    read_contents,
)
from worldtree.app.offline.tar_members import BadTarError, TarReader
from worldtree.core.errors import ExitCode, WorldTreeError

#: Takes the bytes of a member: its path, what it has to be, and its chunks.
TakeMember = Callable[[str, BundledFile, Iterator[bytes]], None]


class BadBundleError(WorldTreeError):
    """A file that is not an offline bundle, or a damaged, cut or manipulated one."""

    exit_code = ExitCode.INPUT


@dataclass(frozen=True, slots=True)
class ReadBundle:
    """What was read."""

    contents: BundleContents
    #: sha256 of ``bundle.json``, which names the bundle, and of the whole file.
    identity: str
    sha256: str
    size: int


def bad_bundle(file: Path, reason: str) -> BadBundleError:
    """Return the error of a file that cannot be used."""
    return BadBundleError(
        f"{file} is not a complete offline bundle: {reason}",
        code="offline-bundle-damaged",
        hint="make it again with `wt bundle create`, or copy it again; nothing of it was used",
    )


def read_bundle(
    file: Path,
    take: TakeMember | None = None,
    begin: Callable[[BundleContents, str], None] = lambda _contents, _identity: None,
) -> ReadBundle:
    """Read a bundle; ``begin`` gets its list first, ``take`` each member.

    Memory holds the list and a chunk. Raises ``BadBundleError``; what ``take`` has got by then is
    not to be used, apart from members whose bytes it was given to their end.
    """
    with _opened(file) as stream:
        whole = hashlib.sha256()
        size = 0

        def read(length: int) -> bytes:
            nonlocal size
            chunk = stream.read(length)
            whole.update(chunk)
            size += len(chunk)
            return chunk

        try:
            contents, identity = _read(file, TarReader(read), take, begin)
        except BadTarError as bad:
            raise bad_bundle(file, str(bad)) from None
        return ReadBundle(contents, identity, whole.hexdigest(), size)


def _read(
    file: Path,
    reader: TarReader,
    take: TakeMember | None,
    begin: Callable[[BundleContents, str], None],
) -> tuple[BundleContents, str]:
    members = iter(reader)
    first = next(members, None)
    if first is None or first[0] != CONTENTS_FILE:
        raise BadTarError(f"its first file is not `{CONTENTS_FILE}`")
    listed = reader.content(MAX_CONTENTS_BYTES)
    contents = read_contents(listed, str(file))
    identity = hashlib.sha256(listed).hexdigest()
    expected = contents.members()
    sums = checksums(listed, expected)
    expected[CHECKSUMS_FILE] = BundledFile(sha256=hashlib.sha256(sums).hexdigest(), size=len(sums))
    begin(contents, identity)
    for name, size in members:
        wanted = expected.pop(name, None)
        if wanted is None:
            raise BadTarError(f"`{name}` is not in its list `{CONTENTS_FILE}`")
        if size != wanted.size:
            raise BadTarError(f"`{name}` has {size} bytes, not {wanted.size}")
        _take(name, wanted, reader, take)
    if expected:
        missing = min(expected)
        more = f", and {len(expected) - 1} more" if len(expected) > 1 else ""
        raise BadTarError(f"`{missing}` is missing{more}")
    return contents, identity


def _take(name: str, wanted: BundledFile, reader: TarReader, take: TakeMember | None) -> None:
    digest = hashlib.sha256()

    def chunks() -> Iterator[bytes]:
        for chunk in reader.chunks():
            digest.update(chunk)
            yield chunk
        # Raised before the end is seen, so that the taker does not use the file.
        if digest.hexdigest() != wanted.sha256:
            raise BadTarError(f"`{name}` has the sha256 {digest.hexdigest()}, not {wanted.sha256}")

    if take is None:
        for _ in chunks():
            pass
    else:
        take(name, wanted, chunks())


@contextmanager
def _opened(file: Path) -> Iterator[BinaryIO]:
    if file.exists() and not file.is_file():  # Reading a named pipe would wait for ever.
        raise bad_bundle(file, "it is not a file")
    try:
        with file.open("rb") as stream:
            yield stream
    except OSError as error:
        raise bad_bundle(file, error.strerror or "it cannot be read") from None
