"""Which variables the texts of a node read at run time, and whether they read other hosts'."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from worldtree.ansible.content.roles import RoleInfo
from worldtree.ansible.content.roles.play_info import PlayInfo
from worldtree.compile.template_variables import words
from worldtree.spec.jinja_syntax import is_template
from worldtree.spec.secret_references import texts_in

#: Ways to read a variable whose name is not in the text; plugins of roles get all variables.
#: A key of a mapping that is called so is none.
_COMPUTED_NAME = re.compile(
    r"""\bvars\s*\[|\bvarnames\b|\btask_vars\b|["'](ansible\.builtin\.)?vars["'](?!\s*:)"""
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
_TELLING_NAMES = _OTHER_HOST_NAMES | _PLAY_HOST_NAMES | _FILE_READING_NAMES
#: The beginning of lookups by which a value reads no file beside the document.
_OTHER_LOOKUP = re.compile(
    r"""\b(?:lookup|query|q)\s*\(\s*(?=["'](?:(?:ansible\.builtin\.)?"""
    r"""(?:config|dict|env|inventory_hostnames|password|pipe|random_choice|sequence|url|vars)"""
    r"""|(?!ansible\.)\w+\.\w+\.\w+)["'])"""
)
#: An expression over other hosts in text without braces, such as a condition that is a variable.
_BARE_EXPRESSION = re.compile(r"\bhostvars\s*[\[.(|]|\bgroups\s*(?:[\[|]|\.\w)")
#: Larger files are data, not code.
MAX_TEXT_BYTES = 1_000_000


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
        return cls.of_texts(t for t in texts_in(value) if is_template(t))

    @classmethod
    def of_variables(cls, value: Any) -> VariableReads:
        """Return what the value of a variable reads where a text names it."""
        return cls.of_texts(
            _OTHER_LOOKUP.sub("", text)
            for text in texts_in(value)
            if is_template(text) or _BARE_EXPRESSION.search(text)
        )

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
            for file in role.played_content
            if file.path.stat().st_size <= MAX_TEXT_BYTES
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

    def only(self, names: frozenset[str]) -> VariableReads:
        """Return the same without the words that are neither in ``names`` nor say what it reads."""
        return VariableReads(self.words & (names | _TELLING_NAMES), self.any_name)

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
