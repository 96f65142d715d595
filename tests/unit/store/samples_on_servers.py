"""Puts samples of earlier schemas, which are SQLite files, onto a server."""

from __future__ import annotations

from pathlib import Path

from alembic import command
from alembic.config import Config
from sqlalchemy import MetaData, create_engine, delete, insert, select

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
        for table in found.sorted_tables:
            content = [dict(row._mapping) for row in rows.execute(select(table))]
            if content and table.name != "alembic_version":
                connection.execute(delete(table))  # What a migration put there.
                connection.execute(insert(table), content)
    source.dispose()
    target.dispose()
