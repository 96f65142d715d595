"""Follows `import_playbook`: the plays of playbooks in the order in which Ansible runs them."""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path

from worldtree.ansible.content.playbooks.model import ImportedPlay, Play, PlaybookImport
from worldtree.ansible.content.playbooks.read import read_playbook
from worldtree.core.errors import Diagnostic, InputError, Mark


def follow_playbooks(
    files: Iterable[Path],
) -> tuple[list[ImportedPlay], list[PlaybookImport]]:
    """Return the plays of ``files``, and the imports whose target is a template or in a collection.

    Raises ``InputError`` for a file that cannot be read, and for a cycle of imports.
    """
    plays: list[ImportedPlay] = []
    open_: list[PlaybookImport] = []
    for file in files:
        if not file.is_file():
            raise _missing(file, Mark.of_file(str(file)), "check the path")
        _follow(file, (), plays, open_)
    return plays, open_


def _follow(
    file: Path,
    imports: tuple[PlaybookImport, ...],
    plays: list[ImportedPlay],
    open_: list[PlaybookImport],
) -> None:
    for entry in read_playbook(file):
        if isinstance(entry, Play):
            plays.append(ImportedPlay(entry, imports))
            continue
        target = _target(entry)
        if target is None:
            open_.append(entry)
            continue
        if not target.is_file():
            hint = f"correct the path; it is relative to {entry.file.parent}/"
            raise _missing(target, entry.mark, hint)
        seen = [*(step.file.resolve() for step in imports), entry.file.resolve()]
        if target.resolve() in seen:
            raise _cycle(entry, target)
        _follow(target, (*imports, entry), plays, open_)


def _target(entry: PlaybookImport) -> Path | None:
    path = entry.file.parent / entry.target
    if "{{" in entry.target or (entry.is_in_collection and not path.is_file()):
        return None
    # Links stay, as in what the person wrote.
    return Path(os.path.normpath(path))


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
