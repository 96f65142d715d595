"""Creates the directories of the state, accessible to this user only.

Kept apart from the store, whose database libraries are slow to import.
"""

from __future__ import annotations

import errno
import os
from pathlib import Path

from worldtree.core.disk_space import is_disk_full
from worldtree.core.errors import ExitCode, WorldTreeError

_ANOTHER_PLACE = "set WORLDTREE_HOME to a directory that this user can write, or correct this one"


class StoreError(WorldTreeError):
    """The state is unusable: its database or its directories."""


class UnusablePlaceError(StoreError):
    """No directory can be where the settings want the state; nothing was changed."""

    exit_code = ExitCode.INPUT


def make_private_directory(directory: Path) -> None:
    """Create ``directory`` and its missing parents with mode 0700; existing ones are not changed.

    Raises ``StoreError``, and ``UnusablePlaceError`` where free space would not help.
    """
    path = directory
    try:
        missing = [path for path in (directory, *directory.parents) if not path.exists()]
        for path in reversed(missing):
            path.mkdir(mode=0o700, exist_ok=True)
        path = directory
        if not directory.is_dir():
            raise NotADirectoryError(errno.ENOTDIR, "Not a directory")
    except OSError as error:
        what = f"cannot create the directory {path}: {error.strerror}"
        if _may_work_again(error):
            hint = "free some space there, or set WORLDTREE_HOME to another directory"
            raise StoreError(
                what,
                code="store-unavailable" if error.errno == errno.EIO else "disk-full",
                hint=hint,
            ) from error
        raise UnusablePlaceError(
            what, code="state-directory-unusable", hint=_ANOTHER_PLACE
        ) from error


def refuse_unwritable(directory: Path) -> None:
    """Raise ``UnusablePlaceError`` if this user can make no file in ``directory``.

    A want of free space is no such reason. To be called after a failure: it makes a file and
    deletes it.
    """
    from tempfile import TemporaryFile

    try:
        TemporaryFile(dir=directory).close()
    except OSError as error:
        if not _may_work_again(error):
            what = f"the state directory {directory} is not writable: {error.strerror}"
            raise UnusablePlaceError(
                what, code="state-directory-unusable", hint=_ANOTHER_PLACE
            ) from error


def unusable_file(file: Path) -> UnusablePlaceError | None:
    """Return the error for a file that this user may not read and write; None for any other.

    To be called after a failure.
    """
    try:
        owner = file.stat().st_uid
    except OSError:
        return None
    if os.access(file, os.R_OK | os.W_OK, effective_ids=os.access in os.supports_effective_ids):
        return None
    if owner == os.geteuid():
        what, hint = "this user may not read and write it", f"run `chmod u+rw {file}`"
    else:
        what = f"it belongs to the user {_user_name(owner)}"
        hint = "run the command as that user, or set WORLDTREE_HOME to a directory of your own"
    return UnusablePlaceError(
        f"the database {file} cannot be used: {what}", code="state-file-unusable", hint=hint
    )


def _may_work_again(error: OSError) -> bool:
    """Whether an error is not the caller's: the place is right."""
    return is_disk_full(error) or error.errno == errno.EIO


def _user_name(number: int) -> str:
    import pwd

    try:
        return pwd.getpwuid(number).pw_name
    except KeyError:
        return str(number)
