"""Which variables the plays of a frozen bundle may read."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from functools import cached_property

from worldtree.ansible.bundle import Bundle
from worldtree.ansible.bundle.play_texts import PlayTexts
from worldtree.compile.variable_reads import VariableReads

#: All facts, or all variables of a host, at once: no name of one of them follows.
_ALL_AT_ONCE = re.compile(
    r"""\bansible_facts\b(?!\s*(?:\.\s*[A-Za-z_]|\[\s*["']))"""
    r"""|\bhostvars\b(?!\s*\[[^\[\]]*\]\s*(?:\.\s*[A-Za-z_]|\[\s*["']))"""
    r"""|\{[{%][^\n]*\bvars\b"""
)


class PlayReads:
    """Gets the bundle of ``read`` when it is first asked, and looks at each text once."""

    def __init__(self, read: Callable[[], Bundle]) -> None:
        self._read = read
        #: Text -> the names in it; None where it may read any.
        self._names: dict[str, frozenset[str] | None] = {}

    def __call__(self, nodes: Sequence[str]) -> frozenset[str] | None:
        """Return the names that the plays of ``nodes`` may read, or None where that may be any."""
        found: set[str] = set()
        for node in nodes:
            for text in self._texts.of(node):
                names = self._names_in(text)
                if names is None:
                    return None
                found |= names
        return frozenset(found)

    def _names_in(self, text: str) -> frozenset[str] | None:
        if text not in self._names:
            reads = VariableReads.of_text(text)
            is_any = reads.any_name or _ALL_AT_ONCE.search(text) is not None
            self._names[text] = None if is_any else reads.words
        return self._names[text]

    @cached_property
    def _texts(self) -> PlayTexts:
        return PlayTexts(self._read())
