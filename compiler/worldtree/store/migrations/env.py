"""Run by alembic: migrates over the connection that the caller holds."""

from __future__ import annotations

from alembic import context

from worldtree.store import access_tables, event_tables, file_tables, service_tables
from worldtree.store.schema import metadata

#: Their import adds their tables to the metadata.
_ALL_TABLES = (access_tables, event_tables, file_tables, service_tables)

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
)
with context.begin_transaction():
    context.run_migrations()
