"""The key that seals files of clusters in the database; it is in a file outside of it."""

from __future__ import annotations

import os
import tempfile
import zlib
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from worldtree.core.errors import RefusedError
from worldtree.core.fsync import sync_directory
from worldtree.core.private_directories import make_private_directory

if TYPE_CHECKING:
    from worldtree.store.cluster_files import SealedFile

#: Name of the file in the state directory where the settings name no other.
KEY_FILE = "store.key"
_ABOUT = (
    "# Seals files of clusters in the database: known hosts, certificate authorities.\n"
    "# Each machine that works with the database needs a copy. The first key seals, all open.\n"
)


class StoreKey:
    """Seals and opens; ``keys`` are Fernet keys, of which the first one seals.

    Raises ``ValueError`` for what is no key.
    """

    def __init__(self, keys: Sequence[bytes]) -> None:
        from cryptography.fernet import Fernet, MultiFernet

        self._fernet = MultiFernet([Fernet(key) for key in keys])

    def seal(self, project: str, cluster: str, name: str, content: bytes) -> bytes:
        """Return the content sealed for one file of one cluster."""
        head = _place(project, cluster, name)
        return self._fernet.encrypt(head + zlib.compress(content))

    def open(self, file: SealedFile) -> bytes:
        """Return the content of a file.

        Raises ``ValueError`` for one that was sealed with another key or for another place, or
        that was changed since.
        """
        from cryptography.fernet import InvalidToken

        head = _place(file.project, file.cluster, file.name)
        try:
            found = self._fernet.decrypt(file.content)
        except InvalidToken as problem:
            raise ValueError("sealed with another key, or changed since") from problem
        if not found.startswith(head):
            raise ValueError("sealed for another place")
        return zlib.decompress(found[len(head) :])


def _place(project: str, cluster: str, name: str) -> bytes:
    # No name has a line break.
    return f"{project}\n{cluster}\n{name}\n".encode()


def read_key(path: Path) -> StoreKey | None:
    """Return the key of a file; None without the file. Raises ``RefusedError``."""
    try:
        lines = path.read_bytes().split(b"\n")
        keys = [line.strip() for line in lines if line.strip() and not line.startswith(b"#")]
        return StoreKey(keys)
    except FileNotFoundError:
        return None
    except (OSError, ValueError) as problem:
        why = problem.strerror if isinstance(problem, OSError) else "it has no valid key"
        raise RefusedError(
            f"the key file {path} cannot be used: {why}",
            code="store-key-invalid",
            hint="copy the key file of a machine that works with this database there",
        ) from None  # The cause may show a part of the key.


def make_key(path: Path) -> StoreKey:
    """Make a file with a random key, readable by this user only; return the key.

    Where another process makes it at the same time, both get the same. Raises ``OSError``,
    ``StoreError`` and ``RefusedError``.
    """
    from cryptography.fernet import Fernet

    make_private_directory(path.parent)
    descriptor, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}-")  # Mode 0600.
    made = Path(name)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(_ABOUT.encode() + Fernet.generate_key() + b"\n")
            file.flush()
            os.fsync(file.fileno())
        with suppress(FileExistsError):  # A rename would replace that of the other process.
            path.hardlink_to(made)
    finally:
        made.unlink()
    sync_directory(path.parent)  # Before anything is sealed with it.
    found = read_key(path)
    if found is None:
        raise FileNotFoundError(path)
    return found
