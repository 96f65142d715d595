"""Follows `import_playbook`: the plays of playbooks in the order in which Ansible runs them."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path

from worldtree.ansible.content.playbooks.model import ImportedPlay, Play, PlaybookImport
from worldtree.ansible.content.playbooks.read import read_playbook
from worldtree.core.errors import Diagnostic, InputError, Mark

#: Returns the file of an import in a collection (`ns.name.playbook`), or None.
FindPlaybook = Callable[[str], Path | None]


def follow_playbooks(
    files: Iterable[Path], find: FindPlaybook
) -> tuple[list[ImportedPlay], list[PlaybookImport]]:
    """Return the plays of ``files``, and the imports whose target is known only when they run.

    Raises ``InputError`` for a file that cannot be read, and for a cycle of imports.
    """
    plays: list[ImportedPlay] = []
    open_: list[PlaybookImport] = []
    for file in files:
        if not file.is_file():
            raise _missing(file, Mark.of_file(str(file)), "check the path")
        _follow(file, (), find, plays, open_)
    return plays, open_


def _follow(
    file: Path,
    imports: tuple[PlaybookImport, ...],
    find: FindPlaybook,
    plays: list[ImportedPlay],
    open_: list[PlaybookImport],
) -> None:
    for entry in read_playbook(file):
        if isinstance(entry, Play):
            plays.append(ImportedPlay(entry, imports))
            continue
        target = _target(entry, find)
        if target is None:
            open_.append(entry)
            continue
        if not target.is_file():
            hint = f"correct the path; it is relative to {entry.file.parent}/"
            raise _missing(target, entry.mark, hint)
        seen = [*(step.file.resolve() for step in imports), entry.file.resolve()]
        if target.resolve() in seen:
            raise _cycle(entry, target)
        _follow(target, (*imports, entry), find, plays, open_)


def _target(entry: PlaybookImport, find: FindPlaybook) -> Path | None:
    if "{{" in entry.target:
        return None
    path = entry.file.parent / entry.target
    if not path.is_file() and entry.target.count(".") >= 2 and "/" not in entry.target:
        return find(entry.target)
    return Path(_shortened(path))


def _shortened(path: Path) -> str:
    """Return ``path`` without `a/..` parts, so that messages are short; links stay."""
    parts: list[str] = []
    for part in path.parts:
        if part == ".." and parts and parts[-1] not in ("..", "/"):
            parts.pop()
        else:
            parts.append(part)
    return str(Path(*parts))


def _missing(file: Path, mark: Mark, hint: str) -> InputError:
    return InputError(
        [Diagnostic("playbook-not-found", f"there is no playbook `{file}`", "", hint, mark=mark)]
    )


def _cycle(entry: PlaybookImport, target: Path) -> InputError:
    return InputError(
        [
            Diagnostic(
                "playbook-cycle",
                f"`{target.name}` imports itself",
                "Following the imports would never end; Ansible fails on this too.",
                "remove this `import_playbook`",
                mark=entry.mark,
            )
        ]
    )
