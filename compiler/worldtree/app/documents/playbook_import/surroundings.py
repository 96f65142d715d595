"""What stands around playbooks: their `ansible.cfg`, inventories, roles and collections."""

from __future__ import annotations

import configparser
import os
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from worldtree.ansible.content.playbooks.model import ImportedPlay
from worldtree.core.errors import Diagnostic, InputError

#: Values of `gathering` with which a play without `gather_facts` gathers none.
_NO_GATHERING = frozenset({"explicit"})


@dataclass(frozen=True)
class Surroundings:
    """Paths and settings that the plays rely on; paths are absolute."""

    inventories: tuple[Path, ...] = ()
    #: Names of hosts that were given instead of a file: `-i web1,web2`.
    hosts: tuple[str, ...] = ()
    roles_paths: tuple[Path, ...] = ()
    collections_paths: tuple[Path, ...] = ()
    gathers_facts: bool = True
    config: Path | None = None


def find_surroundings(
    plays: Sequence[ImportedPlay],
    inventories: Iterable[str],
    roles_paths: Iterable[Path],
    working_directory: Path,
    home: str,
) -> Surroundings:
    """Return what belongs to ``plays``; paths that are given count from ``working_directory``.

    ``home`` is what `~` means in ``ansible.cfg``. Raises ``InputError`` for an inventory that is
    given and does not exist.
    """
    directories = list(dict.fromkeys(play.directory for play in plays))
    config = _config_file([working_directory, *directories, *(d.parent for d in directories)])
    settings = _settings(config)
    named = [text for text in inventories if "," in text]
    files = [working_directory / text for text in inventories if "," not in text]
    if missing := [path for path in files if not path.exists()]:
        raise InputError([_no_inventory(path) for path in missing])
    if not files and not named and config is not None:
        files = [path for path in _paths(settings, "inventory", config, home) if path.exists()]
    roles = [
        *(working_directory / path for path in roles_paths),
        *(directory / "roles" for directory in directories),
        *(_paths(settings, "roles_path", config, home) if config else ()),
        # Ansible also finds roles beside a playbook.
        *(directory for directory in directories if _has_roles(directory, plays)),
    ]
    collections = [
        *(directory / "collections" for directory in directories),
        *(_paths(settings, "collections_path", config, home) if config else ()),
        *(_paths(settings, "collections_paths", config, home) if config else ()),
    ]
    return Surroundings(
        inventories=tuple(files),
        hosts=tuple(name.strip() for text in named for name in text.split(",") if name.strip()),
        roles_paths=_existing(roles),
        collections_paths=_existing(
            path for path in collections if (path / "ansible_collections").is_dir()
        ),
        gathers_facts=settings.get("gathering", "implicit").strip() not in _NO_GATHERING,
        config=config,
    )


def _no_inventory(path: Path) -> Diagnostic:
    return Diagnostic(
        "inventory-not-found",
        f"there is no inventory `{path}`",
        hint="correct the path; hosts instead of a file end with a comma: `-i web1,`",
    )


def _config_file(directories: Iterable[Path]) -> Path | None:
    files = (directory / "ansible.cfg" for directory in directories)
    return next((file for file in files if file.is_file()), None)


def _settings(file: Path | None) -> dict[str, str]:
    parser = configparser.ConfigParser(interpolation=None, strict=False, allow_no_value=True)
    if file is None:
        return {}
    try:
        parser.read_string(file.read_text(encoding="utf-8", errors="replace"))
    except configparser.Error:
        return {}
    found = parser["defaults"] if parser.has_section("defaults") else {}
    # A semicolon after a space begins a comment.
    return {key: (value or "").partition(" ;")[0] for key, value in found.items()}


def _paths(settings: dict[str, str], key: str, config: Path, home: str) -> list[Path]:
    value = settings.get(key, "")
    separators = "," if key == "inventory" else os.pathsep
    parts = (part.strip().replace("{{CWD}}", ".") for part in value.split(separators))
    expanded = (home + part[1:] if re.match("~(/|$)", part) else part for part in parts if part)
    return [Path(os.path.normpath(config.parent / part)) for part in expanded]


def _has_roles(directory: Path, plays: Iterable[ImportedPlay]) -> bool:
    """Whether a role of the plays in ``directory`` stands beside them."""
    for play in plays:
        keyword = play.play.get("roles")
        for item in keyword.items if keyword and play.directory == directory else ():
            value = item.value
            name = value.get("role", value.get("name")) if isinstance(value, dict) else value
            if isinstance(name, str) and (directory / name / "tasks").is_dir():
                return True
    return False


def _existing(paths: Iterable[Path]) -> tuple[Path, ...]:
    found = (Path(os.path.normpath(path)) for path in paths)
    return tuple(dict.fromkeys(path for path in found if path.is_dir()))
