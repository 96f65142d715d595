"""The figures of the fleet that the service publishes."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING

from worldtree.store.figures import FleetFigures

if TYPE_CHECKING:
    from worldtree.store.store import Store

__all__ = ["FiguresService", "FleetFigures"]


class FiguresService:
    """Reads the figures of all projects.

    ``count_workers`` returns how many workers can take tasks; without it the figure is unknown.
    """

    def __init__(
        self, store: Callable[[], Store], count_workers: Callable[[], int] | None = None
    ) -> None:
        self._store, self._count_workers = store, count_workers

    def read(self) -> FleetFigures:
        """Return the present figures. Raises ``StoreError``."""
        found = self._store().fleet_figures()
        if self._count_workers is None:
            return found
        return replace(found, workers_alive=self._count_workers())
