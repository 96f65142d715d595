"""A database and two machines that use it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

import homes
from unit.app.shared_files.machines import Machine
from worldtree.store.store import Store


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Store]:
    with homes.open_store(tmp_path / "database") as store:
        yield store


@pytest.fixture
def one(database: Store, tmp_path: Path) -> Machine:
    return Machine(tmp_path / "one", database)


@pytest.fixture
def two(database: Store, tmp_path: Path) -> Machine:
    return Machine(tmp_path / "two", database)
