"""The tables. Every change of them is a migration; ``HEAD`` names the last one."""

from __future__ import annotations

from sqlalchemy import (
    Boolean,
    Column,
    Float,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    Text,
)

#: Revision that this program's tables belong to.
HEAD = "0001"

metadata = MetaData()

clusters = Table(
    "clusters",
    metadata,
    Column("name", String, primary_key=True),
    Column("created", Float, nullable=False),
)

plans = Table(
    "plans",
    metadata,
    #: sha256 of the body.
    Column("digest", String(64), primary_key=True),
    Column("cluster", ForeignKey("clusters.name"), nullable=False),
    Column("pipeline", String, nullable=False),
    Column("version", Integer, nullable=False),
    #: The plan as JSON.
    Column("body", Text, nullable=False),
    Column("created", Float, nullable=False),
)

tasks = Table(
    "tasks",
    metadata,
    Column("id", String, primary_key=True),
    Column("cluster", ForeignKey("clusters.name"), nullable=False, index=True),
    Column("pipeline", String, nullable=False),
    #: What was asked for: apply, destroy, verify …
    Column("command", String, nullable=False),
    Column("plan", ForeignKey("plans.digest"), nullable=False),
    Column("directory", String, nullable=False),
    Column("status", String, nullable=False),
    Column("message", Text),
    Column("created", Float, nullable=False, index=True),
    Column("started", Float),
    Column("ended", Float),
)

nodes = Table(
    "nodes",
    metadata,
    Column("task", ForeignKey("tasks.id", ondelete="CASCADE"), primary_key=True),
    Column("id", String, primary_key=True),
    #: Place in the plan, from 0.
    Column("position", Integer, nullable=False),
    Column("status", String, nullable=False),
    Column("caused_by", String),
    Column("message", Text),
    Column("started", Float),
    Column("ended", Float),
    Column("attempts", Integer, nullable=False),
)

attempts = Table(
    "attempts",
    metadata,
    Column("id", String, primary_key=True),
    Column("task", ForeignKey("tasks.id", ondelete="CASCADE"), nullable=False, index=True),
    #: JSON lists of node ids and host names.
    Column("nodes", Text, nullable=False),
    Column("hosts", Text, nullable=False),
    Column("directory", String, nullable=False),
    #: None while it runs; else a RunState.
    Column("state", String),
    Column("rc", Integer),
    Column("message", Text),
    Column("started", Float, nullable=False),
    Column("ended", Float),
    #: JSON lists: hosts that may be in mid-task, processes that may be left.
    Column("interrupted_hosts", Text),
    Column("leftovers", Text),
)

host_results = Table(
    "host_results",
    metadata,
    Column("task", ForeignKey("tasks.id", ondelete="CASCADE"), primary_key=True),
    Column("node", String, primary_key=True),
    Column("host", String, primary_key=True),
    Column("status", String, nullable=False),
    Column("changed", Boolean, nullable=False),
    Column("message", Text),
    Column("caused_by", String),
    Column("started", Float),
    Column("ended", Float),
)

events = Table(
    "events",
    metadata,
    Column("task", ForeignKey("tasks.id", ondelete="CASCADE"), primary_key=True),
    Column("seq", Integer, primary_key=True, autoincrement=False),
    Column("kind", String, nullable=False),
    Column("time", Float, nullable=False),
    Column("attempt", String),
    Column("node", String),
    Column("host", String),
    #: The event as JSON; what is large stands in the blob instead.
    Column("body", Text, nullable=False),
    Column("blob", ForeignKey("blobs.digest")),
)
Index("events_by_node", events.c.task, events.c.node, events.c.host)

blobs = Table(
    "blobs",
    metadata,
    #: sha256 of the content.
    Column("digest", String(64), primary_key=True),
    #: Bytes of the content.
    Column("size", Integer, nullable=False),
    #: The content, deflated.
    Column("body", LargeBinary, nullable=False),
)
