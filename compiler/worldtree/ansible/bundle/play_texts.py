"""The texts of a bundle that the play of a node may use.

Roles are found by their names, anywhere in these texts, so that more are found than are used, and
never fewer.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cached_property

from worldtree.ansible.bundle.emit.bundle import Bundle
from worldtree.plan.ids import file_stem

#: A role in ``roles/`` or in a collection: its name, however deep its directory is.
_ROLE = re.compile(r"(?:collections/ansible_collections/[^/]+/[^/]+/)?roles/([^/]+)(?:/|\Z)")
#: The name of a role that only a run knows.
_TEMPLATED_ROLE = re.compile(r"_role\b[^\n]*(?:\n\s+[^\n]*)?\{\{")
#: A template within data.
_TEMPLATE = re.compile(r"\{[{%].*?[}%]\}", re.DOTALL)
#: Directories whose files are read as plays, as roles, or by themselves.
_OTHER_DIRS = frozenset({"collections", "layers", "plays", "roles", "rollback"})


class PlayTexts:
    """The texts of one bundle; each file is read once."""

    def __init__(self, bundle: Bundle) -> None:
        self._bundle = bundle

    def of(self, node: str) -> Iterator[str]:
        """Yield the play of a node, what roles it may call, and what every play may use."""
        play = self._bundle.files.get(f"plays/{file_stem(node)}.yml")
        todo, found = [*([play.text] if play else []), *self._loose], set[str]()
        while todo:
            text = todo.pop()
            yield text
            is_any = _TEMPLATED_ROLE.search(text) is not None
            for name, texts in self._roles.items():
                if name not in found and (is_any or name in text):
                    found.add(name)
                    todo += texts

    @cached_property
    def _roles(self) -> dict[str, list[str]]:
        """Name of a role -> the texts of all roles of that name, and what aliases stand for."""
        found: dict[str, list[str]] = {}
        for path, file in self._bundle.files.items():
            if match := _ROLE.match(path):
                found.setdefault(match[1], []).append(file.text)
        for path, target in self._bundle.links.items():
            if match := _ROLE.match(path):
                found.setdefault(match[1], []).append(target)
        return found

    @cached_property
    def _loose(self) -> list[str]:
        """The texts outside of roles; of the inventory its templates."""
        found = []
        for path, file in self._bundle.files.items():
            top, _, below = path.partition("/")
            if top == "inventory":
                found += _TEMPLATE.findall(file.text)
            elif below and top not in _OTHER_DIRS:
                found.append(file.text)
        return found
