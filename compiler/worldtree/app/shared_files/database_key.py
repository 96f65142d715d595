"""This machine's key for the sealed files of a database: tried first, made when it is needed."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from worldtree.app.shared_files.store_key import KEY_FILE, StoreKey, make_key, read_key
from worldtree.core.errors import RefusedError

if TYPE_CHECKING:
    from worldtree.core.settings import Settings
    from worldtree.store.cluster_files import SealedFile
    from worldtree.store.store import Store

_COPY = "copy the key file of a machine that works with this database to {path} (mode 0600)"


class DatabaseKey:
    """Opens and seals; ``notify`` gets a message when a key was made."""

    def __init__(self, settings: Settings, store: Store, notify: Callable[[str], None]) -> None:
        self.path = settings.store_key_file or store.state_directory / KEY_FILE
        self._store, self._notify = store, notify
        self._key: StoreKey | None = None

    def load(self) -> None:
        """Read the key, and try it on a file of the database.

        Raises ``RefusedError`` where it is missing or another one; a database without sealed files
        needs none yet.
        """
        self._key = read_key(self.path)
        if (known := self._store.any_cluster_file()) is not None:
            self.open(known)

    def open(self, file: SealedFile) -> bytes:
        """Return the content of a file. Raises ``RefusedError``."""
        if self._key is None:
            raise self._missing()
        try:
            return self._key.open(file)
        except ValueError as problem:
            raise RefusedError(
                f"`{file.name}` of cluster `{file.cluster}` in the database cannot be opened with "
                f"the key of {self.path}: {problem}",
                code="store-key-wrong",
                hint=_COPY.format(path=self.path),
            ) from problem

    def seal(self, cluster: str, name: str, content: bytes) -> bytes:
        """Return the sealed content of a file; makes the key if the database has no sealed file.

        Raises ``RefusedError``, ``StoreError`` and ``OSError``.
        """
        if self._key is None:
            if self._store.any_cluster_file() is not None:  # Another machine has made one.
                raise self._missing()
            self._key = make_key(self.path)
            self._notify(
                f"the key {self.path} was made: it seals files of clusters in the database, and "
                "each machine that works with the database needs a copy"
            )
        return self._key.seal(self._store.project, cluster, name, content)

    def _missing(self) -> RefusedError:
        return RefusedError(
            "files of clusters in the database are sealed, and this machine has no key: "
            f"{self.path} is missing",
            code="store-key-missing",
            hint=_COPY.format(path=self.path) + ", or set WORLDTREE_STORE_KEY_FILE",
        )


def check_key(settings: Settings, store: Store) -> None:
    """Raise ``RefusedError`` where this machine cannot open the files of clusters in a database."""
    if store.is_shared:
        DatabaseKey(settings, store, lambda _message: None).load()
