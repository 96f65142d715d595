"""Upgrades the schema of the database."""

from __future__ import annotations

from dataclasses import dataclass

from worldtree.core.settings import Settings


@dataclass(frozen=True, slots=True)
class SchemaUpgrade:
    """What an upgrade did."""

    #: Where the database is, without a password.
    database: str
    #: Revisions of the schema; ``before`` is None where there was no database.
    before: str | None
    after: str


class DatabaseService:
    """Works on the database as a whole."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings

    def upgrade(self) -> SchemaUpgrade:
        """Migrate the database to the schema of this program. Raises ``StoreError``.

        Programs of the schema before may be using it.
        """
        from worldtree.store.database import database_location, upgrade_database

        home, url = self._settings.home, self._settings.database_url
        before, after = upgrade_database(home, url)
        return SchemaUpgrade(database_location(home, url), before, after)
