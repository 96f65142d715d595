"""The source of a task: what its plan was made from, stored for compiling it again."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from worldtree.compile.compiler import PlanResult
    from worldtree.compile.selection import Selection

SOURCE_FILE = "origin.json"


@dataclass(frozen=True)
class TaskSource:
    """A document, a pipeline, a selection, and what the pipeline asked for besides."""

    #: Absolute; None for a reviewed bundle without its document.
    file: Path | None
    pipeline: str
    selection: Selection
    #: Id of the task whose document builders compared with; None: with none.
    previous: str | None = None
    #: The facts that builders read, by host and name.
    facts: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    #: Whether its plan is all that the document asks for.
    whole: bool = True
    #: Directory of an inventory in the bundle -> the team's.
    inventories: Mapping[str, Path] = field(default_factory=dict)

    @property
    def base(self) -> Path | None:
        """The base of relative paths in the document."""
        return None if self.file is None else self.file.parent


def write_task_source(directory: Path, source: TaskSource) -> None:
    """Write ``source`` to a task's directory."""
    data = {
        "file": None if source.file is None else str(source.file),
        "pipeline": source.pipeline,
        "selection": asdict(source.selection),
        "previous": source.previous,
        "facts": source.facts,
        "whole": source.whole,
        "inventories": {place: str(path) for place, path in source.inventories.items()},
    }
    (directory / SOURCE_FILE).write_text(json.dumps(data), encoding="utf-8")


def read_task_source(directory: Path) -> TaskSource | None:
    """Read the source of a task; None if it was not stored."""
    from worldtree.compile.selection import Selection

    try:
        data: dict[str, Any] = json.loads((directory / SOURCE_FILE).read_text(encoding="utf-8"))
    except FileNotFoundError:
        return None
    asked = {one.name: tuple(data["selection"].get(one.name, ())) for one in fields(Selection)}
    file, selection = data["file"], Selection(**asked)
    return TaskSource(
        None if file is None else Path(file),
        data["pipeline"],
        selection,
        data.get("previous"),
        data.get("facts", {}),
        data.get("whole", not selection),
        {place: Path(path) for place, path in data.get("inventories", {}).items()},
    )


def task_source(planned: PlanResult, file: Path, selection: Selection) -> TaskSource:
    """Return the source of a plan that was made of ``file`` (absolute)."""
    context, previous = planned.state.context, planned.state.previous
    compared = previous is not None and context.previous is not None
    external = planned.inventory.external
    placed = {} if external is None else external.placed.directories
    return TaskSource(
        file,
        planned.plan.pipeline,
        selection,
        previous.task if previous is not None and compared else None,
        context.facts.read,
        whole=not selection,
        inventories={place: path for path, place in placed.items()},
    )
