"""The roles of a bundle: the team's unchanged, the built-in ones with the team's templates."""

from __future__ import annotations

import posixpath
from pathlib import Path

from worldtree.ansible.bundle.emit.bundle import BundleFile, BundleSources
from worldtree.ansible.content.file_digests import content_files
from worldtree.ansible.content.file_modes import shipped_mode
from worldtree.ansible.content.roles import RoleInfo


def role_files(sources: BundleSources) -> dict[str, BundleFile]:
    """Return path -> file of every bundled role, dependencies included."""
    files: dict[str, BundleFile] = {}
    for name, role in sources.calls.carried.items():
        for file in role.content:
            if not _is_test(role, file.relative):
                mode = shipped_mode(file.mode) if role.origin == "builtin" else file.mode
                files[f"roles/{name}/{file.relative}"] = BundleFile(file.path, mode)
        if role.origin == "builtin":
            for relative, path in _overlay(role, sources.templates_paths).items():
                files[f"roles/{name}/templates/{relative}"] = BundleFile(path)
    return files


def role_links(sources: BundleSources) -> dict[str, str]:
    """Return the links by which roles find others under a further name of these."""
    return {
        f"roles/{alias}": posixpath.relpath(name, posixpath.dirname(alias) or ".")
        for alias, name in sources.calls.aliases.items()
    }


def play_files(sources: BundleSources) -> dict[str, BundleFile]:
    """Return path -> file of tasks, handlers and variables that plays name in their own words."""
    return {path: BundleFile(file.path, file.mode) for path, file in sources.calls.files.items()}


def _is_test(role: RoleInfo, relative: str) -> bool:
    """Whether a file is a test of a built-in role; a team's role is copied whole."""
    return role.origin == "builtin" and relative.partition("/")[0] in ("molecule", "tests")


def _overlay(role: RoleInfo, paths: tuple[Path, ...]) -> dict[str, Path]:
    """Return template -> the overlay's file that replaces it; the first directory wins."""
    found: dict[str, Path] = {}
    for base in reversed(paths):
        directory = base / role.path.name
        if directory.is_dir():
            found.update({file.relative: file.path for file in content_files(directory)})
    return found
