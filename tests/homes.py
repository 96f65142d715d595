"""State directories with all tables: made once per process and copied, not migrated each time."""

from __future__ import annotations

import os
import tempfile
from functools import cache
from pathlib import Path

from worldtree.store.store import Store

_DATABASE = "worldtree.db"


def prepare(home: Path) -> Path:
    """Give ``home`` an empty database of today's schema, unless it has one; return ``home``."""
    home.mkdir(mode=0o700, parents=True, exist_ok=True)
    if not (home / _DATABASE).exists():
        descriptor = os.open(home / _DATABASE, os.O_WRONLY | os.O_CREAT, 0o600)
        with os.fdopen(descriptor, "wb") as file:
            file.write(_migrated())
    return home


def open_store(home: Path) -> Store:
    """Open the state of ``home``, prepared if it is new."""
    return Store.open(prepare(home))


@cache
def _migrated() -> bytes:
    with tempfile.TemporaryDirectory() as place:
        Store.open(Path(place)).close()
        return (Path(place) / _DATABASE).read_bytes()
