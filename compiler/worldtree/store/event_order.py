"""The events of all tasks in one order, by numbers that only grow.

Writers note what they have stored (``note_batch``), and wait for nobody. Numbers are given later,
by who reads and now and then by workers, one after the other and only to what is committed: who has
read a number has seen all below it, whichever transaction began or ended first.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, ScalarSelect, and_, bindparam, func, insert, select, update

from worldtree.store.base import StorePart
from worldtree.store.cluster_ids import CLUSTER_NAME
from worldtree.store.event_pages import StoredEvent
from worldtree.store.event_tables import event_batches, event_head
from worldtree.store.schema import blobs, clusters, events, projects, tasks
from worldtree.store.upsert import insert_new

_HEAD = 1
#: Batches that get their numbers in one transaction.
_BATCHES = 1000
#: Transactions of one call at most; a request waits for them.
_STEPS = 10
#: Batches that a page looks at for a reader of some projects, who may see none of them.
_LOOKED_AT = 10_000


@dataclass(frozen=True, slots=True)
class OrderedEvent:
    """One event with its number among all events; ``project`` and ``cluster`` are names."""

    number: int
    project: str
    cluster: str
    task: str
    event: StoredEvent


@dataclass(frozen=True, slots=True)
class OrderedPage:
    """Events in order; all that the reader may see up to the number ``last`` were returned.

    There may be none of them while ``has_more`` says that there are higher numbers to look at.
    """

    events: Sequence[OrderedEvent]
    last: int
    has_more: bool


def note_batch(connection: Connection, task: str, last: int) -> None:
    """Note within a transaction that events of a task up to ``last`` are stored."""
    connection.execute(_NOTE, {"task": task, "last": last})


class EventOrder(StorePart):
    """Reads events of all tasks in order."""

    def number_events(self) -> int:
        """Give events of all projects that lack one their numbers; return the highest.

        Many at a time, but not any number: the others get theirs with the next calls.
        """
        self.number_some()
        with self._engine.connect() as connection:
            found: int | None = connection.execute(_NUMBER).scalar()
        return found or 0

    def number_some(self, steps: int = _STEPS) -> bool:
        """Give up to ``steps`` thousand batches their numbers; return whether there may be more."""
        return all(self._number_batches() for _ in range(steps))

    def _number_batches(self) -> bool:
        """Give some of them their numbers; return whether there may be more."""
        with self._engine.connect() as connection:
            if connection.execute(_UNNUMBERED.limit(1)).first() is None:
                return False
        with self._writer.begin() as connection:
            number = _lock_head(connection)
            rows = connection.execute(_UNNUMBERED.limit(_BATCHES)).all()
            if not rows:
                return False
            known = _last_events(connection, rows)
            values = []
            for row in rows:
                before = known.get(row.task, 0)
                number += max(0, row.last - before)
                known[row.task] = max(row.last, before)
                values.append({"key": row.id, "start": before + 1, "end": number})
            connection.execute(_GIVE, values)
            head = update(event_head).where(event_head.c.id == _HEAD)
            connection.execute(head.values(number=number))
        return len(rows) == _BATCHES

    def ordered_events(
        self, after: int, limit: int, only: Collection[str] | None = None
    ) -> OrderedPage:
        """Return at most ``limit`` events with numbers above ``after``.

        With ``only`` those of these projects (ids) alone, of not too many numbers, so that it ends
        soon wherever their events are. Events without a number come later.
        """
        query = _page(limit, only)
        with self._engine.connect() as connection:
            # Before the events: what is numbered in between may be missing of them.
            head = end = connection.execute(_NUMBER).scalar() or 0
            if only is not None:
                end = connection.execute(_end_of_page(after)).scalar() or head
            rows = connection.execute(query, {"after": after, "end": end}).all()
        found = [
            OrderedEvent(
                row.number,
                row.project,
                row.cluster,
                row.task,
                StoredEvent(row.seq, row.kind, row.body, row.size),
            )
            for row in rows
        ]
        if len(found) == limit:
            return OrderedPage(found, found[-1].number, has_more=True)
        return OrderedPage(found, max(after, end), has_more=end < head)


_NOTE = insert(event_batches).inline()
_NUMBER = select(event_head.c.number).where(event_head.c.id == _HEAD)
_UNNUMBERED = (
    select(event_batches.c.id, event_batches.c.task, event_batches.c.last)
    .where(event_batches.c.number.is_(None))
    .order_by(event_batches.c.id)
)
_GIVE = (
    update(event_batches)
    .where(event_batches.c.id == bindparam("key"))
    .values(first=bindparam("start"), number=bindparam("end"))
)


def _lock_head(connection: Connection) -> int:
    """Return the highest number; until the transaction ends nobody else gives one."""
    query = _NUMBER.with_for_update()
    found: int | None = connection.execute(query).scalar()
    if found is None:
        insert_new(connection, event_head, {"id": _HEAD, "number": 0})
        found = connection.execute(query).scalar_one()
    return found


def _last_events(connection: Connection, rows: Sequence[Any]) -> dict[str, int]:
    """Return the last event that has a number, of each task of the rows that has one.

    The rows are the oldest without a number. What it costs grows neither with what the tasks have
    in numbers nor with what waits for one: batches of a task are stored in the order of their
    events, so that the one before the first row of a task is the newest with a number.
    """
    first: dict[str, int] = {}
    for row in rows:
        first.setdefault(row.task, row.id)
    before = event_batches.alias("before")
    newest = (
        select(before.c.last)
        .where(
            before.c.task == event_batches.c.task,
            before.c.last <= event_batches.c.last,
            before.c.number.is_not(None),
        )
        .order_by(before.c.last.desc())
        .limit(1)
        .scalar_subquery()
    )
    query = select(event_batches.c.task, newest).where(event_batches.c.id.in_(first.values()))
    return {task: last for task, last in connection.execute(query) if last is not None}


def _end_of_page(after: int) -> Any:
    """Return the query for the last number that a page looks at: that of a batch, not within one.

    It finds nothing where a page can look at all there is.
    """
    return (
        select(event_batches.c.number)
        .where(event_batches.c.number > after)
        .order_by(event_batches.c.number)
        .offset(_LOOKED_AT - 1)
        .limit(1)
    )


def _project() -> ScalarSelect[Any]:
    """Return the project of a batch, for a query that goes over batches by number.

    With a join, SQLite would sort all batches of the wanted projects for each page.
    """
    return (
        select(clusters.c.project)
        .join(tasks, tasks.c.cluster == clusters.c.id)
        .where(tasks.c.id == event_batches.c.task)
        .scalar_subquery()
    )


def _page(limit: int, only: Collection[str] | None) -> Any:
    """Return the query for a page; its parameters are ``after`` and ``end``."""
    # Each batch has an event, so that no more batches than events are needed.
    batches = (
        select(
            event_batches.c.task,
            event_batches.c.first,
            event_batches.c.last,
            event_batches.c.number,
        )
        .where(
            event_batches.c.number > bindparam("after"),
            event_batches.c.number <= bindparam("end"),
        )
        .order_by(event_batches.c.number)
        .limit(limit)
    )
    if only is not None:
        batches = batches.where(_project().in_(only))
    found = batches.subquery()
    number = found.c.number - found.c.last + events.c.seq
    of_batch = and_(
        events.c.task == found.c.task, events.c.seq.between(found.c.first, found.c.last)
    )
    return (
        select(
            number.label("number"),
            projects.c.name.label("project"),
            CLUSTER_NAME.label("cluster"),
            found.c.task,
            events.c.seq,
            events.c.kind,
            events.c.body,
            func.coalesce(blobs.c.size, 0).label("size"),
        )
        .select_from(found)
        .join(tasks, tasks.c.id == found.c.task)
        .join(clusters, clusters.c.id == tasks.c.cluster)
        .join(projects, projects.c.id == clusters.c.project)
        .join(events, of_batch)
        .outerjoin(blobs, blobs.c.digest == events.c.blob)
        .where(number > bindparam("after"))
        .order_by(number)
        .limit(limit)
    )
