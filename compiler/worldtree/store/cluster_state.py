"""The state of a cluster beyond its tasks: last successes, outputs, facts."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Select, func, select

from worldtree.results.status import NodeStatus, TaskStatus
from worldtree.results.task_command import READ_ONLY_COMMANDS
from worldtree.store.base import StorePart
from worldtree.store.schema import (
    SET_FACTS_OUTPUT,
    attempts,
    facts,
    nodes,
    outputs,
    successes,
    tasks,
)
from worldtree.store.upsert import upsert


@dataclass(frozen=True, slots=True)
class Success:
    """The last success of a node on a host."""

    #: Digest of all its inputs.
    digest: str
    task: str
    #: UTC epoch seconds.
    ended: float


@dataclass(frozen=True, slots=True)
class BegunWork:
    """An attempt at nodes on hosts that may have changed something."""

    task: str
    #: Digest of the task's plan.
    plan: str
    nodes: tuple[str, ...]
    hosts: tuple[str, ...]
    #: UTC epoch seconds.
    started: float


@dataclass(frozen=True, slots=True)
class FactSnapshot:
    """The facts of a host, and when they were gathered (UTC epoch seconds)."""

    host: str
    body: Mapping[str, Any]
    gathered: float


class ClusterState(StorePart):
    """Reads and writes the state that later tasks use."""

    def successes(
        self, cluster: str, *, leaving_out: Collection[str] = ()
    ) -> dict[tuple[str, str], Success]:
        """Return the last success by ``(node, host)``, without those of some pipelines."""
        query = select(successes).where(successes.c.cluster == self._id(cluster))
        for pipeline in leaving_out:
            query = query.where(~successes.c.node.startswith(f"{pipeline}/", autoescape=True))
        with self._engine.connect() as connection:
            return {
                (row.node, row.host): Success(row.digest, row.task, row.ended)
                for row in connection.execute(query)
            }

    def begun_work(self, cluster: str, since: float) -> list[BegunWork]:
        """Return the attempts that started after ``since``, without those of read-only tasks."""
        query = (
            select(attempts, tasks.c.plan)
            .join(tasks, tasks.c.id == attempts.c.task)
            .where(tasks.c.cluster == self._id(cluster), tasks.c.command.not_in(READ_ONLY_COMMANDS))
            .where(attempts.c.started > since)
        )
        with self._engine.connect() as connection:
            return [
                BegunWork(
                    row.task,
                    row.plan,
                    tuple(json.loads(row.nodes)),
                    tuple(json.loads(row.hosts)),
                    row.started,
                )
                for row in connection.execute(query)
            ]

    def durations(self, cluster: str) -> dict[str, float]:
        """Return the seconds of each node's last success, without read-only tasks."""
        query = (
            select(nodes.c.id, nodes.c.started, nodes.c.ended)
            .join(tasks, tasks.c.id == nodes.c.task)
            .where(tasks.c.cluster == self._id(cluster), tasks.c.command.not_in(READ_ONLY_COMMANDS))
            .where(nodes.c.status == NodeStatus.SUCCEEDED.value)
            .where(nodes.c.started.is_not(None), nodes.c.ended.is_not(None))
            .order_by(tasks.c.created)
        )
        with self._engine.connect() as connection:
            # The newest comes last and stays.
            return {row.id: row.ended - row.started for row in connection.execute(query)}

    def outputs(self, task: str) -> dict[tuple[str, str], dict[str, Any]]:
        """Return the outputs of a task's nodes, by ``(node, host)`` and name."""
        query = select(outputs).where(outputs.c.task == task, outputs.c.name != SET_FACTS_OUTPUT)
        return self._published(query)

    def last_outputs(self, cluster: str) -> dict[tuple[str, str], dict[str, Any]]:
        """Return the latest outputs of all tasks, by ``(node, host)`` and name.

        Those of tasks that were rolled back are left out.
        """
        return self._published(
            _latest_outputs(self._id(cluster)).where(
                outputs.c.name != SET_FACTS_OUTPUT, tasks.c.status != TaskStatus.ROLLED_BACK.value
            )
        )

    def output_times(self, cluster: str) -> dict[tuple[str, str], float]:
        """Return when the task of each of ``last_outputs`` was created, by ``(node, host)``."""
        query = (
            select(outputs.c.node, outputs.c.host, func.max(tasks.c.created).label("created"))
            .join(tasks, tasks.c.id == outputs.c.task)
            .where(tasks.c.cluster == self._id(cluster), tasks.c.command.not_in(READ_ONLY_COMMANDS))
            .where(tasks.c.status != TaskStatus.ROLLED_BACK.value)
            .where(outputs.c.name != SET_FACTS_OUTPUT)
            .group_by(outputs.c.node, outputs.c.host)
        )
        with self._engine.connect() as connection:
            return {(row.node, row.host): row.created for row in connection.execute(query)}

    def last_memory(self, cluster: str) -> dict[tuple[str, str], dict[str, Any]]:
        """Return the results of the last FACTS_SET events, by ``(node, host)``."""
        found = self._published(
            _latest_outputs(self._id(cluster)).where(outputs.c.name == SET_FACTS_OUTPUT)
        )
        return {pair: values[SET_FACTS_OUTPUT] for pair, values in found.items()}

    def _published(self, query: Select[Any]) -> dict[tuple[str, str], dict[str, Any]]:
        found: dict[tuple[str, str], dict[str, Any]] = {}
        with self._engine.connect() as connection:
            for row in connection.execute(query):
                found.setdefault((row.node, row.host), {})[row.name] = json.loads(row.body)
        return found

    def save_facts(
        self, cluster: str, found: Mapping[str, Mapping[str, Any]], gathered: float
    ) -> None:
        """Store the facts of hosts, and replace earlier ones."""
        with self._writer.begin() as connection:
            row = {"cluster": self._ensure(connection, cluster, gathered), "gathered": gathered}
            rows = [{**row, "host": host, "body": json.dumps(body)} for host, body in found.items()]
            upsert(connection, facts, rows)

    def fact_times(self, cluster: str) -> dict[str, float]:
        """Return the hosts of a cluster that have facts, and when they were gathered, by name."""
        query = select(facts.c.host, facts.c.gathered).where(facts.c.cluster == self._id(cluster))
        with self._engine.connect() as connection:
            found = connection.execute(query.order_by(facts.c.host))
            return {row.host: row.gathered for row in found}

    def facts_of(self, cluster: str, host: str) -> FactSnapshot | None:
        """Return the last snapshot of a host; None without one."""
        query = select(facts).where(facts.c.cluster == self._id(cluster), facts.c.host == host)
        with self._engine.connect() as connection:
            row = connection.execute(query).one_or_none()
        return None if row is None else FactSnapshot(row.host, json.loads(row.body), row.gathered)

    def facts(self, cluster: str) -> dict[str, FactSnapshot]:
        """Return the last snapshot of each host."""
        query = select(facts).where(facts.c.cluster == self._id(cluster)).order_by(facts.c.host)
        with self._engine.connect() as connection:
            return {
                row.host: FactSnapshot(row.host, json.loads(row.body), row.gathered)
                for row in connection.execute(query)
            }


def _latest_outputs(cluster: Any) -> Select[Any]:
    """Return the query for the outputs of the tasks of a cluster (its id), the newest last."""
    return (
        select(outputs)
        .join(tasks, tasks.c.id == outputs.c.task)
        .where(tasks.c.cluster == cluster, tasks.c.command.not_in(READ_ONLY_COMMANDS))
        .order_by(tasks.c.created)
    )
