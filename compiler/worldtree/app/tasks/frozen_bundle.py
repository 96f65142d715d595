"""The copy of a bundle that a task runs from, in the task's directory (ADR 1)."""

from __future__ import annotations

import shutil
from pathlib import Path

from worldtree.ansible.bundle import Bundle, added_files, emit, read_bundle, verify_bundle
from worldtree.app.tasks.task_source import read_task_source, write_task_source
from worldtree.core.errors import RefusedError
from worldtree.core.shared_content import SharedContent
from worldtree.core.text import and_more

#: Edited files that a message names; further ones are counted.
_MAX_NAMED = 10


def freeze_bundle(bundle: Bundle | Path, directory: Path, home: Path) -> Path:
    """Write the bundle below a task's directory and return its path.

    Files that the bundle of an earlier task has as well are links to the same content. Raises
    ``RefusedError`` for an edited one.
    """
    target, shared = directory / "bundle", SharedContent(home)
    if isinstance(bundle, Path):
        refuse_edited(bundle)
        emit(read_bundle(bundle), target, shared)
        refuse_edited(target)  # It may have been edited since.
    else:
        emit(bundle, target, shared)
    return target


def refuse_edited(bundle: Path) -> None:
    """Raise ``RefusedError`` if files of a bundle were edited since it was compiled."""
    problems = verify_bundle(bundle)
    if problems:
        files = and_more([str(problem) for problem in problems], _MAX_NAMED)
        raise RefusedError(
            f"{bundle} was edited after it was compiled: {files}",
            code="bundle-edited",
            hint="compile it again, or restore the files",
        )


def copy_task_files(parent: Path, directory: Path, home: Path) -> None:
    """Copy bundle, source and facts of a task to the directory of its rollback."""
    shared, bundle = SharedContent(home), parent / "bundle"
    # Playbooks of runs, and what roles wrote, which may be passwords.
    added = {bundle / name for name in added_files(bundle)}
    shutil.copytree(
        bundle,
        directory / "bundle",
        symlinks=True,
        ignore=lambda place, names: [name for name in names if Path(place) / name in added],
        copy_function=lambda source, target: shared.copy(Path(source), Path(target)),
    )
    source = read_task_source(parent)
    if source is not None:
        write_task_source(directory, source)
    if (parent / "facts").is_dir():
        shutil.copytree(parent / "facts", directory / "facts")
