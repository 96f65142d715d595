"""Pages of a task's log: by numbers of lines, filtered, searched, oldest or newest lines first.

A line is an event of a log, and its number that of the event, so that a page and a live stream fit
together and a number names a line for good.
"""

from __future__ import annotations

import time
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Select, func, or_, select

from worldtree.results.log_level import LOG_EVENT_KINDS, LogLevel, log_level
from worldtree.store.base import StorePart
from worldtree.store.event_rows import blob_fields, body_fields
from worldtree.store.log_conditions import contains, has_level, is_in, may_match
from worldtree.store.schema import blobs, events

#: Events that one query looks at, so that the time of a search can be limited.
_WINDOW = 20_000
#: Characters of stored events after which a page ends, though it may have more lines.
_MAX_PAGE_CHARACTERS = 8 * 1024 * 1024
#: Rows that are read at a time, at most, where few of them match.
_MAX_ROWS = 4000
_KINDS = [kind.value for kind in LOG_EVENT_KINDS]


@dataclass(frozen=True, slots=True)
class LogQuery:
    """Which lines of a log are wanted; empty filters let all lines pass."""

    #: The first number that may be returned.
    first: int = 1
    #: The number after the last one that may be returned; None for no limit.
    before: int | None = None
    limit: int = 200
    #: Choose the last ones instead of the first ones.
    newest: bool = False
    #: Nodes by id, or what is above them: ``create-cluster/etcd`` has all nodes of that module.
    nodes: Collection[str] = ()
    hosts: Collection[str] = ()
    levels: Collection[LogLevel] = ()
    #: A text in the message, the output or the names of a line, in any case.
    search: str = ""
    #: Seconds after which a search returns what it has found so far.
    seconds: float = 2.0


@dataclass(frozen=True, slots=True)
class LogLine:
    """A line: the stored fields of its event, and the bytes of large ones that are left out."""

    fields: dict[str, Any]
    level: LogLevel
    omitted: int


@dataclass(frozen=True, slots=True)
class LogPage:
    """Lines in the order of their numbers."""

    lines: list[LogLine]
    #: All matching lines with ``first`` ≤ number < ``end`` are in the page.
    first: int
    end: int
    #: Whether there may be more matching lines beyond the page, in the direction of the query.
    has_more: bool


class LogPages(StorePart):
    """Reads logs; ``task`` is a whole id."""

    def log_page(self, task: str, query: LogQuery) -> LogPage:
        """Return the lines that ``query`` wants. Large fields are searched, but left out."""
        with self._engine.connect() as connection:
            of_task = select(func.max(events.c.seq)).where(events.c.task == task)
            end = (connection.execute(of_task).scalar() or 0) + 1
        if query.before is not None:
            end = min(end, query.before)
        first = max(query.first, 1)
        select_rows = self._rows_of(task, query)
        deadline = time.monotonic() + query.seconds
        lines: list[LogLine] = []
        characters = 0
        for low, high in _windows(first, end, backwards=query.newest):
            if time.monotonic() > deadline:
                return _page(lines, query, (first, low), (high, end), has_more=True)
            for row in self._window(select_rows, low, high, query):
                line = self._matching(row, query)
                if line is not None:
                    lines.append(line)
                    characters += len(row.body)
                if (
                    len(lines) >= query.limit
                    or characters > _MAX_PAGE_CHARACTERS
                    or time.monotonic() > deadline
                ):
                    more = row.seq > first if query.newest else row.seq + 1 < end
                    return _page(lines, query, (first, row.seq + 1), (row.seq, end), has_more=more)
        end = max(end, first)
        return _page(lines, query, (first, end), (first, end), has_more=False)

    def log_line(self, task: str, number: int) -> LogLine | None:
        """Return one line with its large fields; None if no line has the number."""
        query = select(events.c.kind, events.c.body, events.c.blob, blobs.c.body.label("content"))
        query = query.outerjoin(blobs, blobs.c.digest == events.c.blob)
        query = query.where(
            events.c.task == task, events.c.seq == number, events.c.kind.in_(_KINDS)
        )
        with self._engine.connect() as connection:
            row = connection.execute(query).first()
        if row is None:
            return None
        fields = body_fields(row.body)
        if row.content is not None:
            fields.update(blob_fields(row.content))
        return LogLine(fields, _level(row.kind, fields), 0)

    def tail_start(self, task: str, lines: int) -> int:
        """Return the number after which a log has at most ``lines`` lines."""
        query = (
            select(events.c.seq)
            .where(events.c.task == task, events.c.kind.in_(_KINDS))
            .order_by(events.c.seq.desc())
            .offset(lines)
            .limit(1)
        )
        with self._engine.connect() as connection:
            return connection.execute(query).scalar() or 0

    def _rows_of(self, task: str, query: LogQuery) -> Select[Any]:
        """Return the query for rows that may match; ``_matching`` decides."""
        found = (
            select(events.c.seq, events.c.kind, events.c.body, events.c.blob, blobs.c.size)
            .outerjoin(blobs, blobs.c.digest == events.c.blob)
            .where(events.c.task == task, events.c.kind.in_(_KINDS))
        )
        if query.nodes:
            of_node = (
                or_(events.c.node == one, events.c.node.startswith(f"{one}/", autoescape=True))
                for one in query.nodes
            )
            found = found.where(or_(*of_node))
        if query.hosts:
            found = found.where(events.c.host.in_(list(query.hosts)))
        if query.levels and LogLevel.INFO not in query.levels:
            found = found.where(has_level(self._engine, query.levels))
        if query.search:
            found = found.where(
                or_(contains(self._engine, query.search), events.c.blob.is_not(None))
            )
        return found

    def _window(self, rows: Select[Any], low: int, high: int, query: LogQuery) -> Iterator[Any]:
        """Yield the rows with ``low`` ≤ number < ``high`` in the direction of the query."""
        order = events.c.seq.desc() if query.newest else events.c.seq
        size = max(query.limit, 200)
        while True:
            wanted = rows.where(events.c.seq >= low, events.c.seq < high).order_by(order)
            with self._engine.connect() as connection:
                found = connection.execute(wanted.limit(size)).all()
            yield from found
            if len(found) < size:
                return
            low, high = (low, found[-1].seq) if query.newest else (found[-1].seq + 1, high)
            # Few of the rows match.
            size = min(2 * size, _MAX_ROWS)

    def _matching(self, row: Any, query: LogQuery) -> LogLine | None:
        if query.search and row.blob is None and not may_match(row.body, query.search):
            return None
        fields = body_fields(row.body)
        level = _level(row.kind, fields)
        if query.levels and level not in query.levels:
            return None
        if query.search and not self._is_found(row, fields, query.search.casefold()):
            return None
        return LogLine(fields, level, row.size or 0)

    def _is_found(self, row: Any, fields: dict[str, Any], text: str) -> bool:
        if is_in(fields, text):
            return True
        if row.blob is None:
            return False
        # One at a time: contents can be large.
        query = select(blobs.c.body).where(blobs.c.digest == row.blob)
        with self._engine.connect() as connection:
            content = connection.execute(query).scalar_one()
        return is_in(blob_fields(content), text)


def _page(
    lines: list[LogLine],
    query: LogQuery,
    forwards: tuple[int, int],
    backwards: tuple[int, int],
    *,
    has_more: bool,
) -> LogPage:
    """Return the page of lines that were found in that order, with the range that was searched."""
    if query.newest:
        return LogPage(lines[::-1], *backwards, has_more)
    return LogPage(lines, *forwards, has_more)


def _windows(first: int, end: int, *, backwards: bool) -> Iterator[tuple[int, int]]:
    """Yield ranges of at most ``_WINDOW`` numbers."""
    starts = range(first, end, _WINDOW)
    for low in reversed(starts) if backwards else starts:
        yield low, min(low + _WINDOW, end)


def _level(kind: str, fields: dict[str, Any]) -> LogLevel:
    return log_level(kind, fields.get("status"), ignored=fields.get("ignored", False))
