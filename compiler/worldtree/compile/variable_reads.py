"""Which variables the texts of a node read at run time, and whether they read other hosts'."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from worldtree.ansible.content.roles import RoleInfo
from worldtree.ansible.content.roles.play_info import PlayInfo
from worldtree.compile.template_variables import words
from worldtree.spec.secret_references import walk_texts

#: Ways to read a variable whose name is not in the text; plugins of roles get all variables.
_COMPUTED_NAME = re.compile(
    r"""\bvars\s*\[|\bvarnames\b|\btask_vars\b|["'](ansible\.builtin\.)?vars["']"""
)
#: Names by which a play sees hosts other than the one it runs on.
_OTHER_HOST_NAMES = frozenset(
    {"groups", "hostvars", "delegate_to", "inventory_hostnames", "task_vars"}
)
#: Names by which a play sees which hosts it runs on.
_PLAY_HOST_NAMES = frozenset(
    {"ansible_play_hosts", "ansible_play_hosts_all", "ansible_play_batch", "play_hosts", "run_once"}
)
#: Ways to read files next to the document.
_FILE_READING_NAMES = frozenset(
    {"lookup", "query", "q", "include", "import", "extends", "fileglob"}
)
#: Larger files are data, not code.
_MAX_TEXT_BYTES = 1_000_000
#: Files of a role for people and tests.
_DOCUMENTATION_FILES = (
    "README",
    "CHANGELOG",
    "LICENSE",
    "docs/",
    "molecule/",
    "tests/",
    ".github/",
)


@dataclass(frozen=True, slots=True)
class VariableReads:
    """Every name in some texts, and what they may read besides their own host's variables."""

    words: frozenset[str] = frozenset()
    #: Whether a name may be computed, so that any variable may be read.
    any_name: bool = False

    @classmethod
    def of_text(cls, text: str) -> VariableReads:
        """Return what a template, a task file or a plugin reads."""
        return cls(words(text), _COMPUTED_NAME.search(text) is not None)

    @classmethod
    def of_values(cls, value: Any) -> VariableReads:
        """Return what the templates anywhere in ``value`` read; other text reads nothing."""
        return cls.of_texts(t for _, t in walk_texts(value) if "{{" in t or "{%" in t)

    @classmethod
    def of_texts(cls, found: Iterable[str]) -> VariableReads:
        """Return what several texts read together."""
        return cls.together(map(cls.of_text, found))

    @classmethod
    def of_role(cls, role: RoleInfo) -> VariableReads:
        """Return what a role's own files read, without those for people and tests.

        Of a play that a step writes out, the tasks in the document are among them.
        """
        texts = [
            file.path.read_bytes().decode(errors="ignore")
            for file in role.content
            if not file.relative.startswith(_DOCUMENTATION_FILES)
            and file.path.stat().st_size <= _MAX_TEXT_BYTES
        ]
        if isinstance(role, PlayInfo):
            texts.append(role.written)
        return cls.of_texts(texts)

    @classmethod
    def together(cls, parts: Iterable[VariableReads]) -> VariableReads:
        """Return what all ``parts`` read."""
        found = list(parts)
        return cls(
            frozenset().union(*(part.words for part in found)),
            any(part.any_name for part in found),
        )

    @property
    def peers(self) -> bool:
        """Whether variables of other hosts may be read."""
        return not self.words.isdisjoint(_OTHER_HOST_NAMES)

    @property
    def play(self) -> bool:
        """Whether the list of the play's hosts may be read."""
        return not self.words.isdisjoint(_PLAY_HOST_NAMES)

    @property
    def beside(self) -> bool:
        """Whether files next to the document may be read."""
        return not self.words.isdisjoint(_FILE_READING_NAMES)
