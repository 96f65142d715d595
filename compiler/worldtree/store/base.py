"""The base of all parts of the store."""

from __future__ import annotations

from pathlib import Path

from sqlalchemy import Engine

from worldtree.store.database import writing_engine


class StorePart:
    """A part of the store: reads with one engine and writes with another on the same pool."""

    def __init__(self, engine: Engine, home: Path) -> None:
        self._engine = engine
        self._writer = writing_engine(engine)
        #: The directory of the tasks' directories.
        self.home = home
