"""Writes a bundle to disk: to a directory beside the target, which is then swapped in."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Mapping
from pathlib import Path

from worldtree.ansible.bundle.emit.bundle import Bundle, BundleFile
from worldtree.ansible.bundle.manifest import MANIFEST_FILE, MANIFEST_FILES, read_manifest
from worldtree.ansible.bundle.verify import actual_files, is_foreign
from worldtree.ansible.content.file_modes import permissions
from worldtree.core.disk_space import is_disk_full
from worldtree.core.errors import InputError, RefusedError, WorldTreeError
from worldtree.core.shared_content import SharedContent


def emit(bundle: Bundle, directory: Path, shared: SharedContent | None = None) -> None:
    """Write the bundle to ``directory``; unchanged files are kept as they are.

    With ``shared``, files are links to content that is kept there.

    Raises ``RefusedError`` when the directory contains files that are not of a bundle, and
    ``WorldTreeError`` when it cannot be written. Hidden top-level entries (``.git``) are kept.
    """
    target = Path(os.path.normpath(directory.absolute()))
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        known = _known_digests(target)
        work = Path(tempfile.mkdtemp(prefix=f".{target.name}-", dir=target.parent))
        try:
            fresh = work / "new"
            fresh.mkdir()
            _write(bundle, fresh, target, known, shared)
            _swap(fresh, target, work / "old")
        finally:
            shutil.rmtree(work, ignore_errors=True)
    except OSError as problem:
        msg = f"the bundle cannot be written to {target}: {problem.strerror}: {problem.filename}"
        raise WorldTreeError(
            msg, code="bundle-not-written", hint=_hint(problem, target, shared)
        ) from problem


def _hint(problem: OSError, target: Path, shared: SharedContent | None) -> str:
    """Return how to fix ``problem``; empty where a file of the team's cannot be read."""
    name = "`--dir`" if shared is None else "WORLDTREE_HOME"
    if is_disk_full(problem):
        return f"free some space there, or name another directory with {name}"
    place = Path(problem.filename or target)
    is_ours = place in target.parents or place.name.startswith(f".{target.name}-")
    return f"name another directory, which this user can write, with {name}" if is_ours else ""


def _known_digests(target: Path) -> Mapping[str, str]:
    """Return the file digests of the bundle in place; raises where there is no bundle."""
    if target.is_symlink() or (target.exists() and not target.is_dir()):
        msg = f"{target} is not a directory"
        raise RefusedError(
            msg, code="output-directory-occupied", hint="name another directory with `--dir`"
        )
    if not target.exists() or not any(not is_foreign(p.name) for p in target.iterdir()):
        return {}
    if not (target / MANIFEST_FILE).exists():
        msg = f"{target} is not empty and not a bundle"
        raise RefusedError(
            msg,
            code="output-directory-occupied",
            hint="name an empty or new directory with `--dir`",
        )
    try:
        manifest = read_manifest(target)
    except InputError:
        msg = f"{target} is not empty and not a bundle: its {MANIFEST_FILE} is not a manifest"
        raise RefusedError(
            msg,
            code="output-directory-occupied",
            hint="name an empty or new directory with `--dir`",
        ) from None
    except RefusedError:
        # An edited manifest, or one of another version, is not reliable: replace the whole bundle.
        return {}
    own = {*manifest.files, *manifest.links, *MANIFEST_FILES}
    strange = sorted(path for path in actual_files(target) if path not in own)
    if strange:
        msg = f"{target} contains files that do not belong to the bundle: {', '.join(strange[:5])}"
        raise RefusedError(
            msg,
            code="output-directory-occupied",
            hint="move them elsewhere, or name another directory",
        )
    return manifest.files


def _write(
    bundle: Bundle,
    fresh: Path,
    target: Path,
    known: Mapping[str, str],
    shared: SharedContent | None,
) -> None:
    made = {fresh}
    for path, file in bundle.files.items():
        place = fresh / path
        _make_parents(place.parent, made)
        if shared is not None:
            shared.link(place, file.digest, file.mode, file.write)
        else:
            _write_file(file, place, target / path, known.get(path))
    for path, points_at in bundle.links.items():
        place = fresh / path
        _make_parents(place.parent, made)
        place.symlink_to(points_at)
    for folder in made:
        folder.chmod(0o755)


def _write_file(file: BundleFile, place: Path, old: Path, known: str | None) -> None:
    if known is not None and known == file.digest and _is_same(file, old):
        try:
            os.link(old, place)
            return
        except OSError:
            pass  # The file system has no hard links: copy the file.
    file.write(place)
    place.chmod(file.mode)


def _is_same(file: BundleFile, old: Path) -> bool:
    if old.is_symlink() or not old.is_file() or permissions(old.stat().st_mode) != file.mode:
        return False
    return BundleFile(old).digest == file.digest


def _make_parents(folder: Path, made: set[Path]) -> None:
    missing = []
    while folder not in made:
        missing.append(folder)
        folder = folder.parent
    for path in reversed(missing):
        path.mkdir()
        made.add(path)


def _swap(fresh: Path, target: Path, old: Path) -> None:
    if not target.exists():
        fresh.rename(target)
        return
    for entry in target.iterdir():
        if is_foreign(entry.name) and not (fresh / entry.name).exists():
            entry.rename(fresh / entry.name)
    if _is_occupied(target):
        _swap_entries(fresh, target, old)
        return
    target.rename(old)
    try:
        fresh.rename(target)
    except BaseException:  # Ctrl-C too: put the old bundle back.
        old.rename(target)
        raise


def _is_occupied(target: Path) -> bool:
    """Whether it is a mount point or holds the working directory, and so must not be replaced."""
    try:
        here = Path.cwd()
    except OSError:
        here = None
    return (here is not None and here.is_relative_to(target)) or target.is_mount()


def _swap_entries(fresh: Path, target: Path, old: Path) -> None:
    """Replace what is in the directory; plan.json last, so that a half-done swap shows."""
    old.mkdir()
    for entry in sorted(target.iterdir(), key=lambda p: p.name == MANIFEST_FILE):
        entry.rename(old / entry.name)
    for entry in sorted(fresh.iterdir(), key=lambda p: p.name == MANIFEST_FILE):
        entry.rename(target / entry.name)
