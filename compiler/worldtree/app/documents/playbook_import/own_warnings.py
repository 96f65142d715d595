"""The warnings of a written document, at their places in the playbooks."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from pathlib import Path

from worldtree.app.documents.playbook_import.own_check import PlayPlaces
from worldtree.compile.play_files import NOT_KNOWN
from worldtree.core.errors import Diagnostic, Mark

#: Slugs of warnings about files that `ansible-playbook` has and a run does not get.
_OF_IMPORTS = (NOT_KNOWN, "file-not-carried", "key-not-carried")


def own_warnings(
    findings: Sequence[Diagnostic], problems: Iterable[Diagnostic], path: Path, places: PlayPlaces
) -> list[Diagnostic]:
    """Return the warnings among ``problems`` of the document ``path``, so that the next command
    has none that the import has not said.

    Left out is what one of the ``findings`` of the import says of the same name.
    """
    told = {(one.subject, one.slug) for one in findings if one.subject}
    found = []
    for problem in problems:
        if problem.is_error or (problem.subject, problem.slug) in told:
            continue
        slug = "imported-differently" if problem.slug in _OF_IMPORTS else problem.slug
        found.append(replace(problem, slug=slug, mark=_in_playbook(problem.mark, path, places)))
    return found


def _in_playbook(mark: Mark | None, path: Path, places: PlayPlaces) -> Mark | None:
    """Return the place in a playbook of a place in the document or in a file that is written."""
    if mark is None:
        return None
    file = Path(mark.file)
    if file == path:
        return places.of_line(mark.line) or mark
    if not file.is_relative_to(path.parent):
        return mark
    return places.of_file(file.relative_to(path.parent).as_posix()) or mark
