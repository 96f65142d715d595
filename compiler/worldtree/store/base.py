"""What all parts of the store stand on."""

from __future__ import annotations

from pathlib import Path

from sqlalchemy import Engine

from worldtree.store.database import writing_engine


class StorePart:
    """A part of the store: reads through one engine, writes through another on the same pool."""

    def __init__(self, engine: Engine, home: Path) -> None:
        self._engine = engine
        self._writer = writing_engine(engine)
        #: Where the tasks' directories are.
        self.home = home
