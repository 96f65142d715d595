"""Compares a bundle on disk with its manifest, or with a fresh compile."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Literal

from worldtree.ansible.bundle.emit.bundle import Bundle, BundleFile
from worldtree.ansible.bundle.manifest import MANIFEST_FILE, BundleProblem, read_manifest

#: What a run of the bundle leaves behind; it is not an edit.
_RUN_LEFTOVER_DIRS = frozenset({"__pycache__", ".ansible"})
_RUN_LEFTOVER_SUFFIXES = (".pyc", ".pyo", ".retry")
#: Hidden top-level entries that belong to the bundle.
_OWN_HIDDEN = frozenset({".ansible-lint"})


def is_foreign(name: str) -> bool:
    """Whether a top-level entry of the directory does not belong to the bundle (``.git``)."""
    return name.startswith(".") and name not in _OWN_HIDDEN


def actual_files(directory: Path) -> dict[str, str | None]:
    """Return path -> None for every file below ``directory``, target for every symbolic link."""
    return dict(sorted(_walk(directory, "")))


def _walk(directory: Path, prefix: str) -> Iterator[tuple[str, str | None]]:
    for entry in os.scandir(directory):
        path = f"{prefix}{entry.name}"
        if not prefix and is_foreign(entry.name):
            continue
        if entry.is_symlink():
            yield path, str(Path(entry.path).readlink())
        elif entry.is_dir():
            if entry.name not in _RUN_LEFTOVER_DIRS:
                yield from _walk(Path(entry.path), f"{path}/")
        elif not entry.name.endswith(_RUN_LEFTOVER_SUFFIXES):
            yield path, None


def verify_bundle(directory: Path) -> list[BundleProblem]:
    """Return the files that were edited, removed or added since the bundle was compiled.

    Raises ``InputError`` when it is not a bundle, ``RefusedError`` when its manifest was edited.
    """
    manifest = read_manifest(directory)
    return _compare(directory, manifest.files, manifest.executable, manifest.links, {MANIFEST_FILE})


def check_stale(directory: Path, fresh: Bundle) -> list[BundleProblem]:
    """Return the files of the bundle in ``directory`` that differ from a fresh compile.

    ``missing`` is a file that the fresh compile adds, ``extra`` one that it does not have.
    """
    if not directory.is_dir():
        return [BundleProblem(path, "missing") for path in sorted(fresh.files)]
    digests = {path: file.digest for path, file in fresh.files.items()}
    executable = frozenset(path for path, file in fresh.files.items() if file.executable)
    return _compare(directory, digests, executable, fresh.links, set())


def _compare(
    directory: Path,
    digests: Mapping[str, str],
    executable: frozenset[str],
    links: Mapping[str, str],
    passed_over: set[str],
) -> list[BundleProblem]:
    found: list[BundleProblem] = []
    actual = actual_files(directory)
    for path, target in actual.items():
        if path in passed_over:
            continue
        if path in links:
            if target != links[path]:
                found.append(BundleProblem(path, "edited"))
        elif path not in digests:
            found.append(BundleProblem(path, "extra"))
        elif target is not None:
            found.append(BundleProblem(path, "edited"))
        elif problem := _file_problem(directory / path, digests[path], path in executable):
            found.append(BundleProblem(path, problem))
    wanted = {*digests, *links} - set(actual) - passed_over
    found.extend(BundleProblem(path, "missing") for path in wanted)
    return sorted(found, key=lambda problem: problem.path)


def _file_problem(
    path: Path, digest: str, executable: bool
) -> Literal["edited", "unreadable"] | None:
    try:
        same = BundleFile(path).digest == digest
        return None if same and bool(path.stat().st_mode & 0o100) == executable else "edited"
    except OSError:
        return "unreadable"
