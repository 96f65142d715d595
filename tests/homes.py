"""State directories as an earlier command leaves them, which tests need not make each time.

They have all tables, which are made once per process and copied, and the versions of Ansible that
were checked.
"""

from __future__ import annotations

import os
import tempfile
from functools import cache
from pathlib import Path

from worldtree.runner.process.private_apis import CHECKED_FILE, save_checked
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


def prepare_for_runs(home: Path) -> Path:
    """Prepare ``home``, and have runs of Ansible not check its private APIs again.

    `test_private_apis` checks them, as commands in states of their own do.
    """
    save_checked(prepare(home) / CHECKED_FILE)
    return home


def open_store(home: Path) -> Store:
    """Open the state of ``home``, prepared if it is new."""
    return Store.open(prepare(home))


@cache
def _migrated() -> bytes:
    with tempfile.TemporaryDirectory() as place:
        Store.open(Path(place)).close()
        return (Path(place) / _DATABASE).read_bytes()
