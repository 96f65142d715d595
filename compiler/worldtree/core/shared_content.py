"""Files kept once by their content: one directory of them, which other directories link to.

A task keeps a whole bundle, and most of its files are those of the task before. Each use is a hard
link, so a file that nothing but the directory itself links to is in no use.
"""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from worldtree.core.file_digest import file_digest
from worldtree.core.private_directories import make_private_directory

#: Name of the directory below the home.
DIRECTORY = "content"


class SharedContent:
    """The directory ``content`` of the state, which is created when it is first needed.

    A file is named after the sha256 of its bytes and its mode, since links share the mode as well.
    """

    def __init__(self, home: Path) -> None:
        self._place = home / DIRECTORY

    def link(self, target: Path, digest: str, mode: int, write: Callable[[Path], None]) -> None:
        """Make ``target`` the file with this sha256 (hex) and mode.

        ``write`` writes the content to a path, where it is not there yet, or was changed in place
        through a link. Where there can be no link, ``target`` is a file of its own. Raises
        ``OSError``.
        """
        kept = self._place / digest[:2] / f"{digest}-{mode:o}"
        if not _is_intact(kept, digest, mode):
            self._keep(kept, digest, mode, write)
        try:
            os.link(kept, target)
        except OSError:
            # Another file system, one without links, too many links, or swept in this moment.
            write(target)
            target.chmod(mode)

    def _keep(self, kept: Path, digest: str, mode: int, write: Callable[[Path], None]) -> None:
        make_private_directory(kept.parent)
        handle, name = tempfile.mkstemp(dir=kept.parent, prefix=".new-")
        os.close(handle)
        fresh = Path(name)
        try:
            write(fresh)
            fresh.chmod(mode)
            # What its source became in the meantime is not kept under the old name.
            if file_digest(fresh) == digest:
                fresh.replace(kept)
        finally:
            fresh.unlink(missing_ok=True)

    def copy(self, source: Path, target: Path) -> None:
        """Make ``target`` the same file where that is shared already, else a copy of it.

        Raises ``OSError``.
        """
        if source.stat().st_nlink > 1:
            with suppress(OSError):  # Too many links.
                os.link(source, target)
                return
        shutil.copy2(source, target)

    def sweep(self) -> None:
        """Delete the files that nothing links to any more."""
        for path in self._place.glob("*/*"):
            if path.lstat().st_nlink == 1:
                path.unlink(missing_ok=True)


def _is_intact(path: Path, digest: str, mode: int) -> bool:
    try:
        return path.lstat().st_mode & 0o7777 == mode and file_digest(path) == digest
    except FileNotFoundError:
        return False
