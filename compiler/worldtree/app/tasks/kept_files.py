"""Files that roles write beside playbook and inventory: kept per cluster, found by its next tasks.

A team's roles write passwords, fetched certificates and the like below `playbook_dir` and
`inventory_dir`. In a task these directories belong to its frozen bundle, which the next task does
not have. So what is new there is moved to the state when the work of a task ends, and the bundle
of the next task has links to it. A bundle has files only, so the directories beside the document
that it lacks are made for a task: Ansible's modules write into none that is not there.
"""

from __future__ import annotations

import configparser
import itertools
import os
import shutil
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from worldtree.ansible.bundle import added_files
from worldtree.ansible.bundle.own_names import GENERATED_DIRECTORIES
from worldtree.core.private_directories import make_private_directory

#: Name of the directory below the home; it has one directory per cluster.
DIRECTORY = "files"
#: Directories of plays, which stand for the directory of the playbook.
_PLAYBOOK_DIRS = ("plays", "rollback")
_INVENTORY_DIR = "inventory"
#: File in a task's directory while its bundle may have files that are not kept yet: the cluster.
_OPEN_MARK = "uncollected"
#: Beginning of names of files that are not complete, or of runs.
_PASSING = (".run-", ".ansible")
#: Directories beside the document that a task gets: levels, and most of them.
_MAX_LEVELS, _MAX_DIRECTORIES = 3, 1000


@dataclass(frozen=True, slots=True)
class KeptFile:
    """A file that is kept: its path below the cluster's directory, bytes, time of change."""

    path: str
    size: int
    modified: float


def clusters_with_files(home: Path) -> list[str]:
    """Return the names of the clusters that have a directory of kept files."""
    place = home / DIRECTORY
    return sorted(path.name for path in place.iterdir()) if place.is_dir() else []


class KeptFiles:
    """The kept files of one cluster. The caller holds the cluster wherever it changes them."""

    def __init__(self, home: Path, cluster: str) -> None:
        self._home, self._cluster = home, cluster
        self.directory = home / DIRECTORY / cluster

    def files(self) -> list[KeptFile]:
        """Return all files, sorted by path."""
        found = []
        for path in sorted(self.directory.rglob("*")):
            if path.is_file() and not path.is_symlink():
                status = path.stat()
                name = path.relative_to(self.directory).as_posix()
                found.append(KeptFile(name, status.st_size, status.st_mtime))
        return found

    def inventory_names(self, bundle: Path) -> list[str]:
        """Return the names that directories of inventories get, which are no inventories."""
        config = configparser.ConfigParser(interpolation=None)
        config.read(bundle / "ansible.cfg", encoding="utf-8")
        sources = config.get("defaults", "inventory", fallback=_INVENTORY_DIR).split(",")
        places = (self.directory / source.strip() for source in sources)
        return sorted({path.name for place in places if place.is_dir() for path in place.iterdir()})

    @contextmanager
    def connected(
        self, task_directory: Path, *, read_only: bool, document: Path | None = None
    ) -> Iterator[None]:
        """Let a task's bundle see the files, and keep what is new in it afterwards.

        With ``read_only`` the bundle has copies, and what is new is deleted. ``document`` is the
        document's directory, whose directories the bundle gets. Files that an earlier task left
        behind, because its process was killed, are kept first. Raises ``OSError``.
        """
        self._recover()
        bundle, mark = task_directory / "bundle", task_directory / _OPEN_MARK
        mark.write_text(f"{self._cluster}\n{'read-only' if read_only else ''}\n", encoding="utf-8")
        if self.directory.is_dir():
            _connect(self.directory, bundle, copy=read_only)
        # Afterwards: the module `copy` replaces a link to a file, not a file in a linked directory.
        if document is not None and document.is_dir():
            _add_directories(document, bundle, without=self._home)
        try:
            yield
        finally:
            self._collect(task_directory)

    def _recover(self) -> None:
        for mark in sorted((self._home / "tasks").glob(f"*/{_OPEN_MARK}")):
            if mark.read_text(encoding="utf-8").splitlines()[:1] == [self._cluster]:
                self._collect(mark.parent)

    def _collect(self, task_directory: Path) -> None:
        bundle, mark = task_directory / "bundle", task_directory / _OPEN_MARK
        read_only = "read-only" in mark.read_text(encoding="utf-8").splitlines()
        for name in added_files(bundle) if bundle.is_dir() else ():
            path = bundle / name
            if Path(name).name.startswith(_PASSING) or path.is_symlink():
                continue
            if read_only:
                path.unlink()
            else:
                self._keep(path, _key(name))
            _remove_empty(path.parent, bundle)
        mark.unlink()
        if not read_only and self.directory.is_dir():
            _connect(self.directory, bundle, copy=False)

    def _keep(self, path: Path, key: str) -> None:
        target = self.directory / key
        make_private_directory(target.parent)
        try:
            path.replace(target)
        except OSError:
            # Another file system, or a directory in the way, which the error then names.
            shutil.move(path, target)


def _remove_empty(directory: Path, bundle: Path) -> None:
    """Remove directories that are empty now; a link may take their place."""
    while directory != bundle and not any(directory.iterdir()):
        directory.rmdir()
        directory = directory.parent


def _key(name: str) -> str:
    """Return the path below the team's directory for a path in a bundle."""
    top, _, rest = name.partition("/")
    return rest if top in _PLAYBOOK_DIRS and rest else name


def _connect(kept: Path, bundle: Path, *, copy: bool) -> None:
    """Make the kept files visible in a bundle, which keeps its own where names are equal."""
    _merge(kept, bundle, copy=copy)
    _link_beside_plays(sorted(path.name for path in kept.iterdir()), bundle)


def _add_directories(document: Path, bundle: Path, *, without: Path) -> None:
    """Make the directories beside a document that its bundle lacks; links are not followed."""
    found = itertools.islice(_directories(document, without), _MAX_DIRECTORIES)
    names = [path.relative_to(document) for path in found]
    for name in names:
        if not _is_there(bundle / name) and (bundle / name.parent).is_dir():
            (bundle / name).mkdir(mode=0o700)
    _link_beside_plays([str(name) for name in names if len(name.parts) == 1], bundle)


def _directories(parent: Path, without: Path, level: int = 1) -> Iterator[Path]:
    """Yield directories, each before those in it; hidden ones have other programs' files."""
    for path in sorted(parent.iterdir()):
        if path.name.startswith(".") or path.is_symlink() or not path.is_dir():
            continue
        if (level == 1 and path.name in GENERATED_DIRECTORIES) or path.samefile(without):
            continue
        yield path
        if level < _MAX_LEVELS and os.access(path, os.R_OK | os.X_OK):
            yield from _directories(path, without, level + 1)


def _link_beside_plays(names: Iterable[str], bundle: Path) -> None:
    for name in names:
        for place in _PLAYBOOK_DIRS:
            link = bundle / place / name
            if name != _INVENTORY_DIR and (bundle / place).is_dir() and not _is_there(link):
                link.symlink_to(f"../{name}")


def _merge(kept: Path, place: Path, *, copy: bool) -> None:
    for source in sorted(kept.iterdir()):
        target = place / source.name
        if source.is_dir() and target.is_dir() and not target.is_symlink():
            _merge(source, target, copy=copy)
        elif _is_there(target):
            continue
        elif not copy:
            target.symlink_to(source)
        elif source.is_dir():
            target.mkdir(mode=0o700)
            _merge(source, target, copy=True)
        else:
            shutil.copy2(source, target)


def _is_there(path: Path) -> bool:
    return os.path.lexists(path)
