"""Deletes old tasks and all data that no other task needs."""

from __future__ import annotations

import shutil
import time
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import Connection, delete, exists, func, select, text, update

from worldtree.core.disk_usage import freed_bytes
from worldtree.core.shared_content import SharedContent
from worldtree.store.archive_rows import delete_old_archives
from worldtree.store.database import BUSY_TIMEOUT_MS
from worldtree.store.db_errors import StoreError
from worldtree.store.free_pages import return_free_pages
from worldtree.store.home_databases import other_databases
from worldtree.store.schema import blobs, events, leases, plans, successes, tasks
from worldtree.store.service_tables import proposals, schedule_runs, schedules
from worldtree.store.task_files import delete_unused_files
from worldtree.store.task_record import TaskRecord
from worldtree.store.tasks import Tasks

#: Seconds within which a new directory may still get its row.
_MIN_AGE_SECONDS = 86_400


@dataclass(frozen=True, slots=True)
class PruneResult:
    """What was deleted, or would be; sizes in bytes."""

    #: Oldest first.
    tasks: tuple[TaskRecord, ...]
    events: int
    #: Directories of these tasks, and directories without a task.
    directories: tuple[Path, ...]
    size: int
    #: Old tasks that stay, as their results are the current state of some host.
    needed: int


class Pruning(Tasks):
    """Finds and deletes old tasks."""

    def prune(self, before: float, *, dry_run: bool = False) -> PruneResult:
        """Delete the tasks without any event since ``before`` (UTC epoch seconds).

        With them go plans from before it that are closed and have no task, what became of due times
        of schedules, and archives from before it that nothing needs.

        Tasks that hold a cluster, and tasks of last successes, stay. Deletes one task at a time,
        so that no other process waits for long; the next call finds what an interrupted one left.
        """
        found = self._old(before)
        with self._engine.connect() as connection:
            needed = set(connection.execute(select(successes.c.task).distinct()).scalars())
        gone = [record for record in found if record.id not in needed]
        directories = [record.directory for record in gone if self._is_ours(record.directory)]
        directories += self._orphans(before, {record.directory for record in found})
        pruned = PruneResult(
            tasks=tuple(gone),
            events=sum(self._count(record.id) for record in gone),
            directories=tuple(path for path in directories if path.exists()),
            size=freed_bytes(directories),
            needed=len(found) - len(gone),
        )
        if not dry_run:
            try:
                kept = {record.directory for record in gone if not self._delete(record.id)}
            except StoreError:
                # Deleting rows needs free space first; on a full disk the directories make some.
                _remove_directories(pruned.directories)
                kept = {record.directory for record in gone if not self._delete(record.id)}
            _remove_directories(set(pruned.directories) - kept)
            SharedContent(self.home).sweep()
            self._delete_unused(before)
            return_free_pages(self._engine, self.home, BUSY_TIMEOUT_MS)
        return pruned

    def _old(self, before: float) -> list[TaskRecord]:
        with self._engine.connect() as connection:
            held = set(
                connection.execute(
                    select(leases.c.task).where(leases.c.released.is_(None))
                ).scalars()
            )
            return [
                record
                for record in reversed(self.list_tasks())
                if record.created < before
                and (record.ended or 0) < before
                and record.id not in held
                and self._last_event(connection, record.id) < before
            ]

    def _last_event(self, connection: Connection, task: str) -> float:
        query = select(events.c.time).where(events.c.task == task)
        return connection.execute(query.order_by(events.c.seq.desc()).limit(1)).scalar() or 0.0

    def _count(self, task: str) -> int:
        query = select(func.count()).select_from(events).where(events.c.task == task)
        with self._engine.connect() as connection:
            return connection.execute(query).scalar_one()

    def _is_ours(self, directory: Path) -> bool:
        """Return whether it belongs to this machine: those of others are elsewhere."""
        return directory.parent == self.home / "tasks"

    def _orphans(self, before: float, known: Collection[Path]) -> Iterator[Path]:
        """Yield old directories without a row: left by an interrupted or another machine's prune.

        A task's directory is created before its row, so a young one may belong to a new task. Where
        tasks of another database have directories here, too, none is known to be without a row.
        """
        if other_databases(self.home, self._engine):
            return
        before = min(before, time.time() - _MIN_AGE_SECONDS)
        with self._engine.connect() as connection:  # Those of all projects.
            names = set(connection.execute(select(tasks.c.id)).scalars())
        for path in sorted((self.home / "tasks").glob("*")):
            if path.name not in names and path not in known and path.stat().st_mtime < before:
                yield path

    def _delete(self, task: str) -> bool:
        """Delete a task unless it is needed by now; return whether it was deleted."""
        is_held = exists().where(leases.c.task == task, leases.c.released.is_(None))
        is_needed = exists().where(successes.c.task == task)
        with self._writer.begin() as connection:
            connection.execute(update(tasks).where(tasks.c.parent == task).values(parent=None))
            query = delete(tasks).where(tasks.c.id == task, ~is_held, ~is_needed)
            return bool(connection.execute(query).rowcount)

    def _delete_unused(self, before: float) -> None:
        """Delete old plans without a task, old decisions of schedules, and unused content."""
        with self._writer.begin() as connection:
            if connection.dialect.name == "postgresql":
                # Another process may be about to refer to existing content.
                connection.execute(text("LOCK TABLE blobs, plans IN SHARE ROW EXCLUSIVE MODE"))
            connection.execute(
                delete(proposals).where(
                    proposals.c.project == self.project,
                    proposals.c.created < before,
                    # One that is open may be applied; that of a task says that it was approved.
                    proposals.c.status != "ready",
                    proposals.c.task.is_(None),
                )
            )
            mine = select(schedules.c.id).where(schedules.c.project == self.project)
            old = (schedule_runs.c.decided < before) & schedule_runs.c.schedule.in_(mine)
            connection.execute(delete(schedule_runs).where(old))
            used = exists().where(events.c.blob == blobs.c.digest)
            connection.execute(delete(blobs).where(~used))
            planned = exists().where(tasks.c.plan == plans.c.digest)
            proposed = exists().where(proposals.c.plan == plans.c.digest)
            connection.execute(delete(plans).where(~planned, ~proposed))
            delete_old_archives(connection, self.project, before)
            delete_unused_files(connection)


def _remove_directories(directories: Iterable[Path]) -> None:
    for path in directories:
        shutil.rmtree(path, ignore_errors=True)
