"""The engine's recorder on the database: stores batches of events atomically."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from sqlalchemy import Connection, Engine, bindparam, func, select
from sqlalchemy.exc import IntegrityError

from worldtree.core.next_steps import NextStep
from worldtree.results.events import Event, EventKind, with_seq
from worldtree.store.busy import wait_while_busy
from worldtree.store.counters import add_counts
from worldtree.store.db_errors import StoreError
from worldtree.store.event_counts import event_counts
from worldtree.store.event_order import note_batch
from worldtree.store.event_rows import to_row
from worldtree.store.lease import Lease, LeaseLostError
from worldtree.store.notices import note_task_end
from worldtree.store.projections import project
from worldtree.store.row_changes import RowChanges
from worldtree.store.schema import blobs, events
from worldtree.store.upsert import insert_new, plain_insert


class StoreRecorder:
    """Records one task's events; they are on disk when ``record`` returns.

    It waits for a database that is only busy: ``tell`` gets a message then, and ``hurried`` returns
    whether the task is to end, so that only one attempt is made. A server that is away is waited
    for, for ``outage`` seconds.
    """

    def __init__(
        self,
        writer: Engine,
        task: str,
        last_seq: int = 0,
        lease: Lease | None = None,
        *,
        tell: Callable[[str], None] = lambda _words: None,
        hurried: Callable[[], bool] = lambda: False,
        outage: float = 0.0,
    ) -> None:
        self._writer, self._task, self._seq, self._lease = writer, task, last_seq, lease
        self._tell, self._hurried, self._outage = tell, hurried, outage
        #: What a transaction wrote whose end is unknown, with the lines after it.
        self._sent: tuple[list[Event], dict[str, int]] | None = None
        #: The highest line stored of each attempt that was written to.
        self._lines: dict[str, int] = {}

    def record(self, new: Sequence[Event]) -> Sequence[Event]:
        """Write ``new`` and the derived rows in one transaction; return the events numbered.

        Events that are stored already, by attempt and line of the journal, are left out. Raises
        ``LeaseLostError``, ``StoreError`` and, for a secret output, ``ValueError``; nothing is
        written then.
        """
        _refuse_secrets(new)
        try:
            return wait_while_busy(
                lambda: self._record(new),
                tell=self._tell,
                hurried=self._hurried,
                outage=self._outage,
            )
        finally:
            self._sent = None

    def _record(self, new: Sequence[Event]) -> Sequence[Event]:
        """Try to write ``new`` once; see ``record``."""
        try:
            with self._writer.begin() as connection:
                if self._lease is not None:
                    self._lease.check(connection)
                if self._sent is not None and self._has_stored(connection):
                    found, lines = self._sent
                else:
                    lines = dict(self._lines)
                    fresh = self._unknown(connection, new, lines)
                    found = [with_seq(event, self._seq + n) for n, event in enumerate(fresh, 1)]
                    self._sent = (found, lines)
                    if found:
                        self._write(connection, found)
        except LeaseLostError:
            if self._lease is not None:
                self._lease.count_refusal()
            raise
        except IntegrityError as error:
            raise StoreError(
                f"the events of task {self._task} cannot be stored: {error.orig}",
                code="task-recorded-twice",
                hint="another process records this task too",
                next_steps=[NextStep("list-tasks", "", "see which tasks are running")],
            ) from error
        self._lines, self._sent = lines, None
        self._seq += len(found)
        return found

    def _has_stored(self, connection: Connection) -> bool:
        """Whether the transaction before, whose end is unknown, was stored.

        The lease is held, so that nobody else writes.
        """
        if self._sent is None:
            return False
        query = select(func.max(events.c.seq)).where(events.c.task == self._task)
        return bool(connection.execute(query).scalar() == self._seq + len(self._sent[0]))

    def _write(self, connection: Connection, found: Sequence[Event]) -> None:
        rows, large = [], {}
        for event in found:
            row, blob = to_row(self._task, event)
            rows.append(row)
            if blob is not None:
                large[blob["digest"]] = blob
        if large:
            insert_new(connection, blobs, list(large.values()))
        plain_insert(events).run(connection, rows)
        note_batch(connection, self._task, found[-1].seq)
        counts = event_counts(connection, self._task, found)
        changes = RowChanges(connection, self._task)
        for event in found:
            project(changes, event)
        changes.make()
        for event in found:
            if event.kind is EventKind.TASK_FINISHED and event.status is not None:
                note_task_end(connection, self._task, event.status, event.message, str(event.seq))
        # Last, as tasks that run at the same time may wait for each other here.
        add_counts(connection, self._task, counts)

    def _unknown(
        self, connection: Connection, new: Sequence[Event], lines: dict[str, int]
    ) -> list[Event]:
        """Return the events that are not stored; updates ``lines`` with them.

        A journal is read in order, so mostly only the last stored line is queried.
        """
        fresh: list[Event] = []
        for event in new:
            attempt, line = event.attempt, event.line
            if attempt is None or line is None:
                fresh.append(event)
                continue
            if attempt not in lines:
                lines[attempt] = last_line(connection, attempt)
            if line > lines[attempt]:
                lines[attempt] = line
            elif _is_stored(connection, attempt, line) or event in fresh:
                continue
            fresh.append(event)
        return fresh


def _is_stored(connection: Connection, attempt: str, line: int) -> bool:
    query = select(events.c.line).where(events.c.attempt == attempt, events.c.line == line)
    return connection.execute(query).first() is not None


#: Built once, as it runs for each attempt.
_LAST_LINE = select(func.max(events.c.line)).where(events.c.attempt == bindparam("the_attempt"))


def last_line(connection: Connection, attempt: str) -> int:
    """Return the highest line of an attempt's journal that is stored, 0 for none."""
    return connection.execute(_LAST_LINE, {"the_attempt": attempt}).scalar() or 0


def _refuse_secrets(new: Sequence[Event]) -> None:
    for event in new:
        if event.kind is EventKind.OUTPUT_PUBLISHED and event.result.get("secret"):
            raise ValueError(f"the output {event.result.get('name')} of {event.node} is secret")
