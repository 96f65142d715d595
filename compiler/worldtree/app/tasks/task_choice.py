"""Chooses the task that a command works on, and says which one it is."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from worldtree.app.tasks.task_source import read_task_source

if TYPE_CHECKING:
    from worldtree.store.store import Store, TaskRecord


@dataclass(frozen=True, slots=True)
class ChosenTask:
    """A task, and the document that it was made from."""

    record: TaskRecord
    #: None when it is not known.
    document: Path | None


def choose_task(
    store: Store,
    name: str,
    clusters: Collection[str] | None,
    rather_than: Collection[str] = (),
    *,
    refused: bool = True,
) -> ChosenTask:
    """Return the task whose id is, or begins with, ``name``.

    ``latest`` is the newest one of ``clusters`` (None: of all); a task of the commands
    ``rather_than``, and without ``refused`` one that ended before it began, only without any other.
    Raises ``UnknownTaskError``.
    """
    record = store.task(name, rather_than=rather_than, clusters=clusters, refused=refused)
    source = read_task_source(record.directory)
    return ChosenTask(record, None if source is None else source.file)
