"""Stores of their own for tests: one on a file, one on a server; contract tests get both."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import pytest

import homes
from unit.store import postgres
from unit.store.database_pool import DatabasePool
from worldtree.store.store import Store

_NUMBERS = itertools.count()


@pytest.fixture(scope="session")
def postgres_socket() -> Iterator[Path]:
    """A running server; where none can be had, the tests that need it say so in one line."""
    with postgres.server_or_skip("the store's contract on PostgreSQL") as socket:
        yield socket


@pytest.fixture(scope="session")
def databases(
    postgres_socket: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[DatabasePool]:
    """Databases with all tables, which tests use one after the other."""
    url = postgres.make_database(postgres_socket, "wt_migrated")
    Store.open(tmp_path_factory.mktemp("home"), url).close()
    with closing(DatabasePool(postgres_socket, "wt_migrated")) as pool:
        yield pool


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """A database of each kind; empty for tests that ask for ``bare``, else with all tables."""
    is_bare = "bare" in request.fixturenames
    if request.param == "sqlite":
        if not is_bare:
            homes.prepare(tmp_path / "home")
        yield ""
    elif is_bare:
        socket: Path = request.getfixturevalue("postgres_socket")
        yield postgres.make_database(socket, f"wt_{next(_NUMBERS)}")
    else:
        pool: DatabasePool = request.getfixturevalue("databases")
        with pool.database() as url:
            yield url


@pytest.fixture
def bare() -> None:
    """Asks for a database without any table."""


@pytest.fixture
def open_store(database_url: str, tmp_path: Path) -> Iterator[Callable[[], Store]]:
    """Opens the same state again and again, as several processes would."""
    opened: list[Store] = []

    def again() -> Store:
        opened.append(Store.open(tmp_path / "home", database_url))
        return opened[-1]

    yield again
    for store in opened:
        store.close()


@pytest.fixture
def any_store(open_store: Callable[[], Store]) -> Store:
    """An empty store on either database."""
    return open_store()


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    """A store on a file."""
    with homes.open_store(tmp_path / "home") as found:
        yield found
