"""Which databases have tasks whose directories are in one state directory."""

from __future__ import annotations

import os
from pathlib import Path

from sqlalchemy import Engine

from worldtree.store.database import has_own_file, url_location

#: A line per database, oldest first.
_FILE_NAME = "databases"
#: The database file in the state directory itself, wherever that is moved to.
_OWN_FILE = "the file in this directory"


def note_database(home: Path, engine: Engine) -> None:
    """Remember that ``home`` has directories of tasks of the database of ``engine``."""
    name = _name(engine)
    if name not in _noted(home):
        flags = os.O_WRONLY | os.O_APPEND | os.O_CREAT
        with os.fdopen(os.open(home / _FILE_NAME, flags, 0o600), "a", encoding="utf-8") as file:
            file.write(f"{name}\n")


def other_databases(home: Path, engine: Engine) -> set[str]:
    """Return the databases besides that of ``engine`` whose tasks may have directories in ``home``.

    A database file counts even if it was not noted, as older versions noted none.
    """
    found = {*_noted(home), _OWN_FILE} if has_own_file(home) else set(_noted(home))
    return found - {_name(engine)}


def _name(engine: Engine) -> str:
    return _OWN_FILE if engine.dialect.name == "sqlite" else url_location(engine.url)


def _noted(home: Path) -> list[str]:
    try:
        return (home / _FILE_NAME).read_text(encoding="utf-8").splitlines()
    except FileNotFoundError:
        return []
