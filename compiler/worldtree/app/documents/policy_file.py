"""Reads what documents may do from the table ``[policy]`` of a TOML file."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from dataclasses import fields
from pathlib import Path
from typing import Any

from worldtree.app.documents.document_policy import DocumentPolicy
from worldtree.core.errors import Diagnostic, InputError, Mark
from worldtree.core.suggestions import did_you_mean

_TABLE = "policy"
#: Name of a setting -> whether it is true or false, a list of names, or a table of lists.
_KINDS = {one.name: str(one.type).partition("[")[0] for one in fields(DocumentPolicy)}
_WORDS = {
    "bool": "true or false",
    "frozenset": "a list of strings",
    "Mapping": "a table of lists of strings",
}
_POSITION = re.compile(r"\(at line (\d+), column (\d+)\)")


def read_policy(file: Path) -> DocumentPolicy:
    """Return the policy in ``file``; what it does not set is not allowed.

    Raises ``InputError`` with every problem of the file and its place.
    """
    try:
        text = file.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as problem:
        reason = problem.strerror if isinstance(problem, OSError) else "it is not UTF-8"
        raise _invalid(
            f"the policy `{file}` cannot be read: {reason}", Mark.of_file(str(file))
        ) from None
    try:
        data = tomllib.loads(text)
    except tomllib.TOMLDecodeError as problem:
        found = _POSITION.search(str(problem))
        line, column = (int(found[1]), int(found[2])) if found else (1, 1)
        mark = Mark(str(file), line, column)
        raise _invalid(
            f"`{file.name}` is not valid TOML", mark, f"The parser reports: {problem}."
        ) from None
    reader = _PolicyReader(str(file), text)
    policy = reader.read(data)
    if reader.problems:
        raise InputError(reader.problems)
    return policy


class _PolicyReader:
    def __init__(self, file: str, text: str) -> None:
        self._file, self._lines = file, text.splitlines()
        self.problems: list[Diagnostic] = []

    def read(self, data: Mapping[str, Any]) -> DocumentPolicy:
        for name in data:
            if name != _TABLE:
                self._unknown(name, "", [_TABLE])
        table = data.get(_TABLE, {})
        if not isinstance(table, dict):
            self._wrong(_TABLE, "", "a table")
            table = {}
        found: dict[str, Any] = {}
        for name, value in table.items():
            if name not in _KINDS:
                self._unknown(name, _TABLE, list(_KINDS))
            elif name == "secrets":
                found[name] = self._secrets(value)
            elif _KINDS[name] == "bool" and isinstance(value, bool):
                found[name] = value
            elif _KINDS[name] == "frozenset" and _is_texts(value):
                found[name] = frozenset(value)
            else:
                self._wrong(name, _TABLE, _WORDS[_KINDS[name]])
        return DocumentPolicy(**found)

    def _secrets(self, value: Any) -> dict[str, tuple[str, ...]]:
        if not isinstance(value, dict):
            self._wrong("secrets", _TABLE, _WORDS["Mapping"])
            return {}
        found: dict[str, tuple[str, ...]] = {}
        for provider, prefixes in value.items():
            if _is_texts(prefixes) and all(prefixes):
                found[provider] = tuple(prefixes)
            else:
                self._wrong(provider, f"{_TABLE}.secrets", "a list of strings that are not empty")
        return found

    def _unknown(self, name: str, table: str, known: list[str]) -> None:
        what = f"unknown setting `{name}`" if table else f"unknown key `{name}`"
        self.problems.append(
            Diagnostic(
                "bad-policy",
                what,
                f"{f'[{table}] has' if table else 'A policy file has'} {', '.join(known)}.",
                did_you_mean(name, known),
                mark=self._mark(name, table),
            )
        )

    def _wrong(self, name: str, table: str, words: str) -> None:
        self.problems.append(
            Diagnostic(
                "bad-policy",
                f"`{name}` is not {words}",
                hint=f"set it to {words}",
                mark=self._mark(name, table),
            )
        )

    def _mark(self, name: str, table: str) -> Mark:
        """Return the place of a key of a table: tomllib tells none."""
        key, current = re.compile(rf'\s*"?{re.escape(name)}"?\s*[=.]'), ""
        header = re.compile(r"\s*\[+\s*([^\]]*?)\s*\]+")
        for number, line in enumerate(self._lines, 1):
            found = header.match(line)
            if found:
                current = found[1].replace('"', "")
                if current == ".".join(filter(None, (table, name))):
                    return Mark(self._file, number, line.index("[") + 1)
            elif current == table and key.match(line):
                return Mark(self._file, number, len(line) - len(line.lstrip()) + 1)
        return Mark(self._file, 1, 1)


def _is_texts(value: Any) -> bool:
    return isinstance(value, list) and all(isinstance(one, str) for one in value)


def _invalid(summary: str, mark: Mark, detail: str = "") -> InputError:
    hint = "write a table `[policy]`, as docs/document-policy.md describes it"
    return InputError([Diagnostic("bad-policy", summary, detail, hint, mark=mark)])
