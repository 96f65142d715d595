"""Opening, migrating and refusing databases, files and servers."""

from __future__ import annotations

import errno
import os
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import delete, text, update

from unit.engine.plans import node_id, plan
from unit.store import postgres
from unit.store.processes import clean_processes
from unit.store.samples_on_servers import MIGRATIONS, copy_to_server
from worldtree.core.errors import ExitCode
from worldtree.core.private_directories import UnusablePlaceError, make_private_directory
from worldtree.results.events import Event, EventKind
from worldtree.results.status import TaskStatus
from worldtree.store import database
from worldtree.store.db_errors import StoreError
from worldtree.store.schema import HEAD, compatibility, metadata
from worldtree.store.store import Store

TWO = ("h1", "h2")
WANTED = plan(dict.fromkeys("abc", TWO), [("a", "b", "host"), ("b", "c", "barrier")])
SAMPLES = Path(__file__).parent / "samples"


def test_files_are_private(store: Store) -> None:
    task = store.create_task(WANTED, "apply")
    store.recorder(task.id).record([Event(kind=EventKind.RUN_MESSAGE, time=1)])
    assert store.home.stat().st_mode & 0o777 == 0o700
    for directory in (task.directory, task.directory.parent):
        assert directory.stat().st_mode & 0o777 == 0o700
    files = [path for path in store.home.iterdir() if path.is_file()]
    assert {path.suffix for path in files} >= {".db", ".db-wal"}
    assert {path.stat().st_mode & 0o777 for path in files} == {0o600}


def test_opening_again_changes_nothing(open_store: Callable[[], Store]) -> None:
    task = open_store().create_task(WANTED, "apply")
    assert [t.id for t in open_store().list_tasks()] == [task.id]


def test_opening_again_keeps_the_locks_of_open_connections(tmp_path: Path) -> None:
    """Else another process that closes the file deletes the log that this one writes to."""
    home = tmp_path / "home"
    with Store.open(home) as first:
        task = first.create_task(WANTED, "apply")
        Store.open(home).close()
        other = clean_processes().Process(target=_open_and_close, args=(home,))
        other.start()
        other.join()
        assert other.exitcode == 0
        assert (home / "worldtree.db-wal").exists()
        first.recorder(task.id).record([Event(kind=EventKind.RUN_MESSAGE, time=1)])
        with Store.open(home) as second:
            assert len(list(second.events(task.id))) == 1


def _open_and_close(home: Path) -> None:
    with Store.open(home) as store:
        store.list_tasks()


def test_a_state_directory_can_be_moved(tmp_path: Path) -> None:
    """Nothing in the database says where it was."""
    with Store.open(tmp_path / "old") as store:
        task = store.create_task(WANTED, "apply")
    (tmp_path / "old").rename(tmp_path / "new")
    with Store.open(tmp_path / "new") as store:
        assert store.task(task.id).directory == tmp_path / "new" / "tasks" / task.id
        assert store.task(task.id).directory.is_dir()


@pytest.mark.usefixtures("bare")
def test_looking_for_a_state_makes_none(tmp_path: Path, database_url: str) -> None:
    home = tmp_path / "home"
    assert Store.open_existing(home, database_url) is None
    assert not home.exists()
    Store.open(home, database_url).close()
    found = Store.open_existing(home, database_url)
    assert found is not None
    with found:
        assert found.list_tasks() == []


# ---- migrations --------------------------------------------------------------------------------


@pytest.mark.usefixtures("bare")
def test_migrations_make_the_tables_that_the_program_knows(any_store: Store) -> None:
    """The last migration and the schema in code must not drift apart."""
    with any_store._engine.connect() as connection:
        context = MigrationContext.configure(connection)
        assert context.get_current_revision() == HEAD
        assert compare_metadata(context, metadata) == []


def test_every_earlier_schema_has_a_sample() -> None:
    """A migration comes with a database of the schema before it."""
    scripts = ScriptDirectory(str(MIGRATIONS))
    earlier = {script.revision for script in scripts.walk_revisions()} - {HEAD}
    assert {path.stem for path in SAMPLES.glob("*.sql")} == earlier


def _earlier_schemas() -> Iterator[Any]:
    """Yield kinds of database and samples.

    On a server the oldest, which all migrations change, and the newest; others at full length.
    """
    oldest, *others, newest = sorted(SAMPLES.glob("*.sql"))
    for sample in (oldest, *others, newest):
        yield pytest.param("sqlite", sample, id=f"sqlite-{sample.stem}")
        marks = [pytest.mark.long] if sample in others else []
        yield pytest.param("postgresql", sample, id=f"postgresql-{sample.stem}", marks=marks)


@pytest.mark.usefixtures("bare")
@pytest.mark.parametrize(
    ("database_url", "sample"), [*_earlier_schemas()], indirect=["database_url"]
)
def test_what_an_earlier_program_kept_is_kept(
    sample: Path, open_store: Callable[[], Store], database_url: str, tmp_path: Path
) -> None:
    """Migrations lose nothing, and tasks can be recorded in it."""
    old = tmp_path / "old.db"
    with sqlite3.connect(old) as connection:
        connection.executescript(sample.read_text(encoding="utf-8"))
        counted = connection.execute("SELECT count(*) FROM events").fetchone()[0]
    connection.close()
    if database_url:
        copy_to_server(old, database_url, sample.stem)
        database.upgrade_database(tmp_path / "home", database_url)
    else:
        (tmp_path / "home").mkdir()
        old.rename(tmp_path / "home" / "worldtree.db")
    store = open_store()
    verify, changed, partial = store.list_tasks()
    assert [t.status for t in (partial, changed, verify)] == [
        TaskStatus.PARTIAL,
        TaskStatus.SUCCEEDED,
        TaskStatus.PENDING,
    ]
    assert sum(len(list(store.events(t.id))) for t in store.list_tasks()) == counted
    [whole] = store.events(verify.id)
    assert whole.stdout == "ä" * 200_000
    result = store.result(partial.id)
    assert result.status is TaskStatus.PARTIAL
    assert {h: r.status.value for h, r in result.nodes[0].hosts.items()} == {
        "h1": "ok",
        "h2": "failed",
    }
    assert partial.directory == store.home / "tasks" / partial.id
    assert store.plan(partial.plan).graph.nodes[node_id("a")].hosts == TWO
    assert store.host_counts([changed.id])[changed.id] == (2, 2, 0)
    assert (partial.document, partial.parent, whole.line) == (None, None, None)
    later = [Event(kind=EventKind.RUN_MESSAGE, time=1, attempt="x", line=1)]
    assert [e.seq for e in store.recorder(verify.id).record(later)] == [2]


def _write(home: str, url: str, events: int) -> None:
    with Store.open(Path(home), url) as store:
        task = store.create_task(WANTED, "apply")
        recorder = store.recorder(task.id)
        for _ in range(events):
            recorder.record([Event(kind=EventKind.RUN_MESSAGE, time=1)])


@pytest.mark.usefixtures("bare")
def test_several_processes_open_and_write_at_once(
    open_store: Callable[[], Store], database_url: str, tmp_path: Path
) -> None:
    """Also the first opening, which makes the tables, is safe."""
    arguments = (str(tmp_path / "home"), database_url, 20)
    writers = [clean_processes().Process(target=_write, args=arguments) for _ in range(3)]
    for process in writers:
        process.start()
    for process in writers:
        process.join(120)
    assert [process.exitcode for process in writers] == [0, 0, 0]
    store = open_store()
    assert [sum(1 for _ in store.events(t.id)) for t in store.list_tasks()] == [20, 20, 20]


# ---- refusing ----------------------------------------------------------------------------------


@pytest.mark.parametrize("oldest", ["9999", None])
def test_database_of_a_newer_program_is_refused(
    open_store: Callable[[], Store], oldest: str | None
) -> None:
    with open_store()._writer.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
        connection.execute(
            update(compatibility).values(oldest_program=oldest) if oldest else delete(compatibility)
        )
    with pytest.raises(StoreError, match="newer schema"):
        open_store()


def test_unusable_place_is_reported_with_its_path(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(StoreError, match=str(tmp_path / "file" / "home")):
        Store.open(tmp_path / "file" / "home")
    (tmp_path / "worldtree.db").write_text("this is no database, however long it may be" * 50)
    with pytest.raises(StoreError, match="not a database"):
        Store.open(tmp_path)


def test_password_of_a_server_is_never_shown(postgres_socket: Path, tmp_path: Path) -> None:
    """Not when it is wrong, not when the database is missing, not in what a debugger prints."""
    secret = "only-we-know-this"
    wrong = postgres.url(postgres_socket, "postgres", secret)
    in_query = f"postgresql://wt@/postgres?host={postgres_socket}&password={secret}"
    for url in (wrong, in_query):
        with pytest.raises(StoreError) as caught:
            Store.open(tmp_path, url)
        assert "password authentication failed" in caught.value.message
        assert "user and password" in caught.value.hint
        assert secret not in f"{caught.value!r} {caught.value.message} {caught.value.hint}"
    with pytest.raises(StoreError, match="does not exist"):
        Store.open(tmp_path, postgres.url(postgres_socket, "missing"))
    with Store.open(tmp_path, postgres.make_database(postgres_socket, "shown")) as store:
        shown = f"{store._engine!r} {store._engine.url} {store.__dict__}"
    assert postgres.PASSWORD not in shown


@pytest.mark.parametrize(
    ("url", "words"),
    [
        ("postgresql://u:secret@127.0.0.1:1/x", "refused"),
        ("mysql://u:secret@h/x", "`mysql`"),
        ("postgresql://u:secret@h:port/x", "URL is invalid"),
        ("secret", "URL is invalid"),
    ],
)
def test_url_that_leads_nowhere_is_reported_without_it(
    url: str, words: str, tmp_path: Path
) -> None:
    with pytest.raises(StoreError, match=words) as caught:
        Store.open(tmp_path, url)
    assert "secret" not in f"{caught.value!r} {caught.value.hint}"
    assert caught.value.hint


def test_full_disk_is_reported_and_leaves_nothing_half_written(store: Store) -> None:
    task = store.create_task(WANTED, "apply")
    recorder = store.recorder(task.id)
    first = recorder.record([Event(kind=EventKind.RUN_MESSAGE, time=1)])
    with store._engine.connect() as connection:
        pages = connection.execute(text("PRAGMA page_count")).scalar_one()
        connection.execute(text(f"PRAGMA max_page_count = {pages + 2}"))
    noise = Event(kind=EventKind.RUN_MESSAGE, time=2, stdout="x" * 60_000)
    with pytest.raises(StoreError, match="is full") as caught:
        recorder.record([noise] * 10)
    assert str(store.home / "worldtree.db") in caught.value.message
    assert "free some space" in caught.value.hint
    assert list(store.events(task.id)) == list(first)
    with store._engine.connect() as connection:
        connection.execute(text("PRAGMA max_page_count = 1000000"))
    assert recorder.record([noise])[0].seq == 2


def test_whatever_is_missing_is_made_for_this_user_only(tmp_path: Path) -> None:
    """Also when a task's directory is made before the state is opened."""
    make_private_directory(tmp_path / "home" / "tasks" / "t1")
    for path in ("home", "home/tasks", "home/tasks/t1"):
        assert (tmp_path / path).stat().st_mode & 0o777 == 0o700
    make_private_directory(tmp_path / "home")


@pytest.mark.parametrize("name", ["file", "file/home", "missing/" + 300 * "x"])
def test_place_where_no_directory_can_be_is_wrong_input(name: str, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(UnusablePlaceError, match="cannot create the directory") as caught:
        make_private_directory(tmp_path / name)
    assert caught.value.exit_code == ExitCode.INPUT
    assert str(tmp_path / name) in caught.value.message
    assert "set WORLDTREE_HOME" in caught.value.hint


@contextmanager
def _without_rights() -> Iterator[None]:
    """Be a user who cannot write everywhere, as root can."""
    user = os.geteuid()
    if user == 0:
        os.seteuid(65534)
    try:
        yield
    finally:
        os.seteuid(user)


@pytest.mark.parametrize("is_used", [False, True], ids=["empty", "with a database"])
def test_a_state_directory_that_cannot_be_written_is_wrong_input(is_used: bool) -> None:
    """It says which directory, why, and what to set."""
    with TemporaryDirectory() as made:  # Every user may enter it, unlike those of pytest.
        Path(made).chmod(0o755)
        home = Path(made) / "home"
        home.mkdir()
        if is_used:
            Store.open(home).close()
        home.chmod(0o555)
        with _without_rights(), pytest.raises(UnusablePlaceError) as caught:
            Store.open(home)
        home.chmod(0o755)
        assert caught.value.exit_code == ExitCode.INPUT
        why = f"the state directory {home} is not writable: Permission denied"
        assert caught.value.message == why
        assert "set WORLDTREE_HOME" in caught.value.hint
        assert [path.name for path in home.iterdir() if "worldtree" not in path.name] == (
            ["migrate.lock"] if is_used else []
        )


@pytest.mark.parametrize("mode", [0o600, 0o444], ids=["unreadable", "read-only"])
def test_a_database_file_of_another_user_is_wrong_input(mode: int) -> None:
    """It says which file, whose it is, and what to do; also where only a write fails."""
    with TemporaryDirectory() as made:
        home = Path(made) / "home"
        home.mkdir()
        Store.open(home).close()
        file = home / "worldtree.db"
        for path in (Path(made), home):
            path.chmod(0o777)
        file.chmod(mode if os.geteuid() == 0 else mode & 0o444)
        with (
            _without_rights(),
            pytest.raises(UnusablePlaceError) as caught,
            Store.open(home) as store,
        ):
            store.create_user("ann", "root")
        assert (caught.value.exit_code, caught.value.code) == (
            ExitCode.INPUT,
            "state-file-unusable",
        )
        assert str(file) in caught.value.message
        if os.geteuid() == 0:
            assert "it belongs to the user root" in caught.value.message
            assert "set WORLDTREE_HOME" in caught.value.hint


def test_full_disk_is_not_wrong_input(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """No task exists yet, so nothing is said of resuming one."""

    def fail(*_: object, **__: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(Path, "mkdir", fail)
    with pytest.raises(StoreError, match="No space left") as caught:
        make_private_directory(tmp_path / "home")
    assert caught.value.exit_code == ExitCode.FAILED
    assert "free some space" in caught.value.hint
    assert "resume" not in caught.value.hint


def test_task_directory_that_cannot_be_made_is_reported(store: Store) -> None:
    (store.home / "tasks").write_text("in the way")
    with pytest.raises(StoreError, match="cannot create") as caught:
        store.create_task(WANTED, "apply")
    assert str(store.home / "tasks") in caught.value.message
    assert store.list_tasks() == []


def test_locked_database_is_reported(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(database, "BUSY_TIMEOUT_MS", 50)
    with Store.open(tmp_path) as store:
        blocker = sqlite3.connect(tmp_path / "worldtree.db", isolation_level=None)
        blocker.execute("BEGIN EXCLUSIVE")
        with pytest.raises(StoreError, match="is locked") as caught:
            store.create_task(WANTED, "apply")
        assert "another process has been writing" in caught.value.hint
        blocker.execute("ROLLBACK")
        blocker.close()
        assert store.create_task(WANTED, "apply").status is TaskStatus.PENDING


def test_connections_that_broke_meanwhile_are_replaced(
    postgres_socket: Path, tmp_path: Path
) -> None:
    with Store.open(tmp_path, postgres.make_database(postgres_socket, "anew")) as store:
        task = store.create_task(WANTED, "apply")
        with store._engine.connect() as connection, pytest.raises(StoreError, match="terminat"):
            connection.execute(text("SELECT pg_terminate_backend(pg_backend_pid())"))
        assert store.task("latest").id == task.id
