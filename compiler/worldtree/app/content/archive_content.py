"""What is in an archive, in the one form in which it is stored: a plain tar."""

from __future__ import annotations

import io
import tempfile
from pathlib import Path
from typing import IO, TYPE_CHECKING

from worldtree.app.content.archive_limits import ArchiveLimits
from worldtree.app.content.archive_problems import unwritable
from worldtree.app.content.archive_reader import unpack_archive
from worldtree.core.errors import RefusedError
from worldtree.core.packed_directories import pack_directory
from worldtree.core.private_directories import make_private_directory
from worldtree.core.unnamed_files import unnamed_file
from worldtree.store.missing_archive import unknown_archive

if TYPE_CHECKING:
    from worldtree.store.store import Store


def plain_content(file: IO[bytes], scratch: Path, limits: ArchiveLimits | None = None) -> bytes:
    """Return what is in an archive as a plain tar, empty without files.

    ``limits`` are by default those of archives of callers.
    Raises ``RefusedError`` for an archive that is not allowed, and ``StoreError`` where nothing can
    be written below ``scratch``.
    """
    make_private_directory(scratch)
    try:
        with tempfile.TemporaryDirectory(prefix="archive-", dir=scratch) as name:
            unpack_archive(file, Path(name), limits)
            # All of them are listed: a search that stops leaves a directory open.
            is_empty = not [one for one in Path(name).rglob("*") if one.is_file()]
            return b"" if is_empty else pack_directory(Path(name))
    except OSError as problem:
        raise unwritable(problem) from problem


def stored_content(store: Store, digest: str) -> bytes:
    """Return an archive of a project as a tar. Raises ``RefusedError``."""
    with io.BytesIO() as file:
        copy_content(store, digest, file)
        return file.getvalue()


def stored_file(store: Store, digest: str, scratch: Path) -> IO[bytes]:
    """Return an archive of a project as an open file with a tar, which no directory has.

    Raises ``RefusedError``, and ``StoreError`` where nothing can be written below ``scratch``.
    """
    return unnamed_file(scratch, lambda file: copy_content(store, digest, file))


def copy_content(store: Store, digest: str, file: IO[bytes]) -> None:
    """Write an archive of a project to a file as a tar. Raises ``RefusedError``, ``OSError``."""
    try:
        store.copy_archive(digest, file)
    except KeyError:
        raise unknown_archive(digest) from None
    except ValueError as problem:
        raise RefusedError(
            f"the archive {digest} in the database is damaged: {problem}",
            code="content-damaged",
            hint="delete it and upload it again; who can write to the database may have changed it",
        ) from problem
