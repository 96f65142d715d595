"""The feed of a task's events: complete and in order for each reader, on each database."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, cast

from sqlalchemy import create_engine, text

from unit.store import postgres
from unit.store.task_writer import TaskWriter
from unit.store.tasks import empty_queue, queue_task
from worldtree.app.tasks.event_batch import (
    EventBatch,
    FeedEnd,
    FeedPart,
    OrderedBatch,
    StatusChange,
)
from worldtree.app.tasks.event_feed import EventFeed, FeedReader
from worldtree.results.status import TaskStatus
from worldtree.store.event_order import OrderedPage
from worldtree.store.store import Store

_QUEUED = "20260101-000000-abcdef"
_PATIENCE = 60.0


@asynccontextmanager
async def _feed(store: Store, poll_seconds: float = 0.01) -> AsyncIterator[EventFeed]:
    feed = EventFeed(lambda: store, poll_seconds)
    try:
        yield feed
    finally:
        feed.close()


async def _next(reader: FeedReader) -> FeedPart:
    part = await reader.next(_PATIENCE)
    assert part is not None, "nothing came"
    return part


async def _rest(reader: FeedReader) -> tuple[list[int], FeedEnd]:
    """Return the numbers that a reader gets from now on, and its end."""
    found: list[int] = []
    while not isinstance(part := await _next(reader), FeedEnd):
        if isinstance(part, EventBatch):
            found += [event.seq for event in part.events]
    return found, part


async def _until(reader: FeedReader, number: int) -> None:
    while reader.after < number:
        await _next(reader)


async def _status(reader: FeedReader, status: TaskStatus) -> None:
    while not (isinstance(part := await _next(reader), StatusChange) and part.status is status):
        pass


def test_ended_task_is_read_from_any_position(any_store: Store) -> None:
    """A reader of a task that is over gets the events after its number, then the end."""
    writer = TaskWriter(any_store)
    writer.lines(1, 600)
    writer.end()

    async def read(after: int) -> tuple[list[int], FeedEnd]:
        async with _feed(any_store) as feed:
            return await _rest(feed.open(writer.task, after))

    for after in (0, 1, 599, 601, 602, 700):
        numbers, end = asyncio.run(read(after))
        assert numbers == list(range(after + 1, 603))
        assert end == FeedEnd(max(after, 602), TaskStatus.SUCCEEDED)


def test_readers_of_a_running_task_miss_nothing(any_store: Store) -> None:
    """Readers that come at any time, and one that stands still, get each event once, in order."""
    writer = TaskWriter(any_store)
    total = 2 + 40 * 25

    def write() -> None:
        for n in range(40):
            writer.lines(n * 25, 25)
        writer.end()

    async def run() -> None:
        async with _feed(any_store) as feed:
            stuck = feed.open(writer.task, 0)
            thread = asyncio.create_task(asyncio.to_thread(write))
            readers = []
            for n in range(20):
                after = n * 3 if n % 2 else 0
                readers.append((after, asyncio.create_task(_rest(feed.open(writer.task, after)))))
                await asyncio.sleep(0.005)
            for after, reader in readers:
                numbers, end = await reader
                assert numbers == list(range(after + 1, total + 1))
                assert end.status is TaskStatus.SUCCEEDED
            await thread
            assert (await _rest(stuck))[0] == list(range(1, total + 1))

    asyncio.run(run())


def test_one_poller_per_task(any_store: Store) -> None:
    """However many readers a task has, it is polled once, and not at all without readers."""
    writer = TaskWriter(any_store)

    async def run() -> None:
        async with _feed(any_store) as feed:
            assert feed.followed_tasks == 0
            readers = [feed.open(writer.task) for _ in range(30)]
            for reader in readers:
                await _until(reader, 1)
            assert (feed.followed_tasks, feed.readers) == (1, 30)
            for reader in readers:
                reader.close()
                reader.close()
            while feed.followed_tasks:
                await asyncio.sleep(0.01)
            assert feed.readers == 0
            writer.end()
            assert (await _rest(feed.open(writer.task)))[0] == [1, 2]

    asyncio.run(run())


def test_readers_share_what_is_encoded(any_store: Store) -> None:
    """Two readers at the same position get the same batch."""
    writer = TaskWriter(any_store)

    async def run() -> None:
        async with _feed(any_store) as feed:
            readers = [feed.open(writer.task) for _ in range(2)]
            for reader in readers:
                await _until(reader, 1)
            writer.lines(1, 5)
            parts = [await _next(reader) for reader in readers]
            while not isinstance(parts[0], EventBatch):
                parts = [await _next(reader) for reader in readers]
            assert parts[0] is parts[1]
            calls: list[EventBatch] = []
            for _ in range(2):
                parts[0].encoded("x", calls.append)
            assert len(calls) == 1

    asyncio.run(run())


def test_task_is_followed_from_the_queue_on(open_store: Callable[[], Store]) -> None:
    """Changes of status before a task begins are shown, also by another process."""
    store, other = open_store(), open_store()
    queue_task(other, _QUEUED, "c")

    async def run() -> None:
        async with _feed(store) as feed:
            reader = feed.open(_QUEUED)
            await _status(reader, TaskStatus.QUEUED)
            other.set_waiting(_QUEUED, "cluster")
            await _status(reader, TaskStatus.WAITING)
            assert other.cancel_task(_QUEUED, "cancelled by tester")
            await _status(reader, TaskStatus.CANCELLED)
            # A worker still has it, and might write.
            assert await reader.next(0.05) is None
            empty_queue(other)
            assert await _rest(reader) == ([], FeedEnd(0, TaskStatus.CANCELLED))

    asyncio.run(run())


def test_resumed_task_continues_the_numbering(any_store: Store) -> None:
    """After the end of a task, a reader that comes back gets only what a resume adds."""
    first = TaskWriter(any_store)
    first.lines(1, 3)
    first.end(TaskStatus.FAILED)

    async def run() -> None:
        async with _feed(any_store) as feed:
            numbers, end = await _rest(feed.open(first.task))
            assert (numbers, end) == ([1, 2, 3, 4, 5], FeedEnd(5, TaskStatus.FAILED))
            second = TaskWriter(any_store, first.task)
            reader = feed.open(first.task, end.last)
            await _until(reader, 6)
            second.lines(4)
            second.end()
            assert (await _rest(reader))[1] == FeedEnd(8, TaskStatus.SUCCEEDED)

    asyncio.run(run())


def test_interrupted_task_ends_the_feed(any_store: Store) -> None:
    """A running task whose process is gone, and that no worker has, is over as interrupted."""
    writer = TaskWriter(any_store)
    writer._lease.release()

    async def run() -> None:
        async with _feed(any_store) as feed:
            numbers, end = await _rest(feed.open(writer.task))
            assert (numbers, end.status) == ([1], TaskStatus.INTERRUPTED)

    asyncio.run(run())


def test_deleted_and_unknown_tasks_end_the_feed(any_store: Store) -> None:
    """A reader of a task that does not exist any more has to ask again, which fails."""

    async def run() -> None:
        async with _feed(any_store) as feed:
            assert await _rest(feed.open("unknown")) == ([], FeedEnd(0, None))
            assert feed.followed_tasks == 0

    asyncio.run(run())


def test_end_readers_ends_all_at_once(any_store: Store) -> None:
    """When the service stops, readers that wait end with the number to continue after."""
    writer = TaskWriter(any_store)

    async def run() -> None:
        async with _feed(any_store) as feed:
            readers = [feed.open(writer.task) for _ in range(5)]
            for reader in readers:
                await _until(reader, 1)
            waiting = [asyncio.create_task(_rest(reader)) for reader in readers]
            await asyncio.sleep(0.02)
            threading.Thread(target=feed.end_readers).start()
            assert [await one for one in waiting] == [([], FeedEnd(1, None))] * 5

    asyncio.run(run())


def test_feed_lasts_through_an_outage_of_the_server(postgres_socket: Path, tmp_path: Path) -> None:
    """Readers wait for a database that ends their connections and refuses new ones."""
    url = postgres.make_database(postgres_socket, "feed_outage")
    server = create_engine(
        postgres.url(postgres_socket, "postgres").replace("postgresql:", "postgresql+psycopg:"),
        isolation_level="AUTOCOMMIT",
    )
    ends = text("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = :name")

    def set_reachable(is_reachable: bool) -> None:
        with server.connect() as connection:
            connection.execute(text(f"ALTER DATABASE feed_outage ALLOW_CONNECTIONS {is_reachable}"))
            if not is_reachable:
                connection.execute(ends, {"name": "feed_outage"})

    async def run(store: Store, writer: TaskWriter) -> None:
        async with _feed(store) as feed:
            reader = feed.open(writer.task)
            await _until(reader, 1)
            late = feed.open(writer.task)
            set_reachable(False)
            assert await reader.next(0.3) in (None, StatusChange(TaskStatus.RUNNING, None))
            assert await late.next(0.1) is not None
            set_reachable(True)
            writer.lines(1, 10)
            writer.end()
            assert (await _rest(reader))[0] == list(range(2, 13))
            assert (await _rest(late))[0] == list(range(1, 13))

    try:
        with Store.open(tmp_path, url) as store:
            asyncio.run(run(store, TaskWriter(store)))
    finally:
        server.dispose()


class _SlowStore:
    """A store whose pages of all events take until ``go`` is set."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self.began, self.go = threading.Event(), threading.Event()
        self.pages = 0

    def __getattr__(self, name: str) -> Any:
        return getattr(self._store, name)

    def ordered_events(self, *arguments: Any) -> OrderedPage:
        self.pages += 1
        self.began.set()
        assert self.go.wait(_PATIENCE)
        return self._store.ordered_events(*arguments)


def test_a_page_that_takes_longer_than_a_ping_is_read_once(store: Store) -> None:
    """It would never be complete otherwise, and keep more threads busy with each ping."""
    writer = TaskWriter(store)
    slow = _SlowStore(store)

    async def run() -> None:
        async with _feed(cast("Store", slow)) as feed:
            scope = [{"default"}]
            readers = [feed.open_order(lambda: scope[0], 0) for _ in range(5)]
            try:
                while not slow.began.is_set():
                    assert await readers[0].next(0.01) is None
                assert [await readers[0].next(0) for _ in range(3)] == [None] * 3
                assert slow.pages == 1
                # Readers of tasks have threads of their own.
                waiting = [asyncio.create_task(one.next(_PATIENCE)) for one in readers]
                await _until(feed.open(writer.task), 1)
            finally:
                slow.go.set()
            for part in await asyncio.gather(*waiting):
                assert isinstance(part, OrderedBatch)
                assert [one.number for one in part.events] == [1]
            assert slow.pages == len(readers)
            # What was read with rights that are lost is not given out.
            slow.go.clear()
            slow.began.clear()
            writer.lines(1)
            while not slow.began.is_set():
                assert await readers[0].next(0.01) is None
            scope[0] = set()
            slow.go.set()
            late = asyncio.create_task(readers[0].next(_PATIENCE))
            while readers[0].after < 2:
                await asyncio.sleep(0)
            assert not late.done()
            feed.end_readers()
            assert await late == FeedEnd(2, None)
            for reader in readers:
                reader.close()

    asyncio.run(run())
