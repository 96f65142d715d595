"""Compares a bundle on disk with its manifest, or with a fresh compile."""

from __future__ import annotations

import os
from collections.abc import Collection, Iterator, Mapping
from pathlib import Path

from worldtree.ansible.bundle.emit.bundle import Bundle, BundleFile
from worldtree.ansible.bundle.manifest import (
    MANIFEST_FILE,
    MANIFEST_FILES,
    BundleProblem,
    file_modes,
    read_manifest,
)
from worldtree.ansible.content.file_modes import (
    REGULAR_MODE,
    compared_mode,
    is_checkout_mode,
    permissions,
)

#: What a run of the bundle leaves behind; it is not an edit.
_RUN_LEFTOVER_DIRS = frozenset({"__pycache__", ".ansible"})
_RUN_LEFTOVER_SUFFIXES = (".pyc", ".pyo", ".retry")
#: Hidden top-level entries that belong to the bundle.
_OWN_HIDDEN = frozenset({".ansible-lint", ".gitattributes"})


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
    return _compare(directory, manifest.files, manifest.modes, manifest.links, MANIFEST_FILES)


def added_files(directory: Path) -> list[str]:
    """Return the files that the bundle did not have when it was compiled; links count as files.

    Raises what ``verify_bundle`` raises.
    """
    manifest = read_manifest(directory)
    own = {*manifest.files, *manifest.links, *MANIFEST_FILES}
    return [path for path in actual_files(directory) if path not in own]


def check_stale(directory: Path, fresh: Bundle) -> list[BundleProblem]:
    """Return the files of the bundle in ``directory`` that differ from a fresh compile.

    ``missing`` is a file that the fresh compile adds, ``extra`` one that it does not have.
    """
    if not directory.is_dir():
        return [BundleProblem(path, "missing") for path in sorted(fresh.files)]
    digests = {path: file.digest for path, file in fresh.files.items()}
    return _compare(directory, digests, file_modes(fresh.files), fresh.links, set())


def _compare(
    directory: Path,
    digests: Mapping[str, str],
    modes: Mapping[str, int],
    links: Mapping[str, str],
    passed_over: Collection[str],
) -> list[BundleProblem]:
    found: list[BundleProblem] = []
    actual = actual_files(directory)
    reference = _reference_mode(directory)
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
        elif problem := _file_problem(
            directory / path, digests[path], modes.get(path, REGULAR_MODE), reference
        ):
            found.append(BundleProblem(path, problem))
    wanted = {*digests, *links} - set(actual) - set(passed_over)
    found.extend(BundleProblem(path, "missing") for path in wanted)
    return sorted(found, key=lambda problem: problem.path)


def _reference_mode(directory: Path) -> int:
    """Return the mode of plan.json, which shows the umask of a checkout."""
    try:
        return permissions((directory / MANIFEST_FILE).stat().st_mode)
    except OSError:
        return REGULAR_MODE


def _file_problem(path: Path, digest: str, mode: int, reference: int) -> str | None:
    """Return how a file differs from its digest and mode, or None."""
    try:
        if BundleFile(path).digest != digest:
            return "edited"
        actual = permissions(path.stat().st_mode)
    except OSError:
        return "unreadable"
    if compared_mode(actual) == mode or is_checkout_mode(actual, mode, reference):
        return None
    return f"mode {actual:04o} instead of {mode:04o}"
