"""The copy of a bundle that a task runs from, in the task's directory (ADR 1)."""

from __future__ import annotations

import shutil
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from worldtree.ansible.bundle import Bundle, added_files, emit, read_bundle, verify_bundle
from worldtree.app.tasks.task_source import SOURCE_FILE, read_task_source, write_task_source
from worldtree.core.errors import RefusedError
from worldtree.core.file_trees import write_tree
from worldtree.core.fsync import BackgroundSync
from worldtree.core.next_steps import APPLY_CHANGED
from worldtree.core.private_directories import make_private_directory
from worldtree.core.shared_content import SharedContent
from worldtree.core.text import and_more

if TYPE_CHECKING:
    from worldtree.store.store import Store, TaskRecord

#: What a task needs of its directory to go on elsewhere: the bundle, the source and the facts.
_FILES = ("bundle", SOURCE_FILE, "facts")
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


def keep_task_files(store: Store, directory: Path) -> str | None:
    """Store the files of a task where other machines can use them; return the tree's digest."""
    return store.keep_files(directory, _FILES) if store.is_shared else None


def has_task_files(record: TaskRecord) -> bool:
    """Whether the bundle of a task is here, or can be brought here."""
    return record.files is not None or (record.directory / "bundle").is_dir()


def restore_task_files(store: Store, record: TaskRecord) -> None:
    """Bring the files of a task that began on another machine here, unless they are.

    Raises ``RefusedError`` if the database has not what the task began with.
    """
    directory = record.directory
    if record.files is None or (directory / "bundle").is_dir():
        return
    make_private_directory(directory)
    with TemporaryDirectory(dir=directory, prefix=".restored-") as place:
        try:
            write_tree(store.file_tree(record.files), Path(place), store.file_content)
        except (KeyError, ValueError) as problem:
            raise RefusedError(
                f"the files of task {record.id} in the database are damaged: {problem}",
                code="task-bundle-missing",
                next_steps=[APPLY_CHANGED],
            ) from problem
        refuse_edited(Path(place) / "bundle")
        # The bundle comes last: where it is, the others are.
        for name in reversed(_FILES):
            found = Path(place) / name
            if found.exists() and not (directory / name).exists():
                found.rename(directory / name)
    BackgroundSync(directory).wait()
