"""The events of all tasks in one order, on both databases."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from types import SimpleNamespace
from typing import Any, cast
from unittest.mock import MagicMock

import pytest
from sqlalchemy import delete, event, insert, select, text

from unit.store import task_writer
from worldtree.app.service import Application
from worldtree.app.tasks.event_numbers import EventNumbers
from worldtree.app.tasks.log_reader import LogReader
from worldtree.store import event_order
from worldtree.store.event_order import note_batch
from worldtree.store.event_tables import event_batches
from worldtree.store.schema import tasks
from worldtree.store.store import Store
from worldtree.worker.service_duties import service_duties


def begin(store: Store) -> task_writer.TaskWriter:
    """Begin a task; several of one cluster can be at work here."""
    return task_writer.TaskWriter(store, locks=False)


def read(store: Store, limit: int, only: set[str] | None = None) -> list[tuple[int, str, int]]:
    """Return number, task and ``seq`` of all events, by pages."""
    found: list[tuple[int, str, int]] = []
    store.number_events()
    after = 0
    while True:
        page = store.ordered_events(after, limit, only)
        found += [(one.number, one.task, one.event.seq) for one in page.events]
        if not page.has_more:
            return found
        assert after < page.last
        after = page.last


def note(store: Store, task: str, first: int, count: int) -> None:
    """Note batches of one event each, which are not stored."""
    with store._writer.begin() as connection:
        rows = [{"task": task, "last": n} for n in range(first, first + count)]
        connection.execute(insert(event_batches), rows)


@contextmanager
def counted_steps(store: Store) -> Iterator[list[int]]:
    """Count the steps that SQLite takes for queries inside, in tens."""
    found = [0]

    def count() -> int:
        found[0] += 1
        return 0

    def listen(connection: Any, *_: object) -> None:
        connection.set_progress_handler(count, 10)

    event.listen(store._engine.pool, "checkout", listen)
    try:
        yield found
    finally:
        event.remove(store._engine.pool, "checkout", listen)
        with store._engine.connect() as connection:
            connection.connection.driver_connection.set_progress_handler(None, 0)


def test_events_of_all_tasks_are_numbered_as_they_are_stored(any_store: Store) -> None:
    """In pages of any size each is there once; what is stored later has higher numbers."""
    first, second = begin(any_store), begin(any_store)
    first.lines(2, 3)
    assert any_store.number_events() == any_store.number_events() == 5
    second.lines(2, 2)
    first.end()
    expected = [
        *((1, first.task, 1), (2, second.task, 1)),
        *((n, first.task, n - 1) for n in (3, 4, 5)),
        *((n, second.task, n - 4) for n in (6, 7)),
        (8, first.task, 5),
    ]
    for limit in (1, 2, 3, 8, 100):
        assert read(any_store, limit) == expected
    page = any_store.ordered_events(6, 100)
    assert [one.number for one in page.events] == [7, 8]
    assert (page.events[0].cluster, page.events[0].project) == ("shop", "default")


def test_a_reader_of_some_projects_passes_the_numbers_of_others(any_store: Store) -> None:
    """So that it does not read them again and again."""
    other = any_store.of_project(any_store.create_project("other").id)
    mine, theirs = begin(any_store), begin(other)
    theirs.lines(2, 4)
    assert [task for _, task, _ in read(any_store, 2, {"default"})] == [mine.task]
    assert {task for _, task, _ in read(any_store, 2, {other.project})} == {theirs.task}
    assert len(read(any_store, 2, {other.project, "default"})) == 6
    assert any_store.ordered_events(0, 100, {"default"}).last == 6
    assert any_store.ordered_events(0, 100, set()).last == 6
    assert any_store.ordered_events(0, 100, set()).events == []


def test_what_is_committed_late_gets_a_later_number(any_store: Store) -> None:
    """A transaction that began before, and ends after others were read, leaves no gap."""
    if any_store._engine.dialect.name == "sqlite":
        return  # It has one writer at a time.
    slow, quick = begin(any_store), begin(any_store)
    assert any_store.number_events() == 2
    with any_store._writer.connect() as connection, connection.begin():
        note_batch(connection, slow.task, 1)  # Its id is below that of the next one.
        quick.lines(2, 1)
        assert any_store.number_events() == 3
    slow.lines(2, 1)
    assert read(any_store, 100)[2:] == [(3, quick.task, 2), (4, slow.task, 2)]


def test_events_of_an_earlier_program_come_with_the_next_ones(any_store: Store) -> None:
    """A program that knows no order notes nothing: the next program's batch stands for it, too."""
    writer = begin(any_store)
    writer.lines(2, 2)
    with any_store._writer.begin() as connection:
        connection.execute(delete(event_batches))
    assert read(any_store, 100) == []
    writer.lines(4, 1)
    assert [seq for _, _, seq in read(any_store, 100)] == [1, 2, 3, 4]


def test_numbers_of_deleted_tasks_are_not_given_again(any_store: Store) -> None:
    """Else a reader that knows them would miss others."""
    begin(any_store).lines(2, 2)
    assert any_store.number_events() == 3
    with any_store._writer.begin() as connection:
        connection.execute(delete(tasks))
        assert connection.execute(select(event_batches)).all() == []
    assert any_store.ordered_events(0, 10).last == 3
    kept = begin(any_store)
    assert read(any_store, 10) == [(4, kept.task, 1)]


def test_many_batches_get_their_numbers_in_several_steps(any_store: Store) -> None:
    """None is left out, however many there are when somebody reads for the first time."""
    writer = begin(any_store)
    note(any_store, writer.task, 2, 2500)
    assert any_store.number_events() == 2501


def test_one_call_gives_a_bounded_number(any_store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    """The first reader after a long time gets the oldest ones; the next calls go on."""
    monkeypatch.setattr(event_order, "_BATCHES", 2)
    note(any_store, begin(any_store).task, 2, 50)
    assert any_store.number_events() == 20
    page = LogReader(lambda: any_store).ordered_page(0, 100, None)
    assert (page.last, page.has_more) == (40, False)
    assert [any_store.number_events() for _ in range(2)] == [51, 51]


def test_a_worker_numbers_what_nobody_reads(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    """A part at a time, soon again while there is more; any worker of the service has the duty."""
    monkeypatch.setattr(event_order, "_BATCHES", 2)
    application = cast("Application", SimpleNamespace(store=store, notifications=MagicMock()))
    [duty] = [one for one in service_duties(application) if isinstance(one, EventNumbers)]
    note(store, begin(store).task, 2, 9)
    seen = []
    for _ in range(3):
        duty.run_once()
        seen.append((store.ordered_events(0, 1, set()).last, duty.interval))
    assert seen == [(6, 1.0), (10, 60.0), (10, 60.0)]


def test_a_number_costs_the_same_however_long_a_task_runs(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Neither what has a number nor what waits for one is visited: writers wait meanwhile."""
    monkeypatch.setattr(event_order, "_BATCHES", 10)
    steps = []
    for size in (50, 2000):
        writer = begin(store)
        note(store, writer.task, 2, size)
        while store._number_batches():
            pass
        note(store, writer.task, 2 + size, size)
        with counted_steps(store) as found:
            assert store._number_batches()
        steps.append(found[0])
        while store._number_batches():
            pass
    assert 0 < steps[1] < 1.2 * steps[0]


def test_batches_are_counted_beyond_32_bits(any_store: Store) -> None:
    """A service has that many in some years, and nobody counts them before."""
    writer = begin(any_store)
    with any_store._writer.begin() as connection:
        if connection.dialect.name == "sqlite":
            query = "UPDATE sqlite_sequence SET seq = 2147483647 WHERE name = 'event_batches'"
        else:
            query = "SELECT setval(pg_get_serial_sequence('event_batches', 'id'), 2147483647)"
        connection.execute(text(query))
    writer.lines(2, 1)
    assert read(any_store, 10) == [(1, writer.task, 1), (2, writer.task, 2)]
    with any_store._engine.connect() as connection:
        ids = connection.execute(select(event_batches.c.id)).scalars().all()
    assert max(ids) == 2**31


def test_a_page_for_some_projects_ends_soon(
    any_store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    """However much others store: it says how far it came, and the next one goes on there."""
    monkeypatch.setattr(event_order, "_LOOKED_AT", 10)
    other = any_store.of_project(any_store.create_project("other").id)
    theirs = begin(any_store)
    note(any_store, theirs.task, 2, 30)
    mine = begin(other)
    mine.lines(2, 3)
    assert any_store.number_events() == 35
    page = any_store.ordered_events(0, 100, {other.project})
    assert (page.events, page.last, page.has_more) == ([], 10, True)
    assert read(any_store, 100, {other.project}) == [(31 + n, mine.task, n) for n in range(1, 5)]
    # Batches are looked at as a whole: the last one ends above the tenth number.
    assert any_store.ordered_events(23, 100, {other.project}).last == 35


def test_a_page_for_some_projects_does_not_read_all_of_theirs(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It goes over batches by number, and stops at the end of the page."""
    monkeypatch.setattr(event_order, "_LOOKED_AT", 10)
    steps = []
    for size in (50, 2000):
        note(store, begin(store).task, 2, size)
        store.number_events()
        with counted_steps(store) as found:
            store.ordered_events(0, 2, {"default"})
        steps.append(found[0])
    assert 0 < steps[1] < 1.2 * steps[0]
