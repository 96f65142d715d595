"""Finds the roles below a directory, nested ones too, and the names that Ansible knows them by."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from pathlib import Path

from worldtree.ansible.content.roles.read import ROLE_DIRECTORIES, is_role

#: Directories of a role that hold no roles to be called by name: its content, and its tests.
_NO_ROLES = frozenset({*ROLE_DIRECTORIES, "molecule", "tests", "test", "node_modules"})


def roles_below(directory: Path) -> Iterator[tuple[str, Path]]:
    """Yield name and directory of each role below a directory of ``rolesPath``, sorted.

    A nested role is named by its path (``kubernetes/node``). ``directory`` may be a role itself.
    """
    if is_role(directory):
        yield directory.name, directory
    yield from _below(directory, "", frozenset())


def _below(directory: Path, prefix: str, above: frozenset[str]) -> Iterator[tuple[str, Path]]:
    real = os.path.realpath(directory)
    if real in above:
        return
    for inner in _directories(directory):
        name = f"{prefix}{inner.name}"
        if is_role(inner):
            yield name, inner
        yield from _below(inner, f"{name}/", above | {real})


def _directories(directory: Path) -> list[Path]:
    """Return the directories in ``directory`` that may be roles or hold some, sorted."""
    try:
        found = [Path(one.path) for one in os.scandir(directory) if one.is_dir()]
    except OSError:
        return []
    return sorted(p for p in found if not p.name.startswith(".") and p.name not in _NO_ROLES)


def role_paths_below(directory: Path) -> tuple[Path, ...]:
    """Return the directories of roles of a project: each ``roles/`` below it, or itself."""
    children = _directories(directory)
    if directory.name == "roles" or is_role(directory) or any(map(is_role, children)):
        return (directory,)
    found: dict[str, Path] = {}
    waiting = children
    while waiting:
        inner = waiting.pop(0)
        real = os.path.realpath(inner)
        if real in found or inner.name in ("collections", "ansible_collections"):
            continue
        found[real] = inner
        if inner.name != "roles":
            waiting.extend(_directories(inner))
    return tuple(p for p in found.values() if p.name == "roles") or (directory,)


def name_on_path(path: Path, directories: Iterable[Path]) -> str | None:
    """Return the name of the role ``path`` below the outermost of ``directories`` that has it."""
    around = [one for one in directories if path != one and path.is_relative_to(one)]
    outermost = min(around, key=lambda one: len(one.parts), default=None)
    return path.relative_to(outermost).as_posix() if outermost else None
