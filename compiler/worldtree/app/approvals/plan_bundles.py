"""Bundles of plans: the archive of the process that compiled, stored files, and files on disk."""

from __future__ import annotations

import os
import shutil
import tarfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path, PurePosixPath
from tempfile import TemporaryDirectory
from typing import IO, TYPE_CHECKING

from worldtree.ansible.bundle import read_plan, verify_bundle
from worldtree.core.disk_space import is_disk_full
from worldtree.core.errors import InputError, RefusedError
from worldtree.core.file_trees import write_tree
from worldtree.core.private_directories import make_private_directory
from worldtree.core.unnamed_files import temporary_file_error
from worldtree.plan.plan import Plan

if TYPE_CHECKING:
    from worldtree.store.store import Store

#: Name of the bundle's directory in a stored tree, as tasks have it.
BUNDLE = "bundle"
#: Files and links of a bundle at most, and bytes of all files.
_MAX_ENTRIES, _MAX_BYTES = 50_000, 256_000_000


def keep_bundle(store: Store, archive: IO[bytes], scratch: Path) -> tuple[Plan, str]:
    """Store the bundle that a process compiled; return its plan and the digest of its files.

    Raises as ``unpacked_bundle``.
    """
    with unpacked_bundle(archive, scratch) as (plan, bundle):
        return plan, store.keep_files(bundle.parent, (BUNDLE,))


@contextmanager
def unpacked_bundle(archive: IO[bytes], scratch: Path) -> Iterator[tuple[Plan, Path]]:
    """Yield the plan and the directory of a bundle that a process compiled, while the block runs.

    The archive is data of a process that read an untrusted document: what leads out of a directory
    is refused with ``RefusedError``, and so is a bundle that is not what its manifest says. It is
    closed once it is unpacked.
    """
    make_private_directory(scratch)
    with TemporaryDirectory(dir=scratch, prefix=".plan-") as name:
        place = Path(name) / BUNDLE
        try:
            with archive:
                unpack_bundle(archive, place)
        except (tarfile.TarError, ValueError, OSError) as problem:
            if isinstance(problem, OSError) and is_disk_full(problem):
                raise temporary_file_error(scratch, problem) from problem
            raise _unusable() from problem
        yield _checked_plan(place), place


@contextmanager
def stored_bundle(store: Store, proposal: str, files: str | None, scratch: Path) -> Iterator[Path]:
    """Yield a directory with the stored bundle of a proposal while the block runs.

    Each file is compared with its digest, and all with the manifest. Raises ``RefusedError`` for a
    bundle that is not what was stored.
    """
    make_private_directory(scratch)
    with TemporaryDirectory(dir=scratch, prefix=".plan-") as name:
        try:
            if files is None:
                raise KeyError("it was pruned")
            tree = store.file_tree(files)
            if tree.digest != files:
                raise ValueError("the listing is not what its digest says")
            write_tree(tree, Path(name), store.file_content)
        except (KeyError, TypeError, ValueError, zlib.error) as problem:
            raise RefusedError(
                f"the stored bundle of plan {proposal} is damaged: {problem}",
                code="plan-damaged",
                hint="request the plan again; who can write to the database may have changed it",
            ) from problem
        _checked_plan(Path(name) / BUNDLE)
        yield Path(name) / BUNDLE


def unpack_bundle(archive: IO[bytes], place: Path) -> None:
    """Write the files and links of an archive below ``place``; nothing else, and nowhere else.

    The archive is read from where the file is. Raises ``TarError``, ``ValueError`` and ``OSError``
    for another one.
    """
    place.mkdir()
    size = 0
    with tarfile.open(fileobj=archive, mode="r:") as entries:
        for number, entry in enumerate(entries):
            size += entry.size
            if number >= _MAX_ENTRIES or size > _MAX_BYTES:
                raise ValueError("the bundle is too large")
            name = PurePosixPath(entry.name)
            if name.is_absolute() or ".." in name.parts or not name.parts:
                raise ValueError("a path leads out of the bundle")
            target = place / name
            if any((place / parent).is_symlink() for parent in name.parents):
                raise ValueError("a path leads through a link")
            target.parent.mkdir(parents=True, exist_ok=True)
            if entry.issym():
                _require_inside(name, entry.linkname)
                target.symlink_to(entry.linkname)
            elif entry.isreg() and (content := entries.extractfile(entry)) is not None:
                with target.open("xb") as file:
                    shutil.copyfileobj(content, file)
                target.chmod(entry.mode & 0o777)
            else:
                raise ValueError("an entry is neither a file nor a link")


def _require_inside(name: PurePosixPath, link: str) -> None:
    found = os.path.normpath(f"{name.parent.as_posix()}/{link}")
    if link.startswith("/") or found == ".." or found.startswith("../"):
        raise ValueError("a link leads out of the bundle")


def _checked_plan(bundle: Path) -> Plan:
    try:
        if verify_bundle(bundle):
            raise _unusable()
        return read_plan(bundle)
    except InputError as problem:
        raise _unusable() from problem


def _unusable() -> RefusedError:
    return RefusedError(
        "the compiled bundle is not what its manifest says",
        code="plan-damaged",
        hint="request the plan again",
    )
