"""The service of users and tokens on a database of its own."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

import homes
from worldtree.app.admin.access import AccessService
from worldtree.core.actor import Actor
from worldtree.store.store import Store


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    """An empty store."""
    with homes.open_store(tmp_path / "home") as found:
        yield found


@pytest.fixture
def access(store: Store) -> AccessService:
    """The service, with the users ann and bob without rights."""
    found = AccessService(lambda: store, Actor("token", "root", "192.0.2.7"))
    found.create_user("ann")
    found.create_user("bob")
    return found
