"""Reports `meta: clear_host_errors` in plays after the first, which a document cannot say."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator, Sequence
from pathlib import Path

from worldtree.ansible.content.places import word_mark
from worldtree.ansible.content.playbooks.followed_tasks import followed_files, followed_tasks
from worldtree.ansible.content.playbooks.model import ImportedPlay
from worldtree.ansible.content.roles.role_task import clears_host_errors
from worldtree.app.documents.playbook_import.keywords import TASK_LISTS
from worldtree.app.documents.playbook_import.report import ImportReport
from worldtree.app.documents.playbook_import.role_places import RolePlaces
from worldtree.core.errors import Mark

_WORD = "clear_host_errors"
#: What a file of tasks has that does so, or leads to one.
_WORDS = re.compile(rf"{_WORD}|(?:include|import)_tasks")


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
    seen: set[Path] = set()
    for keyword in play.play.keywords:
        if keyword.name in TASK_LISTS:
            line = keyword.mark.line
            for file, tasks in followed_tasks(keyword.value, (play.directory,), seen, _WORDS):
                if any(map(clears_host_errors, tasks)):
                    yield word_mark(file or play.play.file, _WORD, from_line=1 if file else line)
    for directory in places.directories(play):
        globs = (sorted(directory.glob(f"{part}/**/*.y*ml")) for part in ("tasks", "handlers"))
        own = itertools.chain.from_iterable(globs)
        for file, tasks in followed_files(own, (play.directory,), seen, _WORDS):
            if file is not None and any(map(clears_host_errors, tasks)):
                yield word_mark(file, _WORD)
