"""What the services of all areas share: settings, surroundings and the database."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

from worldtree.core.worker_times import WorkerTimes

if TYPE_CHECKING:
    from worldtree.app.ports import Ports
    from worldtree.core.settings import Settings
    from worldtree.store.store import Store


class ServiceBase:
    """Holds the settings and opens the database."""

    def __init__(self, settings: Settings, ports: Ports) -> None:
        self.settings = settings
        self._ports = ports

    @cached_property
    def store(self) -> Store:
        """The database. It takes most of a second to import, so it is opened on first use."""
        from worldtree.store.store import Store

        return self._with_times(Store.open(self.settings.home, self.settings.database_url))

    def _existing_store(self) -> Store | None:
        """Return the database; None where there is none: reading creates nothing."""
        from worldtree.store.store import Store

        if "store" not in self.__dict__:
            found = Store.open_existing(self.settings.home, self.settings.database_url)
            if found is None:
                return None
            self.store = self._with_times(found)
        return self.store

    def _with_times(self, store: Store) -> Store:
        if self.settings.worker_outage:
            store.times = WorkerTimes(self.settings.worker_outage)
        return store

    def close(self) -> None:
        """Close the database if it is open. May be called again."""
        if "store" in self.__dict__:
            self.store.close()
