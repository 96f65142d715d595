"""Reports `meta: clear_host_errors` in plays after the first, which a document cannot say."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

from worldtree.ansible.content.places import word_mark
from worldtree.ansible.content.playbooks.model import ImportedPlay
from worldtree.ansible.content.roles.role_task import INCLUDES, clears_host_errors, iter_tasks
from worldtree.ansible.content.yaml_files import UnreadableYamlError, read_yaml
from worldtree.app.documents.playbook_import.keywords import TASK_LISTS
from worldtree.app.documents.playbook_import.report import ImportReport
from worldtree.app.documents.playbook_import.role_places import RolePlaces
from worldtree.core.errors import Mark

_WORD = "clear_host_errors"


def report_cleared_errors(
    plays: Sequence[ImportedPlay], places: RolePlaces, report: ImportReport
) -> None:
    """Report each place, once, where a play or a file of it takes hosts of earlier plays back."""
    marks = {mark: None for play in plays[1:] for mark in _marks(play, places)}
    for mark in marks:
        report.lost(
            f"`meta: {_WORD}` for hosts that failed in an earlier play",
            mark,
            why="Steps that follow leave out hosts that failed in a step that they need.",
            todo="where the failure is expected, handle it in the task that fails, with `rescue` "
            "or `ignore_errors`",
        )


def _marks(play: ImportedPlay, places: RolePlaces) -> Iterator[Mark]:
    files: list[Path] = []
    for keyword in play.play.keywords:
        if keyword.name in TASK_LISTS:
            if _clears(keyword.value):
                yield word_mark(play.play.file, _WORD, from_line=keyword.mark.line)
            files += _included(keyword.value, [play.directory])
    for directory in places.directories(play):
        files += sorted(directory.glob("tasks/**/*.y*ml"))
        files += sorted(directory.glob("handlers/**/*.y*ml"))
    # The list grows by what the files include.
    for file in files:
        tasks = _tasks(file)
        if _clears(tasks):
            yield word_mark(file, _WORD)
        more = _included(tasks, [file.parent, play.directory])
        files += [one for one in more if one not in files]


def _clears(tasks: Any) -> bool:
    return any(clears_host_errors(task) for task in iter_tasks(tasks, ""))


def _included(tasks: Any, places: Iterable[Path]) -> list[Path]:
    named = [task.included_file for task in iter_tasks(tasks, "") if task.action in INCLUDES]
    found = [Path(os.path.normpath(place / name)) for name in named if name for place in places]
    return [path for path in found if path.is_file()]


def _tasks(file: Path) -> Any:
    try:
        return read_yaml(file)
    except (OSError, UnicodeDecodeError, UnreadableYamlError):
        return None  # The check of the document reports it.
