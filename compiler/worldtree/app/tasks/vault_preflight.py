"""Refuses a task whose runs would load variable files that no vault password decrypts."""

from __future__ import annotations

import configparser
from collections.abc import Iterable, Mapping
from pathlib import Path

from worldtree.ansible.content.inventory.locked_files import LockedFiles, find_locked
from worldtree.ansible.content.inventory.variable_files import VariableFiles
from worldtree.core.errors import Diagnostic, InputError, Mark
from worldtree.plan.plan import Plan

#: Directory of the plays in a bundle; beside them are the variable files beside a document.
_PLAYS = "plays"


def refuse_locked_files(
    plan: Plan, bundle: Path, environ: Mapping[str, str], directories: Mapping[str, Path]
) -> None:
    """Raise ``InputError`` with one diagnostic per locked file beside plays and inventories.

    ``directories`` are those of the team by their paths in the bundle, as ``team_directories``
    returns them: their files are named. Otherwise those of ``bundle`` are.
    """
    encrypted = {
        file: place
        for place in [_PLAYS, *_inventory_directories(bundle)]
        for file in _encrypted(plan, bundle / place)
    }
    locked = find_locked(list(encrypted), config=bundle / "ansible.cfg", environ=environ)
    found: dict[str, Diagnostic] = {}
    for file in locked.files:
        place = encrypted[file]
        inside = file.relative_to(bundle / place)
        shown = str(directories.get(place, bundle / place) / inside)
        # An inventory may lie beside the document, with the same files.
        found.setdefault(shown, _diagnostic(inside, shown, locked))
    if found:
        raise InputError(found.values())


def team_directories(base: Path | None, inventories: Mapping[str, Path]) -> Mapping[str, Path]:
    """Return the team's directories by their paths in a bundle.

    ``base`` is that of the document; None where only a bundle is known.
    """
    return {} if base is None else {**inventories, _PLAYS: base}


def _inventory_directories(bundle: Path) -> Iterable[str]:
    """Return the directories of a bundle beside whose inventories Ansible looks for variables."""
    config = configparser.ConfigParser(interpolation=None)
    config.read(bundle / "ansible.cfg", encoding="utf-8")
    sources = config.get("defaults", "inventory", fallback="").split(",")
    paths = (bundle / source.strip() for source in sources if source.strip())
    places = (path if path.is_dir() else path.parent for path in paths)
    return dict.fromkeys(place.relative_to(bundle).as_posix() for place in places)


def _encrypted(plan: Plan, directory: Path) -> Iterable[Path]:
    """Return the encrypted files of ``directory`` that Ansible loads for the plan's work."""
    files = VariableFiles(directory)
    working = {host for node in plan.graph.nodes.values() for host in node.hosts}
    groups = [name for name, members in plan.groups.items() if working.intersection(members)]
    files.of_groups(["all", *groups] if working else [])
    for host in working:
        files.of_host(host)
    return files.encrypted


def _diagnostic(inside: Path, shown: str, locked: LockedFiles) -> Diagnostic:
    slug, summary = "secret-unanswered", f"no vault password for `{inside}`"
    if locked.has_password:
        slug, summary = "secret-denied", f"no given vault password decrypts `{inside}`"
    detail = "Ansible loads the variables of this file in every run; nothing was started."
    return Diagnostic(slug, summary, detail, locked.help, mark=Mark.of_file(shown))
