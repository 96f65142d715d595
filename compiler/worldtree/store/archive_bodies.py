"""Contents of archives in parts: a process should not have a whole one in memory."""

from __future__ import annotations

import sqlite3
import zlib
from collections.abc import Iterable, Iterator
from hashlib import sha256
from typing import IO, Any

from sqlalchemy import ColumnElement, Connection, LargeBinary, func, literal_column, select

from worldtree.store.db_errors import store_error
from worldtree.store.file_tables import archives

#: Bytes that are read, or written, at once.
_PART_BYTES = 262_144


def stored_parts(connection: Connection, condition: ColumnElement[bool]) -> Iterator[bytes]:
    """Yield the content of one archive as the database has it; nothing without the archive.

    One that is deleted meanwhile ends early.
    """
    if connection.dialect.name == "sqlite":
        yield from _parts_of_file(connection, condition)
        return
    start = 1
    while True:
        query = select(func.substr(archives.c.content, start, _PART_BYTES, type_=LargeBinary))
        part = connection.execute(query.where(condition)).scalar()
        if not part:
            return
        yield bytes(part)
        start += _PART_BYTES


def _parts_of_file(connection: Connection, condition: ColumnElement[bool]) -> Iterator[bytes]:
    # `substr` would read the whole content for each part.
    rowid: ColumnElement[Any] = literal_column("archives.rowid")
    row = connection.execute(select(rowid).select_from(archives).where(condition)).scalar()
    if row is None:
        return
    driver: Any = connection.connection.driver_connection
    try:
        with driver.blobopen("archives", "content", row, readonly=True) as content:
            while part := content.read(_PART_BYTES):
                yield part
    except sqlite3.OperationalError as problem:
        if "rowid" not in str(problem):  # It was deleted just now.
            place = str(connection.engine.url.database)
            raise store_error(problem, place, server=False) from problem


def unpack_parts(parts: Iterable[bytes], file: IO[bytes]) -> str:
    """Write what the database has of a content to ``file``; return the sha256 (hex) of the content.

    Raises ``ValueError`` for what cannot be unpacked, and ``OSError`` of the file.
    """
    unpacker, digest = zlib.decompressobj(), sha256()

    def write(content: bytes) -> None:
        digest.update(content)
        file.write(content)

    try:
        for part in parts:
            while part:
                write(unpacker.decompress(part, _PART_BYTES))
                part = unpacker.unconsumed_tail
        write(unpacker.flush())
    except zlib.error as problem:
        raise ValueError("it cannot be unpacked") from problem
    if not unpacker.eof:
        raise ValueError("it cannot be unpacked")
    return digest.hexdigest()
