"""Where the roles of plays are, as Ansible finds them, and by which name a document finds them."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from worldtree.ansible.content.playbooks.model import ImportedPlay
from worldtree.ansible.content.playbooks.role_uses import named_roles

#: A collection's role has namespace, collection and role.
_FQCN_PARTS = 3


@dataclass(frozen=True)
class RolePlaces:
    """Looks up roles in the directories of a document."""

    #: The directory of the document, and the directories of its `rolesPath`.
    base: Path
    roles_paths: tuple[Path, ...]
    #: Directories with `ansible_collections` in them.
    collections_paths: tuple[Path, ...] = ()

    def directory(self, name: str, play: ImportedPlay) -> Path | None:
        """Return the directory of a role as Ansible finds it for ``play``."""
        if (installed := self._in_collection(name, play)) is not None:
            return installed[1]
        beside = play.directory / "roles"
        places = [beside, *self.roles_paths, play.directory]
        return next((path / name for path in places if (path / name).is_dir()), None)

    def _in_collection(self, name: str, play: ImportedPlay) -> tuple[str, Path] | None:
        """Return full name and directory of a role in a collection; None for another one.

        A playbook of a collection calls the roles of it by their short names.
        """
        full = f"{play.collection}.{name}" if play.collection and "." not in name else name
        parts = full.split(".", 2)
        inner = Path("ansible_collections", *parts[:2], "roles", *parts[2:])
        found = (path / inner for path in self.collections_paths if len(parts) == _FQCN_PARTS)
        return next(((full, path) for path in found if path.is_dir()), None)

    def name_for(self, name: str, play: ImportedPlay) -> str:
        """Return what a document calls the role: its path where the name means another one."""
        if (installed := self._in_collection(name, play)) is not None:
            return installed[0]
        found = self.directory(name, play)
        first = next((path / name for path in self.roles_paths if (path / name).is_dir()), None)
        if found is None or first is None or first.samefile(found):
            return name
        path = os.path.relpath(found, self.base)
        return path if path.startswith("..") else f"./{path}"

    def directories(self, play: ImportedPlay) -> Iterator[Path]:
        """Return the directories of the roles of ``play`` that can be found."""
        for name, _ in named_roles(play):
            found = self.directory(name, play)
            if found is not None:
                yield found

    def sets(self, name: str, variables: Iterable[str], play: ImportedPlay) -> list[str]:
        """Return those of ``variables`` that tasks of a role set while they run."""
        found = self.directory(name, play)
        names = list(variables)
        if found is None or not names:
            return []
        texts = [_text(file) for file in sorted(found.glob("tasks/**/*.y*ml"))]
        return [one for one in names if any(_is_set(one, text) for text in texts)]


def _is_set(name: str, text: str) -> bool:
    word = re.escape(name)
    registered = re.search(rf"^\s*(?:-\s+)?register:\s*[\"']?{word}[\"']?\s*(?:#.*)?$", text, re.M)
    facts = re.findall(r"set_fact:[^\n]*(?:\n[^\S\n]*(?!-\s)\S[^\n]*|\n[^\S\n]*)*", text)
    return bool(registered) or any(re.search(rf"\b{word}\s*[:=]", part) for part in facts)


def _text(file: Path) -> str:
    try:
        return file.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError):
        return ""
