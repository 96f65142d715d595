"""Says of each problem of a document that an import wrote where it comes from in the playbooks."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterable, Sequence
from pathlib import Path

from worldtree.ansible.content.playbooks.model import ImportedPlay
from worldtree.app.documents.playbook_import.keywords import PLAY_KEYS, TASK_LISTS, camel_case
from worldtree.app.documents.playbook_import.report import is_lost, not_imported
from worldtree.core.errors import Diagnostic, Mark

#: Key of a document -> keyword of a play, for keys below a module.
_KEYWORDS = {key: name for name, key in PLAY_KEYS.items() if name != "user"} | {
    camel_case(name): name for name in ("vars", "roles", "gather_facts", "hosts", *TASK_LISTS)
}
_KEYWORDS |= {"tags": "tags", "serial": "serial", "policy": "serial"}
#: A key of a task of a module, or of its step.
_KEY = re.compile(r"(?: {10}| {14})(\w+):")
#: A file that an import wrote, by its module.
_FILE = re.compile(r"plays/[^/]+/(\w+)\.yml")


class PlayPlaces:
    """Finds the place in a playbook of a line of the document."""

    def __init__(self, text: str, starts: Sequence[tuple[int, str, ImportedPlay]]) -> None:
        """Take the document, and the first line, the name and the play of each module."""
        self._lines = text.split("\n")
        self._starts = starts

    def moved(self, text: str, lines: int) -> PlayPlaces:
        """Return the places of ``text``, which has more ``lines`` above the first module."""
        return PlayPlaces(text, [(first + lines, name, play) for first, name, play in self._starts])

    def of_line(self, line: int) -> Mark | None:
        """Return the place of the keyword, or of the play; None for the head of the document."""
        index = bisect_right([start for start, _, _ in self._starts], line) - 1
        if index < 0:
            return None
        first, _, play = self._starts[index]
        for text in reversed(self._lines[first - 1 : line]):
            found = _KEY.match(text)
            if found and found.group(1) in _KEYWORDS:
                return _of_keyword(play, _KEYWORDS[found.group(1)])
        return play.play.mark

    def keyword_at(self, mark: Mark) -> tuple[str, int]:
        """Return file and line of the keyword of a play, or of the play, that ``mark`` is in."""
        plays = (play.play for _, _, play in self._starts)
        marks = (one for play in plays for one in (play.mark, *(k.mark for k in play.keywords)))
        lines = [one.line for one in marks if one.file == mark.file and one.line <= mark.line]
        return mark.file, max(lines, default=0)

    def of_file(self, path: str) -> Mark | None:
        """Return the place of the list that the file ``plays/MODULE/KEYWORD.yml`` holds."""
        found = _FILE.fullmatch(path)
        module = Path(path).parent.name
        play = next((play for _, name, play in self._starts if name == module), None)
        return _of_keyword(play, found.group(1)) if found and play is not None else None


def _of_keyword(play: ImportedPlay, name: str) -> Mark:
    keyword = play.play.get(name)
    return keyword.mark if keyword is not None else play.play.mark


def with_refused_parts(
    findings: Sequence[Diagnostic],
    problems: Iterable[Diagnostic],
    document: Path,
    places: PlayPlaces,
) -> list[Diagnostic]:
    """Return ``findings`` of an import, and what ``problems`` of its ``document`` add to them.

    Warnings are left out, and what is said already. What was said to be only different is missing
    where it is refused.
    """
    found = list(findings)
    for problem in problems:
        refused = _refused(problem, document, places)
        if not problem.is_error or any(
            is_lost(one) and _same(one, refused, document, places) for one in findings
        ):
            continue
        found = [one for one in found if is_lost(one) or not _same(one, refused, document, places)]
        found.append(refused)
    return found


def _same(finding: Diagnostic, refused: Diagnostic, document: Path, places: PlayPlaces) -> bool:
    """Whether both are about the same thing of the same keyword of a play.

    What is refused at the head of the document, such as hosts that are missing, is of all plays.
    """
    if not refused.subject or finding.subject != refused.subject:
        return False
    if finding.mark is None or refused.mark is None:
        return False
    if Path(refused.mark.file) == document:
        return True
    return places.keyword_at(finding.mark) == places.keyword_at(refused.mark)


def _refused(problem: Diagnostic, document: Path, places: PlayPlaces) -> Diagnostic:
    mark = problem.mark
    found = None
    if mark is not None:
        path = Path(mark.file)
        if path == document:
            found = places.of_line(mark.line)
        elif path.is_relative_to(document.parent):
            found = places.of_file(path.relative_to(document.parent).as_posix())
    where = f" at {mark}" if mark is not None and found is not None else ""
    why = f"{problem.detail} `wt validate` refuses the document for it{where}: `{problem.slug}`."
    return not_imported(
        problem.summary,
        found or mark or Mark.of_file(str(document)),
        todo=problem.hint,
        why=why.strip(),
        subject=problem.subject,
    )
