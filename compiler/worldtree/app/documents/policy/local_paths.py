"""Judges paths of files that compiling or Ansible reads on the control side."""

from __future__ import annotations

import shlex
from pathlib import Path, PurePosixPath

from worldtree.app.documents.policy.templates import has_marks
from worldtree.core.linked_paths import is_inside

#: Directories beside the document whose files are not judged as templates.
_UNJUDGED = frozenset({"files", "tasks", "handlers", "library", "module_utils"})


def is_below(written: str, directory: Path | None) -> bool:
    """Whether ``written`` is a plain path of something below ``directory``, links followed."""
    if not written or "\0" in written or has_marks(written) or "${" in written:
        return False
    if written.startswith(("/", "~")) or ".." in PurePosixPath(written).parts:
        return False
    return directory is None or is_inside(directory / written, directory)


def program_of(command: str) -> str:
    """Return the path of the script that a command line of ``script`` begins with.

    It is empty, and so below no directory, where a parameter such as ``creates=`` stands there.
    """
    try:
        words = shlex.split(command)
    except ValueError:
        return ""
    return words[0] if words and "=" not in words[0] else ""


def is_template_place(written: str) -> bool:
    """Whether a template of this path is one that ``check_policy`` reads."""
    parts = PurePosixPath(written).parts
    return not (len(parts) > 1 and parts[0] in _UNJUDGED)
