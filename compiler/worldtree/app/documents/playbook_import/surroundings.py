"""What stands around playbooks: their `ansible.cfg`, inventories, roles and collections."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from worldtree.ansible.content.playbooks.model import ImportedPlay
from worldtree.ansible.content.team_config import TeamConfig, find_team_config, read_team_config
from worldtree.core.errors import Diagnostic, InputError
from worldtree.core.written_paths import home_path

#: Values of `gathering` with which a play without `gather_facts` gathers none.
_NO_GATHERING = frozenset({"explicit"})
#: Where Ansible looks for roles and collections without a setting; the first is in the home.
_ROLES = (".ansible/roles", "/usr/share/ansible/roles", "/etc/ansible/roles")
_COLLECTIONS = (".ansible/collections", "/usr/share/ansible/collections")


@dataclass(frozen=True)
class Surroundings:
    """Paths and settings that the plays rely on; paths are absolute."""

    inventories: tuple[Path, ...] = ()
    #: Names of hosts that were given instead of a file: `-i web1,web2`.
    hosts: tuple[str, ...] = ()
    roles_paths: tuple[Path, ...] = ()
    #: Those of them that nothing names: Ansible searches them without a setting.
    default_roles_paths: frozenset[Path] = frozenset()
    collections_paths: tuple[Path, ...] = ()
    gathers_facts: bool = True
    config: Path | None = None
    #: Where `~` is; None if that is not known.
    home: Path | None = None

    @property
    def sources(self) -> tuple[Path | str, ...]:
        """All inventories: paths, and names with a comma."""
        named = (f"{','.join(self.hosts)},",) if self.hosts else ()
        return (*self.inventories, *named)


def find_surroundings(
    plays: Sequence[ImportedPlay],
    named: Sequence[Path],
    inventories: Iterable[str],
    roles_paths: Iterable[Path],
    working_directory: Path,
    environ: Mapping[str, str],
) -> tuple[Surroundings, list[Diagnostic]]:
    """Return what belongs to ``plays``, and warnings about an ``ansible.cfg``.

    ``named`` are the directories of the playbooks that were given; others are imported by these.
    Paths that are given count from ``working_directory``. Raises ``InputError`` for an inventory
    that is given and does not exist, and for an ``ansible.cfg`` that cannot be read.
    """
    directories = list(dict.fromkeys(play.directory for play in plays))
    around = list(dict.fromkeys([*named, *directories]))
    places = (working_directory, *around, *(directory.parent for directory in around))
    config, warnings = _team_config(places, working_directory, environ)
    given = [text for text in inventories if "," in text]
    files = [working_directory / text for text in inventories if "," not in text]
    if missing := [path for path in files if not path.exists()]:
        raise InputError([_no_inventory(path) for path in missing])
    if not files and not given:
        files = [path for path in config.inventories if path.exists()]
    searched = _search_path(
        "ANSIBLE_ROLES_PATH", config.roles_path, _ROLES, working_directory, environ
    )
    own = [
        *(working_directory / path for path in roles_paths),
        *(directory / "roles" for directory in directories),
    ]
    unset = not config.roles_path and not environ.get("ANSIBLE_ROLES_PATH")
    roles = [
        *own,
        *searched,
        # Ansible also finds roles beside a playbook.
        *(directory for directory in directories if _has_roles(directory, plays)),
    ]
    collections = [
        *(directory / "collections" for directory in around),
        *_search_path(
            "ANSIBLE_COLLECTIONS_PATH",
            config.collections_path,
            _COLLECTIONS,
            working_directory,
            environ,
        ),
    ]
    found = Surroundings(
        inventories=tuple(files),
        hosts=tuple(name.strip() for text in given for name in text.split(",") if name.strip()),
        roles_paths=_existing(roles),
        default_roles_paths=frozenset(_existing(searched if unset else ())) - {*_existing(own)},
        collections_paths=_existing(
            path for path in collections if (path / "ansible_collections").is_dir()
        ),
        gathers_facts=config.gathering not in _NO_GATHERING,
        config=Path(os.path.normpath(config.path)) if config.path else None,
        home=Path(home) if (home := environ.get("HOME")) else None,
    )
    return found, warnings


def config_beside(directory: Path) -> Path | None:
    """Return the ``ansible.cfg`` that a document in ``directory`` gets without naming one.

    ANSIBLE_CONFIG of the import does not count: later runs need not have it.
    """
    return find_team_config(directory, None, {})[0]


def _search_path(
    variable: str,
    configured: tuple[Path, ...],
    default: Iterable[str],
    directory: Path,
    environ: Mapping[str, str],
) -> Sequence[Path]:
    """Return the directories that Ansible searches: of its variable, its settings, by default."""
    if given := environ.get(variable):
        return [directory / home_path(part) for part in given.split(os.pathsep) if part]
    home = environ.get("HOME")
    return configured or ([Path(home) / part for part in default] if home else ())


def _no_inventory(path: Path) -> Diagnostic:
    return Diagnostic(
        "inventory-not-found",
        f"there is no inventory `{path}`",
        hint="correct the path; hosts instead of a file end with a comma: `-i web1,`",
    )


def _team_config(
    directories: Iterable[Path], working_directory: Path, environ: Mapping[str, str]
) -> tuple[TeamConfig, list[Diagnostic]]:
    """Return the first ``ansible.cfg`` that Ansible would read, and warnings."""
    warnings: list[Diagnostic] = []
    for directory in dict.fromkeys(directories):
        file, passed_over = find_team_config(directory, None, environ)
        warnings += passed_over
        if file is not None:
            config, problems = read_team_config(file, working_directory)
            if config.path is None:
                raise InputError(problems)
            # Other problems are those of the document, which compiling it reports.
            return config, warnings
    return TeamConfig(), warnings


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
