"""Whether the service can answer: the database is there and can be read."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from worldtree.app.service import Application


def check_database(application: Application) -> None:
    """Read from the database, which is opened on first use. Raises ``StoreError``."""
    application.store.find_project("")
