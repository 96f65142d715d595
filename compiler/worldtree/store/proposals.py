"""Plans that were compiled without being run, what was decided on them, and the tasks they became.

The table calls them proposals, because ``plans`` has the plans of tasks.
"""

from __future__ import annotations

import json
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import Any, Literal

from sqlalchemy import Connection, Select, and_, insert, or_, select, update

from worldtree.core.actor import Actor
from worldtree.core.errors import RefusedError
from worldtree.plan.plan import Plan
from worldtree.results.notice_kind import NoticeKind
from worldtree.results.task_command import LOOKING_COMMANDS
from worldtree.store.audit import add_entry
from worldtree.store.cluster_ids import CLUSTER_NAME
from worldtree.store.idempotency import note_outcome
from worldtree.store.notices import NewNotice, add_notice
from worldtree.store.projections import database_text
from worldtree.store.schema import clusters, plans, tasks
from worldtree.store.service_tables import decisions, proposals
from worldtree.store.task_queue import NewQueuedTask, TaskQueue
from worldtree.store.upsert import insert_new

ProposalStatus = Literal["ready", "rejected", "applied", "void"]
Decision = Literal["approve", "reject"]


@dataclass(frozen=True, slots=True)
class ProposalRecord:
    """A plan that was compiled without being run; ``created`` is UTC epoch seconds."""

    id: str
    #: The name of the cluster.
    cluster: str
    request: Mapping[str, Any]
    actor: Actor
    created: float
    status: ProposalStatus
    #: What has changed because of which it is void.
    changes: tuple[str, ...]
    #: What an approval is bound to: ``document``, ``plan``, ``bundle``, ``inventory``, ...
    digests: Mapping[str, str]
    #: Digests of the plan and of the files; None where they were pruned.
    plan: str | None
    files: str | None
    #: ``from`` and ``until``, UTC epoch seconds; None where it may run at any time.
    window: Mapping[str, float] | None
    #: The task that runs it.
    task: str | None


@dataclass(frozen=True, slots=True)
class DecisionRecord:
    """What somebody decided; ``time`` is UTC epoch seconds."""

    actor: Actor
    time: float
    what: Decision
    comment: str
    #: The digests that were decided on.
    digests: Mapping[str, str]


_ROWS = select(proposals, CLUSTER_NAME.label("name")).join(
    clusters, clusters.c.id == proposals.c.cluster
)


class Proposals(TaskQueue):
    """Writes and reads proposals."""

    def add_proposal(
        self,
        name: str,
        plan: Plan,
        *,
        actor: Actor,
        request: Mapping[str, Any],
        digests: Mapping[str, str],
        files: str,
        wants_approval: bool = False,
    ) -> None:
        """Store a proposal with this new id; ``files`` is what ``keep_files`` returned.

        With ``wants_approval`` channels report it.
        """
        now, body = time.time(), plan.model_dump_json()
        digest = sha256(body.encode()).hexdigest()
        with self._writer.begin() as connection:
            key = self._ensure(connection, plan.cluster, now)
            row = {"digest": digest, "cluster": key, "pipeline": plan.pipeline}
            more = {"version": plan.version, "body": body, "created": now}
            insert_new(connection, plans, {**row, **more})
            values = {
                "id": name,
                "project": self.project,
                "cluster": key,
                "request": json.dumps(dict(request)),
                "actor": actor.to_json(),
                "created": now,
                "status": "ready",
                "digests": json.dumps(dict(digests)),
                "plan": digest,
                "files": files,
            }
            connection.execute(insert(proposals), values)
            self._add(connection, "plan-requested", plan.cluster, name, actor, plan.pipeline)
            note_outcome(connection, {"plan": name})
            if wants_approval:
                notice = NewNotice(
                    self.project,
                    NoticeKind.APPROVAL_WANTED,
                    f"plan {name}",
                    f"plan {name} of cluster {plan.cluster} waits for approval",
                    plan.cluster,
                    data={"plan": name, "actor": actor.name},
                )
                add_notice(connection, notice)

    def proposal(self, name: str) -> ProposalRecord | None:
        """Return the proposal with that id; None where the project has none."""
        query = _ROWS.where(proposals.c.id == name, proposals.c.project == self.project)
        with self._engine.connect() as connection:
            row = connection.execute(query).one_or_none()
        return None if row is None else _record(row)

    def proposal_page(
        self,
        limit: int,
        *,
        after: tuple[float, str] | None = None,
        cluster: str | None = None,
        status: ProposalStatus | None = None,
    ) -> list[ProposalRecord]:
        """Return at most ``limit`` proposals, newest first, from ``after`` (time, id) on."""
        made, name = proposals.c.created, proposals.c.id
        query: Select[Any] = _ROWS.where(proposals.c.project == self.project)
        if after is not None:
            query = query.where(or_(made < after[0], and_(made == after[0], name < after[1])))
        if cluster is not None:
            query = query.where(proposals.c.cluster == self._id(cluster))
        if status is not None:
            query = query.where(proposals.c.status == status)
        with self._engine.connect() as connection:
            ordered = query.order_by(made.desc(), name.desc()).limit(limit)
            return [_record(row) for row in connection.execute(ordered)]

    def decisions(self, names: Sequence[str]) -> dict[str, list[DecisionRecord]]:
        """Return what was decided on proposals, oldest first."""
        query = select(decisions).where(decisions.c.proposal.in_(names)).order_by(decisions.c.id)
        found: dict[str, list[DecisionRecord]] = {name: [] for name in names}
        with self._engine.connect() as connection:
            for row in connection.execute(query):
                digests = json.loads(row.digests)
                one = DecisionRecord(
                    Actor.from_json(row.actor), row.time, row.what, row.comment, digests
                )
                found[row.proposal].append(one)
        return found

    def decide(self, record: ProposalRecord, actor: Actor, what: Decision, comment: str) -> None:
        """Store a decision; a rejection is final, a second approval of one user is none.

        Raises ``RefusedError`` for a proposal that is not open any more.
        """
        with self._writer.begin() as connection:
            _require_open(connection, record.id)
            mine = select(decisions).where(decisions.c.proposal == record.id)
            before = [Actor.from_json(row.actor).name for row in connection.execute(mine)]
            if what == "approve" and actor.name in before:
                return
            row = {
                "proposal": record.id,
                "actor": actor.to_json(),
                "time": time.time(),
                "what": what,
                "comment": database_text(comment),
                "digests": json.dumps(dict(record.digests)),
            }
            connection.execute(insert(decisions), row)
            if what == "reject":
                _set(connection, record.id, status="rejected")
            done = "plan-approved" if what == "approve" else "plan-rejected"
            self._add(connection, done, record.cluster, record.id, actor, comment)

    def void_proposal(self, record: ProposalRecord, changes: Sequence[str], actor: Actor) -> None:
        """Store that a proposal is void, and what has changed; ``actor`` noticed it.

        Raises ``RefusedError`` for one that is closed; one whose task has not begun is not.
        """
        with self._writer.begin() as connection:
            _require_open(connection, record.id, or_waiting=True)
            _set(connection, record.id, status="void", problem=json.dumps(list(changes)))
            text = "; ".join(changes)
            self._add(connection, "plan-voided", record.cluster, record.id, actor, text)

    def apply_proposal(
        self, record: ProposalRecord, new: NewQueuedTask, window: Mapping[str, float] | None
    ) -> None:
        """Store the task that runs a proposal; it enters the queue when its window begins.

        Raises ``RefusedError`` for a proposal that is not open any more.
        """
        waits = window is not None and window["from"] > time.time()
        with self._writer.begin() as connection:
            _require_open(connection, record.id)
            self._add_task(connection, new, waits_for="window" if waits else None)
            text = None if window is None else json.dumps(dict(window))
            _set(connection, record.id, status="applied", task=new.task, window=text)
            self._add(
                connection, "plan-applied", record.cluster, record.id, new.actor, "", new.task
            )

    def requests_of_applied_plans(self, cluster: str, document: str) -> list[Mapping[str, Any]]:
        """Return the requests of this document's (its digest) plans whose tasks have begun.

        Tasks that only look do not count.
        """
        query = (
            select(proposals.c.digests, proposals.c.request)
            .join(tasks, tasks.c.id == proposals.c.task)
            .where(
                proposals.c.cluster == self._id(cluster),
                proposals.c.digests.contains(document, autoescape=True),
                tasks.c.plan.is_not(None),
                tasks.c.command.not_in(LOOKING_COMMANDS),
            )
        )
        with self._engine.connect() as connection:
            rows = connection.execute(query).all()
        return [
            json.loads(row.request)
            for row in rows
            if json.loads(row.digests).get("document") == document
        ]

    def is_of_plan(self, task: str) -> bool:
        """Whether a task runs a plan that was approved as its project asked."""
        query = select(proposals.c.id).where(proposals.c.task == task)
        with self._engine.connect() as connection:
            return connection.execute(query).first() is not None

    def newest_begun_task(self, cluster: str) -> str | None:
        """Return the id of the task of a cluster that began last."""
        query = (
            select(tasks.c.id)
            .where(tasks.c.cluster == self._id(cluster), tasks.c.plan.is_not(None))
            .order_by(tasks.c.created.desc(), tasks.c.id.desc())
            .limit(1)
        )
        with self._engine.connect() as connection:
            found: str | None = connection.execute(query).scalar()
        return found

    def waiting_for_windows(self) -> list[tuple[str, ProposalRecord]]:
        """Return the applied proposals of all projects whose tasks wait, with their projects."""
        query = _ROWS.join(tasks, tasks.c.id == proposals.c.task).where(
            tasks.c.waiting_for == "window", tasks.c.plan.is_(None), tasks.c.ended.is_(None)
        )
        with self._engine.connect() as connection:
            return [(row.project, _record(row)) for row in connection.execute(query)]

    def window_of_task(self, task: str) -> Mapping[str, float] | None:
        """Return from when to when a task may begin; None for one that waits for no window."""
        query = (
            select(proposals.c.window)
            .join(tasks, tasks.c.id == proposals.c.task)
            .where(tasks.c.id == task, tasks.c.waiting_for == "window")
        )
        with self._engine.connect() as connection:
            found = connection.execute(query).scalar()
        return None if found is None else dict(json.loads(found))

    def open_window(self, task: str, work: Mapping[str, Any], actor: Actor) -> bool:
        """Put a task that waits for its window into the queue; False if it does not wait."""
        waits = (tasks.c.id == task, tasks.c.waiting_for == "window", tasks.c.plan.is_(None))
        query = update(tasks).where(*waits, tasks.c.ended.is_(None)).returning(tasks.c.cluster)
        with self._writer.begin() as connection:
            cluster = connection.execute(query.values(waiting_for=None)).scalar()
            if cluster is None:
                return False
            self._enqueue(connection, cluster, task, work, actor, 0, time.time())
        return True

    def _add(
        self,
        connection: Connection,
        what: str,
        cluster: str,
        proposal: str,
        actor: Actor,
        text: str,
        task: str | None = None,
    ) -> None:
        detail = database_text(f"plan {proposal}{f': {text}' if text else ''}")
        add_entry(connection, what, actor, cluster, task, detail or "", project=self.project)


def _require_open(connection: Connection, name: str, *, or_waiting: bool = False) -> None:
    """Lock an open proposal, or one whose task has not begun.

    Raises ``RefusedError`` for another one.
    """
    query = select(proposals.c.status, proposals.c.task).where(proposals.c.id == name)
    row = connection.execute(query.with_for_update()).one_or_none()
    status = None if row is None else row.status
    if row is not None and or_waiting and status == "applied":
        begun = select(tasks.c.id).where(tasks.c.id == row.task, tasks.c.plan.is_not(None))
        if connection.execute(begun).first() is None:
            return
    if status != "ready":
        raise RefusedError(f"plan {name} is not open: it is {status}", code="plan-closed")


def _set(connection: Connection, name: str, **values: Any) -> None:
    connection.execute(update(proposals).where(proposals.c.id == name).values(values))


def _record(row: Any) -> ProposalRecord:
    return ProposalRecord(
        id=row.id,
        cluster=row.name,
        request=json.loads(row.request),
        actor=Actor.from_json(row.actor),
        created=row.created,
        status=row.status,
        changes=tuple(json.loads(row.problem)) if row.problem else (),
        digests=json.loads(row.digests) if row.digests else {},
        plan=row.plan,
        files=row.files,
        window=None if row.window is None else json.loads(row.window),
        task=row.task,
    )
