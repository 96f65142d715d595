"""Names in a written document the environment variables that its playbooks look up."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from worldtree.app.documents.playbook_import.own_check import PlayPlaces
from worldtree.app.documents.playbook_import.text import data_lines
from worldtree.compile.environment_reads import NOT_PASSED, can_be_passed
from worldtree.core.errors import Diagnostic, Mark, Severity
from worldtree.core.text import and_more

#: The line that `ansible` is written above.
_BEFORE = "\n  # Each play gathers its own facts"
#: The line above the settings of Ansible that the document has already.
_SETTINGS = "\n  ansible:\n"
_MOST_NAMED = 10


def looked_up(problems: Iterable[Diagnostic]) -> dict[str, Diagnostic]:
    """Return the names that ``problems`` say runs do not get, sorted, with the first warning."""
    found: dict[str, Diagnostic] = {}
    for problem in problems:
        if problem.slug == NOT_PASSED and can_be_passed(problem.subject):
            found.setdefault(problem.subject, problem)
    return dict(sorted(found.items()))


def with_environment(text: str, names: Sequence[str]) -> tuple[str, int]:
    """Return the document with `spec.ansible.environment`, and how many lines were added."""
    before, mark, after = text.partition(_BEFORE)
    lines = data_lines({"ansible": {"environment": list(names)}}, 2)
    if _SETTINGS in before:
        # These are the last settings above the line.
        lines = lines[1:]
    return "".join([before, "\n", *(f"{line}\n" for line in lines), mark[1:], after]), len(lines)


def passed_finding(names: Mapping[str, Diagnostic], path: Path, places: PlayPlaces) -> Diagnostic:
    """Return what is said of the names, where the first one is read in playbooks or roles.

    ``path`` and ``places`` are those of the document as it was when the names were found.
    """
    mark = next((one.mark for one in names.values() if one.mark is not None), None)
    if mark is None or mark.file == str(path):
        mark = (places.of_line(mark.line) if mark else None) or Mark.of_file(str(path))
    return Diagnostic(
        "imported-differently",
        f"the document names the environment variables that are looked up:"
        f" {and_more([f'`{name}`' for name in names], _MOST_NAMED)}",
        "Runs get variables of your environment only where `spec.ansible.environment` names them.",
        "add names that commands on this machine read by themselves, such as `$NAME` in `shell`",
        Severity.WARNING,
        mark=mark,
    )
