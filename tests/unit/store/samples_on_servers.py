"""Puts samples of earlier schemas, which are SQLite files, onto a server."""

from __future__ import annotations

from pathlib import Path

from alembic import command
from alembic.config import Config
from sqlalchemy import (
    Connection,
    ForeignKey,
    Integer,
    MetaData,
    Table,
    create_engine,
    delete,
    func,
    insert,
    select,
)
from sqlalchemy.schema import sort_tables

import worldtree.store

MIGRATIONS = Path(worldtree.store.__file__).parent / "migrations"


def copy_to_server(old: Path, url: str, version: str) -> None:
    """Put a file's rows into a server's tables of that version."""
    source = create_engine(f"sqlite:///{old}")
    target = create_engine(url.replace("postgresql:", "postgresql+psycopg:"))
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    with source.connect() as rows, target.begin() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, version)
        found = MetaData()
        found.reflect(rows)
        for table in sort_tables(found.tables.values(), skip_fn=_is_wanted_document):
            content = [dict(row._mapping) for row in rows.execute(select(table))]
            if content and table.name != "alembic_version":
                connection.execute(delete(table))  # What a migration put there.
                connection.execute(insert(table), content)
                _count_on(connection, table)
    source.dispose()
    target.dispose()


def _count_on(connection: Connection, table: Table) -> None:
    """Let the numbers that the server gives to rows begin after those that are there."""
    for column in table.primary_key:
        if isinstance(column.type, Integer):
            sequence = func.pg_get_serial_sequence(table.name, column.name)
            last = select(func.max(column)).scalar_subquery()
            # None where the server gives no numbers.
            connection.execute(select(func.setval(sequence, last)))


def _is_wanted_document(key: ForeignKey) -> bool:
    """Whether it is that from a cluster to its document, which refers to the cluster.

    No sample has a cluster with a document.
    """
    return (key.parent.table.name, key.parent.name) == ("clusters", "document")
