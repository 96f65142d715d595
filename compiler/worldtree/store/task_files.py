"""The frozen files of tasks in a server's database, so that any machine can go on with them.

Each content is stored once. A file's database is on the machine that has the directories of tasks,
so it keeps none.
"""

from __future__ import annotations

import time
import zlib
from pathlib import Path

from sqlalchemy import Connection, delete, select, union, update

from worldtree.core.file_trees import FileTree, read_tree
from worldtree.store.base import StorePart
from worldtree.store.schema import contents, file_trees, tasks
from worldtree.store.service_tables import proposals
from worldtree.store.upsert import insert_new

#: Seconds within which what was kept may still get the row of its task.
_MIN_AGE_SECONDS = 86_400
#: Digests that one query looks for.
_DIGESTS_PER_QUERY = 500


class TaskFiles(StorePart):
    """Writes and reads the files of tasks."""

    @property
    def is_shared(self) -> bool:
        """Whether other machines may use the same database."""
        return self._engine.dialect.name != "sqlite"

    def keep_files(self, directory: Path, names: tuple[str, ...]) -> str:
        """Store what is below ``names`` of a task's directory; return the digest of the tree.

        Raises ``OSError`` and ``StoreError``.
        """
        tree = read_tree(directory, names)
        paths = {entry.content: entry.path for entry in tree.entries if entry.content is not None}
        for digest in self._missing(list(paths)):
            body = (directory / paths[digest]).read_bytes()
            row = {"digest": digest, "size": len(body), "body": zlib.compress(body, 1)}
            with self._writer.begin() as connection:  # One at a time: all may not fit in memory.
                insert_new(connection, contents, {**row, "kept": time.time()})
        row = {"digest": tree.digest, "body": tree.to_json(), "kept": time.time()}
        with self._writer.begin() as connection:
            insert_new(connection, file_trees, row)
            again = update(file_trees).where(file_trees.c.digest == tree.digest)
            connection.execute(again.values(kept=time.time()))
        return tree.digest

    def _missing(self, digests: list[str]) -> list[str]:
        """Return the digests without a content; the others are kept from now on."""
        known: set[str] = set()
        with self._writer.begin() as connection:
            for start in range(0, len(digests), _DIGESTS_PER_QUERY):
                some = contents.c.digest.in_(digests[start : start + _DIGESTS_PER_QUERY])
                again = update(contents).where(some).values(kept=time.time())
                known.update(connection.execute(again.returning(contents.c.digest)).scalars())
        return [digest for digest in digests if digest not in known]

    def file_tree(self, digest: str) -> FileTree:
        """Return a tree. Raises ``KeyError``."""
        query = select(file_trees.c.body).where(file_trees.c.digest == digest)
        with self._engine.connect() as connection:
            body = connection.execute(query).scalar()
        if body is None:
            raise KeyError(digest)
        return FileTree.from_json(body)

    def file_content(self, digest: str) -> bytes:
        """Return the content with that sha256; raises ``KeyError``.

        What cannot be unpacked is a ``ValueError``. Whether it is that content is not looked at.
        """
        query = select(contents.c.body).where(contents.c.digest == digest)
        with self._engine.connect() as connection:
            body = connection.execute(query).scalar()
        if body is None:
            raise KeyError(digest)
        try:
            return zlib.decompress(bytes(body))
        except zlib.error as problem:
            raise ValueError(f"the content {digest} cannot be unpacked") from problem


def delete_unused_files(connection: Connection) -> None:
    """Delete trees that no task and no proposal has, and contents that no tree has."""
    before = time.time() - _MIN_AGE_SECONDS
    used = union(
        select(tasks.c.files).where(tasks.c.files.is_not(None)),
        select(proposals.c.files).where(proposals.c.files.is_not(None)),
    )
    old = file_trees.c.kept < before
    connection.execute(delete(file_trees).where(old, file_trees.c.digest.not_in(used)))
    bodies = connection.execute(select(file_trees.c.body)).scalars()
    kept = {entry.content for body in bodies for entry in FileTree.from_json(body).entries}
    found = connection.execute(select(contents.c.digest).where(contents.c.kept < before)).scalars()
    for digest in set(found) - kept:
        connection.execute(delete(contents).where(contents.c.digest == digest))
