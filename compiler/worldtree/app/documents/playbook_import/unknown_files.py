"""Says which files of a written document its runs do not get, or may not get."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

from worldtree.app.documents.playbook_import.own_check import PlayPlaces
from worldtree.compile.play_files import NOT_KNOWN
from worldtree.core.errors import Diagnostic, Mark

#: Slugs of warnings that need an answer in the document or beside it.
_WARNINGS = (NOT_KNOWN, "file-not-carried", "key-not-carried")


def unknown_files(
    problems: Iterable[Diagnostic], path: Path, places: PlayPlaces
) -> list[Diagnostic]:
    """Return those of ``problems`` of the document ``path``, at their places in the playbooks."""
    return [
        replace(problem, slug="imported-differently", mark=_in_playbook(problem.mark, path, places))
        for problem in problems
        if problem.slug in _WARNINGS
    ]


def _in_playbook(mark: Mark | None, path: Path, places: PlayPlaces) -> Mark | None:
    if mark is None or mark.file != str(path):
        return mark
    return places.of_line(mark.line) or mark
