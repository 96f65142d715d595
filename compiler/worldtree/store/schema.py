"""The tables of clusters, tasks and their results; other modules have those of a service.

Every change of a table is a migration; ``HEAD`` names the last one.
"""

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
    UniqueConstraint,
)

#: Revision of this program's schema.
HEAD = "0011"
#: The oldest program, by its ``HEAD``, that may use a database of this schema beside this program:
#: what is new is optional for it, and nothing that it knows has changed.
OLDEST_PROGRAM = "0005"
#: The project of everything that names no other.
DEFAULT_PROJECT = "default"

metadata = MetaData()

compatibility = Table(
    "compatibility",
    metadata,
    #: The ``OLDEST_PROGRAM`` of the program that migrated the database; the only row.
    Column("oldest_program", String, primary_key=True),
)

projects = Table(
    "projects",
    metadata,
    #: ``DEFAULT_PROJECT``, or random.
    Column("id", String, primary_key=True),
    Column("name", String, nullable=False, unique=True),
    Column("created", Float, nullable=False),
    #: JSON: limits and rules of the project; None for those of the program.
    Column("settings", Text),
)

clusters = Table(
    "clusters",
    metadata,
    #: Random, and in the default project the name itself: programs of schema 0004 know no other
    #: project, and write names where ids belong. Hence the name of the column, too.
    Column("name", String, primary_key=True, key="id"),
    Column("created", Float, nullable=False),
    Column("project", ForeignKey("projects.id"), nullable=False, server_default=DEFAULT_PROJECT),
    #: The name within its project; None in the default project.
    Column("label", String),
    #: The document that a service was given for it last; None without a service.
    Column("document", ForeignKey("documents.digest", use_alter=True)),
    #: JSON list: tags that a worker needs to work on it; None for any worker.
    Column("worker_tags", Text),
    UniqueConstraint("project", "label", name="clusters_by_label"),
)

plans = Table(
    "plans",
    metadata,
    #: sha256 of the body.
    Column("digest", String(64), primary_key=True),
    Column("cluster", ForeignKey("clusters.id"), nullable=False),
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
    Column("cluster", ForeignKey("clusters.id"), nullable=False, index=True),
    Column("pipeline", String, nullable=False),
    #: A ``TaskCommand``.
    Column("command", String, nullable=False),
    #: None until the task begins.
    Column("plan", ForeignKey("plans.digest")),
    #: Relative to the state directory of the machine that has it.
    Column("directory", String, nullable=False),
    Column("status", String, nullable=False),
    Column("message", Text),
    Column("created", Float, nullable=False, index=True),
    Column("started", Float),
    Column("ended", Float),
    #: The document that was applied, if any.
    Column("document", ForeignKey("documents.digest")),
    #: The task that this one rolls back or retries.
    Column("parent", ForeignKey("tasks.id")),
    #: When its cancel was requested; the process that holds the cluster for it heeds it.
    Column("cancel_requested", Float),
    #: When it was asked for; ``created`` is when it began, or the same if it did not. None in what
    #: an earlier program imports, until a worker fills it in.
    Column("asked", Float),
    #: JSON: who asked for it, and what was asked.
    Column("actor", Text),
    Column("request", Text),
    #: JSON: the process that works on it before it holds the cluster.
    Column("process", Text),
    #: What it waits for before it begins: ``cluster``, ``window``.
    Column("waiting_for", String),
    #: JSON: why it was refused.
    Column("problem", Text),
    #: Its frozen files; None where only the state directory of its machine has them.
    Column("files", ForeignKey("file_trees.digest")),
    #: The W3C header of the request that asked for it.
    Column("traceparent", String(55)),
)

#: What has not ended is counted often, and few of all tasks.
_unended = tasks.c.ended.is_(None)
Index("tasks_unended", tasks.c.status, sqlite_where=_unended, postgresql_where=_unended)
#: The order of the work: of a cluster, of a status.
Index("tasks_by_cluster", tasks.c.cluster, tasks.c.created, tasks.c.id)
Index("tasks_by_status", tasks.c.status, tasks.c.created, tasks.c.id)
#: The order in which tasks were asked for, which never changes: of pages of all tasks, of a
#: cluster, of a status.
Index("tasks_in_order", tasks.c.asked, tasks.c.id)
Index("tasks_in_order_by_cluster", tasks.c.cluster, tasks.c.asked, tasks.c.id)
Index("tasks_in_order_by_status", tasks.c.status, tasks.c.asked, tasks.c.id)

file_trees = Table(
    "file_trees",
    metadata,
    #: sha256 of the body.
    Column("digest", String(64), primary_key=True),
    #: The listing as JSON.
    Column("body", Text, nullable=False),
    #: When it was last kept.
    Column("kept", Float, nullable=False),
)

contents = Table(
    "contents",
    metadata,
    #: sha256 of the content.
    Column("digest", String(64), primary_key=True),
    #: Bytes of the content.
    Column("size", Integer, nullable=False),
    #: The content, compressed.
    Column("body", LargeBinary, nullable=False),
    #: When it was last kept.
    Column("kept", Float, nullable=False),
)

nodes = Table(
    "nodes",
    metadata,
    Column("task", ForeignKey("tasks.id", ondelete="CASCADE"), primary_key=True),
    Column("id", String, primary_key=True),
    #: Position in the plan, from 0.
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
    #: Relative to the directory of the task.
    Column("directory", String, nullable=False),
    #: None while it runs; else a RunState.
    Column("state", String),
    Column("rc", Integer),
    Column("message", Text),
    Column("started", Float, nullable=False),
    Column("ended", Float),
    #: JSON lists: hosts that may be in a task, processes that may be left.
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
    #: The event as JSON with the version of its format; large fields are in the blob.
    Column("body", Text, nullable=False),
    Column("blob", ForeignKey("blobs.digest")),
    #: Line of the attempt's journal.
    Column("line", Integer),
)
Index("events_by_node", events.c.task, events.c.node, events.c.host)
_journalled = events.c.line.is_not(None)
#: No line of a journal is stored twice.
Index(
    "events_by_line",
    events.c.attempt,
    events.c.line,
    unique=True,
    sqlite_where=_journalled,
    postgresql_where=_journalled,
)
_large = events.c.blob.is_not(None)
Index("events_by_blob", events.c.blob, sqlite_where=_large, postgresql_where=_large)

blobs = Table(
    "blobs",
    metadata,
    #: sha256 of the body; in older rows, of the content.
    Column("digest", String(64), primary_key=True),
    #: Bytes of the content.
    Column("size", Integer, nullable=False),
    #: The content, compressed where that saves space.
    Column("body", LargeBinary, nullable=False),
)

documents = Table(
    "documents",
    metadata,
    #: sha256 of the cluster's name and the text.
    Column("digest", String(64), primary_key=True),
    Column("cluster", ForeignKey("clusters.id"), nullable=False),
    #: From 1, per cluster, in the order of the first apply.
    Column("version", Integer, nullable=False),
    #: The document's original text.
    Column("body", Text, nullable=False),
    Column("created", Float, nullable=False),
    UniqueConstraint("cluster", "version", name="documents_by_version"),
)

leases = Table(
    "leases",
    metadata,
    Column("cluster", ForeignKey("clusters.id"), primary_key=True),
    #: Increases with every acquisition: a writer with an older one is refused.
    Column("epoch", Integer, nullable=False),
    #: Id of the task; the lease may exist before the task's row.
    Column("task", String, nullable=False),
    #: JSON: which process of which machine.
    Column("holder", Text, nullable=False),
    #: The worker that the holder belongs to, with the epoch (``worker_work.owner``); None at a
    #: terminal. A program of an earlier schema leaves it, which makes it void.
    Column("worker", String),
    Column("acquired", Float, nullable=False),
    Column("heartbeat", Float, nullable=False),
    #: None while it is held.
    Column("released", Float),
)

successes = Table(
    "successes",
    metadata,
    Column("cluster", ForeignKey("clusters.id"), primary_key=True),
    Column("node", String, primary_key=True),
    Column("host", String, primary_key=True),
    #: Digest of all inputs of the node on this host.
    Column("digest", String, nullable=False),
    Column("task", ForeignKey("tasks.id"), nullable=False, index=True),
    Column("ended", Float, nullable=False),
)

#: The name under which ``outputs`` has the facts that a node set with ``set_fact``; no output can
#: have this name.
SET_FACTS_OUTPUT = "set-fact"

outputs = Table(
    "outputs",
    metadata,
    Column("task", ForeignKey("tasks.id", ondelete="CASCADE"), primary_key=True),
    Column("node", String, primary_key=True),
    Column("host", String, primary_key=True),
    Column("name", String, primary_key=True),
    #: JSON; never a secret.
    Column("body", Text, nullable=False),
)

facts = Table(
    "facts",
    metadata,
    Column("cluster", ForeignKey("clusters.id"), primary_key=True),
    Column("host", String, primary_key=True),
    #: The snapshot as JSON.
    Column("body", Text, nullable=False),
    Column("gathered", Float, nullable=False),
)

audit = Table(
    "audit",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("time", Float, nullable=False),
    Column("who", String, nullable=False),
    #: The action, in kebab case.
    Column("what", String, nullable=False),
    #: Names, not references: an entry outlives the rows that it names.
    Column("cluster", String),
    Column("task", String),
    Column("detail", Text, nullable=False),
    #: The id of the project, from where it was asked for, and what became of it; None in entries of
    #: earlier versions and of what has none.
    Column("project", String),
    Column("address", String),
    Column("result", String),
    #: The link that covers it (``store/audit_chain.py``); None in entries of programs that know no
    #: links, until the next link covers them.
    Column("chain", String(64)),
)
_uncovered = audit.c.chain.is_(None)
Index("audit_uncovered", audit.c.id, sqlite_where=_uncovered, postgresql_where=_uncovered)

audit_head = Table(
    "audit_head",
    metadata,
    #: 1; the only row. Adding a link changes it, so that links are added one after the other.
    Column("id", Integer, primary_key=True, autoincrement=False),
    #: The last link; empty before the first.
    Column("chain", String(64), nullable=False),
)

counters = Table(
    "counters",
    metadata,
    #: What is counted, and which kind of it.
    Column("name", String, primary_key=True),
    Column("label", String, primary_key=True),
    #: Tasks that run at the same time mostly count in different rows, and do not wait for each
    #: other; the sum is the count.
    Column("shard", Integer, primary_key=True, autoincrement=False),
    #: It never decreases. As a float it is exact for whole numbers up to 2**53.
    Column("value", Float, nullable=False),
)
