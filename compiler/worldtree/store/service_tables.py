"""The tables of what a service does by itself: queue, workers, schedules, plans, notices."""

from __future__ import annotations

from sqlalchemy import (
    Column,
    Float,
    ForeignKey,
    Index,
    Integer,
    String,
    Table,
    Text,
    UniqueConstraint,
)

from worldtree.store.schema import metadata

queue = Table(
    "queue",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("project", ForeignKey("projects.id"), nullable=False),
    Column("cluster", ForeignKey("clusters.id"), nullable=False),
    Column("task", ForeignKey("tasks.id", ondelete="CASCADE"), nullable=False),
    #: JSON: what to do with the task, with the kind of the request.
    Column("request", Text, nullable=False),
    #: JSON: who asked for it.
    Column("actor", Text, nullable=False),
    #: Higher ones first.
    Column("priority", Integer, nullable=False),
    Column("asked", Float, nullable=False),
    #: JSON: the process that works on it; None while it waits.
    Column("process", Text),
    #: The worker whose process has it, with the try (``worker_work.owner``): as a program of an
    #: earlier schema leaves it, it is void.
    Column("worker", String),
    #: How often a process began to work on it.
    Column("tries", Integer, nullable=False),
    #: No id is used twice: a process that wakes up late has the row of another task otherwise.
    sqlite_autoincrement=True,
)

workers = Table(
    "workers",
    metadata,
    #: Random; a worker that starts again is another one.
    Column("id", String, primary_key=True),
    #: JSON: its process.
    Column("process", Text, nullable=False),
    #: JSON list of what it can reach.
    Column("tags", Text, nullable=False),
    #: How many tasks it works on at the same time.
    Column("capacity", Integer, nullable=False),
    Column("version", String, nullable=False),
    #: All times are the database's: machines' clocks differ.
    Column("started", Float, nullable=False),
    Column("heartbeat", Float, nullable=False),
    #: When it began to take no new work.
    Column("draining", Float),
    #: When another one declared it dead: it must not write any more.
    Column("fenced", Float),
    #: When it ended by itself.
    Column("ended", Float),
    #: Why it can only cancel, such as a missing key; None where it can do everything.
    Column("obstacle", Text),
)

schedules = Table(
    "schedules",
    metadata,
    #: Random.
    Column("id", String, primary_key=True),
    Column("project", ForeignKey("projects.id"), nullable=False),
    Column("cluster", ForeignKey("clusters.id"), nullable=False),
    #: Unique per cluster.
    Column("name", String, nullable=False),
    #: JSON: what to do, as for a task that is asked for.
    Column("request", Text, nullable=False),
    #: A cron expression, and the time zone in which it is read.
    Column("cron", String, nullable=False),
    Column("time_zone", String, nullable=False),
    #: JSON: policies for overlap, misfire and catching up.
    Column("policy", Text, nullable=False),
    #: JSON: who made it, for whose rights its tasks run.
    Column("actor", Text, nullable=False),
    Column("created", Float, nullable=False),
    #: None while it is enabled.
    Column("disabled", Float),
    #: When it is due next; None without a next time.
    Column("due", Float, index=True),
    UniqueConstraint("cluster", "name", name="schedules_by_name"),
)

schedule_runs = Table(
    "schedule_runs",
    metadata,
    Column("schedule", ForeignKey("schedules.id", ondelete="CASCADE"), primary_key=True),
    #: When it was due: a time is decided once, whichever worker does it.
    Column("due", Float, primary_key=True),
    Column("decided", Float, nullable=False),
    #: Whether it started a task, or why it did not.
    Column("outcome", String, nullable=False),
    Column("task", ForeignKey("tasks.id", ondelete="SET NULL")),
    #: Why it was refused.
    Column("message", Text),
)

blackouts = Table(
    "blackouts",
    metadata,
    #: Random.
    Column("id", String, primary_key=True),
    Column("project", ForeignKey("projects.id"), nullable=False),
    #: None for all clusters of the project.
    Column("cluster", ForeignKey("clusters.id")),
    Column("name", String, nullable=False),
    #: JSON: from when to when, once or by a cron expression with a duration.
    Column("body", Text, nullable=False),
    Column("created", Float, nullable=False),
)

proposals = Table(
    "proposals",
    metadata,
    #: Random: a plan that was compiled without being run.
    Column("id", String, primary_key=True),
    Column("project", ForeignKey("projects.id"), nullable=False),
    Column("cluster", ForeignKey("clusters.id"), nullable=False),
    #: JSON: what was asked, and by whom.
    Column("request", Text, nullable=False),
    Column("actor", Text, nullable=False),
    Column("created", Float, nullable=False, index=True),
    #: ``ready``, ``rejected``, ``applied``, ``void``.
    Column("status", String, nullable=False),
    #: JSON list: what changed because of which it is void.
    Column("problem", Text),
    #: JSON: the digests that an approval is bound to: document, plan, bundle, inventory.
    Column("digests", Text),
    #: None once a program that knows no proposals has deleted what no task uses.
    Column("plan", ForeignKey("plans.digest", ondelete="SET NULL")),
    Column("files", ForeignKey("file_trees.digest", ondelete="SET NULL")),
    #: JSON: when it may run.
    Column("window", Text),
    #: The task that runs it.
    Column("task", ForeignKey("tasks.id", ondelete="SET NULL")),
)

decisions = Table(
    "decisions",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("proposal", ForeignKey("proposals.id", ondelete="CASCADE"), nullable=False, index=True),
    #: Who decided, when, what (``approve`` or ``reject``), and why.
    Column("actor", Text, nullable=False),
    Column("time", Float, nullable=False),
    Column("what", String, nullable=False),
    Column("comment", Text, nullable=False),
    #: JSON: the digests that were decided on.
    Column("digests", Text, nullable=False),
)

channels = Table(
    "channels",
    metadata,
    #: Random.
    Column("id", String, primary_key=True),
    Column("project", ForeignKey("projects.id"), nullable=False),
    #: Unique per project.
    Column("name", String, nullable=False),
    #: Of the registry of channels: ``webhook``, ``email``.
    Column("kind", String, nullable=False),
    #: JSON: the settings of its kind; secrets are references.
    Column("settings", Text, nullable=False),
    #: JSON list of what it wants to hear of, and JSON: quiet hours.
    Column("events", Text, nullable=False),
    Column("quiet", Text),
    Column("created", Float, nullable=False),
    UniqueConstraint("project", "name", name="channels_by_name"),
)

notices = Table(
    "notices",
    metadata,
    Column("id", Integer, primary_key=True),
    #: Names, not references: a notice outlives the rows that it names.
    Column("project", String, nullable=False),
    Column("cluster", String),
    Column("task", String),
    #: What happened: ``failed``, ``recovered``, ...
    Column("kind", String, nullable=False),
    #: What has the state that changed, such as a pipeline of the cluster.
    Column("subject", String),
    #: The same thing is noticed once.
    Column("key", String, nullable=False, unique=True),
    #: JSON: what a channel tells.
    Column("body", Text, nullable=False),
    Column("created", Float, nullable=False),
    #: When its deliveries were made; None before.
    Column("spread", Float, index=True),
    sqlite_autoincrement=True,
)
Index("notices_by_subject", notices.c.project, notices.c.cluster, notices.c.subject)

deliveries = Table(
    "deliveries",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("notice", ForeignKey("notices.id", ondelete="CASCADE"), nullable=False),
    Column("channel", ForeignKey("channels.id", ondelete="CASCADE"), nullable=False, index=True),
    #: ``waiting``, ``held`` by quiet hours, ``summarised`` in another one, ``delivered``,
    #: ``failed``.
    Column("status", String, nullable=False),
    #: The delivery in whose summary it is.
    Column("summary", Integer),
    Column("tries", Integer, nullable=False),
    #: When to try next; None where nothing is left to do.
    Column("next_try", Float, index=True),
    Column("ended", Float),
    #: What the last try said.
    Column("message", Text),
    sqlite_autoincrement=True,
)

drift_reports = Table(
    "drift_reports",
    metadata,
    Column("task", ForeignKey("tasks.id", ondelete="CASCADE"), primary_key=True),
    Column("cluster", ForeignKey("clusters.id"), nullable=False),
    Column("time", Float, nullable=False),
    #: ``clean``, ``drifted`` or ``incomplete``.
    Column("status", String, nullable=False),
    #: How many results differ, and how many were looked at of how many.
    Column("differing", Integer, nullable=False),
    Column("checked", Integer, nullable=False),
    Column("total", Integer, nullable=False),
    #: The report as JSON.
    Column("body", Text, nullable=False),
)
Index("drift_by_cluster", drift_reports.c.cluster, drift_reports.c.time)

certificates = Table(
    "certificates",
    metadata,
    Column("cluster", ForeignKey("clusters.id"), primary_key=True),
    #: What it is for, and for whom: a few kinds, many names.
    Column("kind", String, primary_key=True),
    Column("name", String, primary_key=True),
    Column("not_after", Float, nullable=False),
    Column("seen", Float, nullable=False),
)
