"""Upgrades beside programs that go on: of the schema before, and of the next one."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from pathlib import Path

import pytest
from sqlalchemy import text, update

from unit.store import postgres
from unit.store.samples_on_servers import copy_to_server
from unit.store.tasks import WANTED
from worldtree.results.status import TaskStatus
from worldtree.store import database
from worldtree.store.db_errors import StoreError
from worldtree.store.schema import HEAD, compatibility
from worldtree.store.store import Store

SAMPLES = Path(__file__).parent / "samples"


def test_database_of_the_next_program_is_used_if_that_allows_it(
    open_store: Callable[[], Store],
) -> None:
    """So that workers of two neighbouring versions can run side by side."""
    with open_store()._writer.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
        connection.execute(update(compatibility).values(oldest_program=HEAD))
    store = open_store()
    task = store.create_task(WANTED, "apply")
    assert store.list_tasks() == [task]


def test_a_server_is_migrated_only_when_somebody_asks(
    postgres_socket: Path, tmp_path: Path
) -> None:
    url = postgres.make_database(postgres_socket, "older", "template1")
    sample = tmp_path / "old.db"
    with sqlite3.connect(sample) as connection:
        connection.executescript((SAMPLES / "0004.sql").read_text(encoding="utf-8"))
    connection.close()
    copy_to_server(sample, url, "0004")
    for look in (Store.open, Store.open_existing):
        with pytest.raises(StoreError, match="older schema") as caught:
            look(tmp_path / "home", url)
        assert "`wt db upgrade`" in caught.value.hint
    assert database.upgrade_database(tmp_path / "home", url) == ("0004", HEAD)
    assert database.upgrade_database(tmp_path / "home", url) == (HEAD, HEAD)
    with Store.open(tmp_path / "home", url) as store:
        assert len(store.list_tasks()) == 3


def test_upgrading_makes_the_database_where_there_is_none(tmp_path: Path) -> None:
    assert database.upgrade_database(tmp_path / "home") == (None, HEAD)
    assert database.upgrade_database(tmp_path / "home") == (HEAD, HEAD)


#: What a program of schema 0004 runs while it begins and records a task.
_OF_0004 = (
    "INSERT INTO clusters (name, created) VALUES ('new', 1) ON CONFLICT DO NOTHING",
    "INSERT INTO leases (cluster, epoch, task, holder, acquired, heartbeat, released)"
    " VALUES ('new', 1, 't', '{}', 1, 1, NULL) ON CONFLICT DO NOTHING",
    "INSERT INTO plans (digest, cluster, pipeline, version, body, created)"
    " SELECT 'p', 'new', pipeline, version, body, created FROM plans LIMIT 1",
    "INSERT INTO tasks (id, cluster, pipeline, command, plan, directory, status, created)"
    " VALUES ('t', 'new', 'x', 'apply', 'p', 'tasks/t', 'pending', 1)",
    "INSERT INTO events (task, seq, kind, time, body) VALUES ('t', 1, 'run-message', 1, '{}')",
    "UPDATE tasks SET status = 'succeeded', ended = 2 WHERE id = 't'",
)


@pytest.mark.parametrize("database_url", ["sqlite", "postgresql"], indirect=True)
def test_a_program_of_the_schema_before_goes_on(
    any_store: Store, open_store: Callable[[], Store]
) -> None:
    """What it begins during and after the upgrade is a task of the default project."""
    any_store.create_task(WANTED, "apply")
    with any_store._writer.begin() as connection:
        for statement in _OF_0004:
            connection.execute(text(statement))
    found = open_store().task("t")
    assert (found.cluster, found.status) == ("new", TaskStatus.SUCCEEDED)
    assert (found.actor, found.request, found.asked) == (None, None, None)
    assert open_store().cluster_names() == ["new", "shop"]
