"""Inventories given with `-i` in place of a document's hosts."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

from worldtree.core.errors import Diagnostic, InputError

#: Levels above the document below which paths are written relative to it.
_NEAR_LEVELS = 3


def relative_inventories(
    given: Sequence[str], file: Path, working_directory: Path
) -> tuple[str, ...]:
    """Return ``given``, relative to the working directory, as the document ``file`` would name it.

    So a plan is the same in every checkout. Texts with a comma are names of hosts, as for Ansible.
    Raises ``InputError`` for what does not exist.
    """
    base = (working_directory / file).parent
    near = base.parents[min(_NEAR_LEVELS, len(base.parents)) - 1] if base.parents else base
    found: list[str] = []
    problems: list[Diagnostic] = []
    for text in given:
        path = Path(os.path.normpath(working_directory / text))
        if "," in text:
            found.append(text)
        elif not path.exists():
            problems.append(_missing(text))
        else:
            is_near = path.is_relative_to(near)
            found.append(os.path.relpath(path, base) if is_near else str(path))
    if problems:
        raise InputError(problems)
    return tuple(found)


def _missing(text: str) -> Diagnostic:
    return Diagnostic(
        "inventory-not-found",
        f"there is no inventory `{text}`",
        hint="correct the path, which is relative to the working directory; names of hosts have a"
        " comma: `-i web1,`",
    )
