"""What a server was given is on its disk; doctor names a server that promises nothing."""

from __future__ import annotations

import os
import signal
import time
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import event, text

from unit.engine.plans import plan
from unit.store import postgres
from worldtree.app.admin.doctor import Doctor
from worldtree.app.ports import Ports
from worldtree.core.actor import Actor
from worldtree.core.settings import Settings
from worldtree.results.events import Event, EventKind
from worldtree.store import database
from worldtree.store.store import Store

WANTED = plan({"a": ("h1",)})
PORTS = Ports(
    environ={},
    working_directory=Path("/"),
    terminate=lambda _pid: None,
    actor=Actor("person", "ann@host"),
)


@pytest.mark.parametrize(
    ("default", "used"),
    [
        ("off", "local"),
        ("local", "local"),
        ("remote_write", "remote_write"),
        ("on", "on"),
        ("remote_apply", "remote_apply"),
    ],
)
def test_sessions_ask_for_durability_and_weaken_nothing(
    postgres_socket: Path, tmp_path: Path, default: str, used: str
) -> None:
    name = f"durability_{default}"
    url = postgres.make_database(postgres_socket, name)
    with Store.open(tmp_path, url) as store, store._engine.begin() as connection:
        connection.execute(text(f"ALTER DATABASE {name} SET synchronous_commit = {default}"))
    with Store.open(tmp_path, url) as store:
        for engine in (store._engine, store._writer):
            with engine.begin() as connection:
                shown = connection.execute(text("SHOW synchronous_commit"))
                assert shown.scalar_one() == used


def test_what_was_recorded_outlives_a_killed_server(tmp_path: Path) -> None:
    """Though sessions there commit before anything is on disk, unless they ask."""
    with postgres.running_or_skip("a killed server", durable=True) as server:
        url = postgres.make_database(server.socket, "kept")
        with Store.open(tmp_path, url) as store:
            task = store.create_task(WANTED, "apply")
            recorder = store.recorder(task.id)
            recorder.record([Event(kind=EventKind.RUN_MESSAGE, time=1, stdout="a")])
            os.kill(server.pid, signal.SIGKILL)
        _start_again(server)
        with Store.open(tmp_path, url) as store:
            assert [event.stdout for event in store.events(task.id)] == ["a"]


def test_doctor_names_a_server_that_may_lose_what_it_took(
    postgres_socket: Path, tmp_path: Path
) -> None:
    """The tests' own is quick instead."""
    url = postgres.make_database(postgres_socket, "examined")
    Store.open(tmp_path, url).close()
    found = {
        f.name: f for f in Doctor(Settings(home=tmp_path, database_url=url), PORTS).run_checks()
    }
    assert not found["database"].ok
    assert "fsync = off and full_page_writes = off" in found["database"].detail
    assert "postgresql.conf" in found["database"].hint
    assert postgres.PASSWORD not in found["database"].detail


def test_a_file_is_durable(store: Store) -> None:
    assert store.missing_durability() == ()
    with store._engine.connect() as connection:
        assert connection.execute(text("PRAGMA synchronous")).scalar_one() == 2


def _start_again(server: postgres.Server) -> None:
    """Start it once the killed one has let go of its memory."""
    for attempt in range(100):
        try:
            server.start()
        except postgres.NoPostgresError:
            if attempt == 99:
                raise
            time.sleep(0.2)
        else:
            return


def test_a_server_that_the_network_lost_is_not_waited_for_for_hours() -> None:
    """The system would probe an idle connection after two hours only."""
    asked: list[dict[str, Any]] = []

    def connect(_dialect: Any, _record: Any, _args: Any, given: dict[str, Any]) -> None:
        asked.append(given)
        raise InterruptedError

    engine = database._server_engine(database._server_url("postgresql://wt@127.0.0.1:1/wt"))
    event.listen(engine, "do_connect", connect)
    with pytest.raises(InterruptedError):
        engine.connect()
    (given,) = asked
    silent = given["keepalives_idle"] + given["keepalives_interval"] * given["keepalives_count"]
    assert silent <= 60
    assert given["tcp_user_timeout"] <= 60_000
