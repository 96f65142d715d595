"""Old tasks go, with everything that nobody else needs."""

from __future__ import annotations

import shutil
import time
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import Connection, delete, exists, func, select, text, update

from worldtree.store.database import BUSY_TIMEOUT_MS
from worldtree.store.db_errors import StoreError
from worldtree.store.free_pages import give_back
from worldtree.store.schema import blobs, events, leases, plans, successes, tasks
from worldtree.store.tasks import TaskRecord, Tasks

#: Seconds within which a directory may come to have a row.
_MIN_AGE_SECONDS = 86_400


@dataclass(frozen=True, slots=True)
class PruneResult:
    """What went, or would go; sizes in bytes."""

    #: Oldest first.
    tasks: tuple[TaskRecord, ...]
    events: int
    #: Directories of these tasks, and of tasks that nothing else is left of.
    directories: tuple[Path, ...]
    size: int
    #: Old tasks that stay, as what they did last on some host is what is there now.
    needed: int


class Pruning(Tasks):
    """Finds and deletes what is old."""

    def prune(self, before: float, *, dry_run: bool = False) -> PruneResult:
        """Delete the tasks that nothing has happened to since ``before`` (UTC epoch seconds).

        Stay: whatever a task holds a cluster for, and the tasks of last successes. Deleted one by
        one, so that nobody waits for long; a cut-off leaves nothing that the next call would not
        find.
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
            size=sum(map(disk_usage, directories)),
            needed=len(found) - len(gone),
        )
        if not dry_run:
            try:
                kept = {record.directory for record in gone if not self._delete(record.id)}
            except StoreError:
                # Deleting rows takes room first; where there is none the directories give it.
                _remove_directories(pruned.directories)
                kept = {record.directory for record in gone if not self._delete(record.id)}
            _remove_directories(set(pruned.directories) - kept)
            self._delete_unused()
            give_back(self._engine, self.home, BUSY_TIMEOUT_MS)
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
        """Whether it is one of ours to delete: with a server, another machine's are elsewhere."""
        return directory.parent == self.home / "tasks"

    def _orphans(self, before: float, known: Collection[Path]) -> Iterator[Path]:
        """Yield old directories that no row is left of: a cut-off, another machine's turn.

        A task's directory is made before its row, so a young one may be a task to come.
        """
        before = min(before, time.time() - _MIN_AGE_SECONDS)
        names = {record.id for record in self.list_tasks()}
        for path in sorted((self.home / "tasks").glob("*")):
            if path.name not in names and path not in known and path.stat().st_mtime < before:
                yield path

    def _delete(self, task: str) -> bool:
        """Delete a task unless somebody has come to need it meanwhile; say whether."""
        is_held = exists().where(leases.c.task == task, leases.c.released.is_(None))
        is_needed = exists().where(successes.c.task == task)
        with self._writer.begin() as connection:
            connection.execute(update(tasks).where(tasks.c.parent == task).values(parent=None))
            query = delete(tasks).where(tasks.c.id == task, ~is_held, ~is_needed)
            return bool(connection.execute(query).rowcount)

    def _delete_unused(self) -> None:
        with self._writer.begin() as connection:
            if connection.dialect.name == "postgresql":
                # Somebody may be about to refer to content that is there already.
                connection.execute(text("LOCK TABLE blobs, plans IN SHARE ROW EXCLUSIVE MODE"))
            used = exists().where(events.c.blob == blobs.c.digest)
            connection.execute(delete(blobs).where(~used))
            planned = exists().where(tasks.c.plan == plans.c.digest)
            connection.execute(delete(plans).where(~planned))


def _remove_directories(directories: Iterable[Path]) -> None:
    for path in directories:
        shutil.rmtree(path, ignore_errors=True)


def disk_usage(path: Path) -> int:
    """Return the bytes of a file, or of a directory with everything in it; 0 for what is gone."""
    return sum(_sizes(path))


def _sizes(path: Path) -> Iterator[int]:
    try:
        if path.is_dir() and not path.is_symlink():
            for inner in path.iterdir():
                yield from _sizes(inner)
        else:
            yield path.lstat().st_size
    except OSError:
        return
