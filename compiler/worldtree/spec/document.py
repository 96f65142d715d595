"""A loaded document: data, text, and a mark for every path."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from worldtree.core.errors import Diagnostic, DocPath, Mark
from worldtree.spec.source_text import SourceText
from worldtree.spec.yaml_nodes import Node

#: Begins the hint on a value that YAML reads as a number or a boolean.
QUOTE_HINT = "put it in quotes: "
_PLAIN_WORD = re.compile(r"[\w.:+-]+")


@dataclass(frozen=True, slots=True)
class Document:
    """One YAML document of a file; ``data`` is plain data, ``Unsafe`` and ``Vault`` strings."""

    data: Any
    source: SourceText
    #: Index among the documents of its file.
    index: int
    root: Node = field(repr=False, compare=False)
    #: Variables given beside it (`-e`), which win over all others.
    extra_vars: Mapping[str, Any] = field(default_factory=dict)
    #: Inventories given beside it (`-i`), relative to its directory; they replace its hosts.
    inventories: tuple[str, ...] = ()

    @property
    def file(self) -> str:
        """Name of the file as shown to the user."""
        return self.source.file

    @property
    def text(self) -> str:
        """Text of the whole file."""
        return self.source.text

    def mark(self, path: DocPath, *, at_key: bool = False) -> Mark:
        """Return the mark of the value at ``path`` (or of its key).

        For a path that does not exist, return the mark of its nearest existing parent (of the
        parent's key if it has one), where the missing key should be.
        """
        key: Node | None = None
        node = self.root
        for step in path:
            found = node.child(step)
            if found is None:
                return self._mark(key or node)
            key, node = found
        return self._mark(key if at_key and key is not None else node)

    def has(self, path: DocPath) -> bool:
        """Whether ``path`` exists."""
        node = self.root
        for step in path:
            found = node.child(step)
            if found is None:
                return False
            node = found[1]
        return True

    def value(self, path: DocPath) -> Any:
        """Return the data at ``path``; None if there is none."""
        node = self.root
        for step in path:
            found = node.child(step)
            if found is None:
                return None
            node = found[1]
        return node.data

    def locate(self, diagnostics: Iterable[Diagnostic]) -> list[Diagnostic]:
        """Return ``diagnostics`` with a mark for each that has none yet.

        One without a path is about something outside the document, such as an inventory: it gets
        the mark of the whole file.
        """
        return [d if d.mark is not None else self._located(d) for d in diagnostics]

    def _located(self, found: Diagnostic) -> Diagnostic:
        if found.path is None:
            return replace(found, document=self.index, mark=Mark.of_file(self.file))
        mark = self.mark(found.path, at_key=found.at_key)
        if found.part is not None:
            mark = self._narrowed(mark, *found.part)
        hint = found.hint
        if hint.startswith(QUOTE_HINT) and mark.line == mark.end_line:
            # As written: YAML reads `007` as 7 and `yes` as true.
            line = self.source.lines[mark.line - 1]
            written = line[mark.column - 1 : (mark.end_column or 0) - 1]
            hint = f'{QUOTE_HINT}"{written}"' if _PLAIN_WORD.fullmatch(written) else hint
        return replace(found, document=self.index, mark=mark, hint=hint)

    def _narrowed(self, mark: Mark, offset: int, text: str) -> Mark:
        """Return the mark of ``text`` at ``offset`` of the value at ``mark``, if it is there."""
        if mark.line != mark.end_line:
            return mark
        line = self.source.lines[mark.line - 1]
        start = mark.column + offset + (line[mark.column - 1 : mark.column] in ("'", '"'))
        if line[start - 1 : start - 1 + len(text)] != text:
            return mark
        return replace(mark, column=start, end_column=start + len(text))

    def _mark(self, node: Node) -> Mark:
        (line, column), (end_line, end_column) = node.start, node.end
        return Mark(self.file, line + 1, column + 1, end_line + 1, end_column + 1)
