"""A task's events: written by a recorder, read page by page."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator
from typing import Any

from sqlalchemy import Select, func, select

from worldtree.results.events import Event, EventKind
from worldtree.store.base import StorePart
from worldtree.store.event_rows import from_row
from worldtree.store.lease import Lease
from worldtree.store.recorder import StoreRecorder, last_line
from worldtree.store.schema import blobs, events

#: Events read at a time.
_PAGE_ROWS = 1000
#: Statuses of Ansible tasks whose output is not needed.
_SUCCESS_STATUSES = frozenset({"ok", "changed", "skipped"})


class EventLog(StorePart):
    """Writes and reads events, complete and in order."""

    def recorder(
        self,
        task: str,
        lease: Lease | None = None,
        *,
        tell: Callable[[str], None] = lambda _words: None,
        hurried: Callable[[], bool] = lambda: False,
    ) -> StoreRecorder:
        """Return the recorder that continues after the task's last event.

        With a ``lease`` it refuses to write once another task holds the cluster. It waits for a
        busy database as ``StoreRecorder`` says.
        """
        query = select(func.max(events.c.seq)).where(events.c.task == task)
        with self._engine.connect() as connection:
            last = connection.execute(query).scalar()
        return StoreRecorder(
            self._writer,
            task,
            last or 0,
            lease,
            tell=tell,
            hurried=hurried,
            outage=0.0 if self.work is None else self.work.times.outage,
        )

    def last_line(self, attempt: str) -> int:
        """Return the highest line of an attempt's journal that is stored, 0 for none."""
        with self._engine.connect() as connection:
            return last_line(connection, attempt)

    def events(
        self,
        task: str,
        *,
        node: str | None = None,
        host: str | None = None,
        after: int = 0,
        kinds: Collection[EventKind] | None = None,
        outputs: bool = True,
    ) -> Iterator[Event]:
        """Yield a task's complete events in order, with ``seq`` above ``after``, filtered.

        Without ``outputs`` events of successful Ansible tasks come without their large fields.
        """
        query = select(events).where(events.c.task == task).order_by(events.c.seq)
        if node is not None:
            query = query.where(events.c.node == node)
        if host is not None:
            query = query.where(events.c.host == host)
        if kinds is not None:
            query = query.where(events.c.kind.in_([kind.value for kind in kinds]))
        return self._pages(query, after, outputs)

    def _pages(self, query: Select[Any], after: int, outputs: bool) -> Iterator[Event]:
        while True:
            with self._engine.connect() as connection:
                rows = connection.execute(query.where(events.c.seq > after).limit(_PAGE_ROWS)).all()
            for row in rows:
                event = from_row(row.body, None)
                if row.blob is not None and (outputs or event.status not in _SUCCESS_STATUSES):
                    event = from_row(row.body, self._content(row.blob))
                yield event
            if len(rows) < _PAGE_ROWS:
                return
            after = rows[-1].seq

    def _content(self, digest: str | None) -> bytes | None:
        """Return a large event's content; one at a time, as a page may not fit into memory."""
        if digest is None:
            return None
        query = select(blobs.c.body).where(blobs.c.digest == digest)
        with self._engine.connect() as connection:
            return bytes(connection.execute(query).scalar_one())
