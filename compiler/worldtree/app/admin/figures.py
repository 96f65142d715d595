"""The figures of the fleet that the service publishes."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from worldtree.store.figures import FleetFigures

if TYPE_CHECKING:
    from worldtree.store.store import Store

__all__ = ["FiguresService", "FleetFigures"]


class FiguresService:
    """Reads the figures of all projects."""

    def __init__(self, store: Callable[[], Store]) -> None:
        self._store = store

    def read(self) -> FleetFigures:
        """Return the present figures. Raises ``StoreError``."""
        return self._store().fleet_figures()
