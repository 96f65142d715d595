"""The tables of the order of all events, of all tasks."""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, ForeignKey, Index, Integer, Table

from worldtree.store.schema import metadata

event_batches = Table(
    "event_batches",
    metadata,
    # Never given again; SQLite counts rows with INTEGER alone, which has 64 bits there.
    Column("id", BigInteger().with_variant(Integer, "sqlite"), primary_key=True),
    Column("task", ForeignKey("tasks.id", ondelete="CASCADE"), nullable=False),
    #: ``seq`` of the last event of the task that was stored with it.
    Column("last", Integer, nullable=False),
    #: ``seq`` of the first event that it stands for: the one after the batch of the task before.
    #: None until it has a number.
    Column("first", Integer),
    #: The number of its last event among all events; the events before it have the numbers below.
    #: None until somebody reads in this order, or a worker gives it.
    Column("number", BigInteger, index=True),
    sqlite_autoincrement=True,
)
Index("event_batches_by_task", event_batches.c.task, event_batches.c.last)
_unnumbered = event_batches.c.number.is_(None)
Index(
    "event_batches_unnumbered",
    event_batches.c.id,
    sqlite_where=_unnumbered,
    postgresql_where=_unnumbered,
)

event_head = Table(
    "event_head",
    metadata,
    #: 1; the only row. Numbers are given one after the other, by who has locked it.
    Column("id", Integer, primary_key=True, autoincrement=False),
    #: The highest number that was given; no number is given twice.
    Column("number", BigInteger, nullable=False),
)
