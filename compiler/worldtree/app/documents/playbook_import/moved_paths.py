"""Paths in tasks of a playbook that stands in another directory than the document."""

from __future__ import annotations

import os
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from worldtree.ansible.content.playbooks.model import Keyword, Source
from worldtree.spec.yaml_tags import Unsafe, Vault

#: What may be a path of a file, or of a directory in front of a template.
_TOKEN = re.compile(r"(?<![\w./{-])[\w.-][\w./-]*(?:\.\w+|/(?=\{\{))")
#: Where Ansible looks for a file of a task, from the directory of the playbook.
_PLACES = ("", "files", "templates", "tasks", "vars")
#: Lines whose text is no path.
_PROSE = re.compile(r"\s*(?:-\s+)?(?:name|msg|fail_msg|success_msg|when|#)\b")


@dataclass(frozen=True)
class MovedPaths:
    """Makes paths that count from ``directory`` count from ``base``."""

    directory: Path
    base: Path

    def keyword(self, keyword: Keyword) -> Keyword:
        """Return ``keyword`` with its paths, in the data and in the text."""
        if self.directory == self.base:
            return keyword
        source = keyword.source
        if source is not None:
            source = Source(
                self._line(source.first), tuple(map(self._line, source.rest)), source.column
            )
        return replace(keyword, value=self._value(keyword.value), source=source)

    def path(self, text: str) -> str:
        """Return a path of a file that may not exist."""
        if self.directory == self.base or text.startswith(("/", "~", "{{")):
            return text
        return os.path.normpath(Path(os.path.relpath(self.directory, self.base)) / text)

    def missing(self, names: Sequence[str]) -> list[Path]:
        """Return those directories beside the playbook that are not beside the document."""
        if self.directory == self.base:
            return []
        found = [self.directory / name for name in names]
        return [path for path in found if path.is_dir() and not (self.base / path.name).exists()]

    def _value(self, value: Any, key: str = "") -> Any:
        if isinstance(value, dict):
            return {name: self._value(inner, str(name)) for name, inner in value.items()}
        if isinstance(value, list):
            return [self._value(inner) for inner in value]
        if isinstance(value, str) and not isinstance(value, Unsafe | Vault):
            lines = value.split("\n")
            head = f"{key}: " if key else ""
            return "\n".join(
                self._line(head + line).removeprefix(head) if not number else self._line(line)
                for number, line in enumerate(lines)
            )
        return value

    def _line(self, line: str) -> str:
        return line if _PROSE.match(line) else _TOKEN.sub(self._moved, line)

    def _moved(self, match: re.Match[str]) -> str:
        text = match.group()
        for place in _PLACES:
            path = self.directory / place / text
            if path.is_dir() if text.endswith("/") else path.is_file():
                moved = os.path.relpath(path, self.base)
                return f"{moved}/" if text.endswith("/") else moved
        return text
