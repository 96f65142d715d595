"""What a task was made from; kept in its directory, so that it can be compiled anew."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from worldtree.compile.selection import Selection

_FILE_NAME = "origin.json"


@dataclass(frozen=True)
class TaskSource:
    """A document, and what was asked for of it."""

    #: Absolute; None for a reviewed bundle whose document was not at hand.
    file: Path | None
    pipeline: str
    selection: Selection

    @property
    def base(self) -> Path | None:
        """Where relative paths of the document start."""
        return None if self.file is None else self.file.parent


def write_task_source(directory: Path, source: TaskSource) -> None:
    """Keep ``origin`` in a task's directory."""
    data = {
        "file": None if source.file is None else str(source.file),
        "pipeline": source.pipeline,
        "selection": asdict(source.selection),
    }
    (directory / _FILE_NAME).write_text(json.dumps(data), encoding="utf-8")


def read_task_source(directory: Path) -> TaskSource | None:
    """Return what a task was made from; None where that was not kept."""
    from worldtree.compile.selection import Selection

    try:
        data: dict[str, Any] = json.loads((directory / _FILE_NAME).read_text(encoding="utf-8"))
    except FileNotFoundError:
        return None
    asked = {one.name: tuple(data["selection"].get(one.name, ())) for one in fields(Selection)}
    file = data["file"]
    return TaskSource(None if file is None else Path(file), data["pipeline"], Selection(**asked))
