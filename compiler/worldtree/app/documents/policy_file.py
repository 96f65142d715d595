"""Reads the policy of a service from a TOML file.

``[policy]`` is for projects without one of their own, ``[maximum]`` what those of projects allow at
most, ``[repositories."URL"]`` how git reaches repositories.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import fields
from pathlib import Path
from typing import Any

from worldtree.app.content.repository_urls import are_networks
from worldtree.app.documents.document_policy import DocumentPolicy
from worldtree.app.documents.service_policy import RepositoryAccess, ServicePolicy
from worldtree.core.errors import Diagnostic, InputError, Mark
from worldtree.core.suggestions import did_you_mean

_TABLE, _MAXIMUM, _REPOSITORIES = "policy", "maximum", "repositories"
_TABLES = (_TABLE, _MAXIMUM, _REPOSITORIES)
#: Name of a setting -> whether it is true or false, a list of names, or a table of lists.
_KINDS = {one.name: str(one.type).partition("[")[0] for one in fields(DocumentPolicy)}
_WORDS = {
    "bool": "true or false",
    "frozenset": "a list of strings",
    "Mapping": "a table of lists of strings",
}
#: Settings of the access to repositories.
_ACCESS = [one.name for one in fields(RepositoryAccess) if one.name != "prefix"]
#: Those that let the service log in, and the prefixes that have them: of one host.
_KEYS = ("token_variable", "identity_file")
_ONE_HOST = re.compile(r"(?:https|http|ssh)://(?:[\w.-]+@)?[^/@\s]+/", re.ASCII)
_POSITION = re.compile(r"\(at line (\d+), column (\d+)\)")


def read_policy(file: Path) -> ServicePolicy:
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

    def read(self, data: Mapping[str, Any]) -> ServicePolicy:
        for name in data:
            if name not in _TABLES:
                self._unknown(name, "", list(_TABLES))
        return ServicePolicy(
            self._policy(data, _TABLE),
            self._policy(data, _MAXIMUM) if _MAXIMUM in data else None,
            tuple(self._repositories(data)),
        )

    def _table(self, data: Mapping[str, Any], name: str) -> Mapping[str, Any]:
        table = data.get(name, {})
        if isinstance(table, dict):
            return table
        self._wrong(name, "", "a table")
        return {}

    def _policy(self, data: Mapping[str, Any], where: str) -> DocumentPolicy:
        found: dict[str, Any] = {}
        for name, value in self._table(data, where).items():
            if name not in _KINDS:
                self._unknown(name, where, list(_KINDS))
            elif name == "secrets":
                found[name] = self._secrets(value, where)
            elif _KINDS[name] == "bool" and isinstance(value, bool):
                found[name] = value
            elif _KINDS[name] == "frozenset" and _is_texts(value):
                found[name] = frozenset(value)
            else:
                self._wrong(name, where, _WORDS[_KINDS[name]])
        return DocumentPolicy(**found)

    def _repositories(self, data: Mapping[str, Any]) -> Iterator[RepositoryAccess]:
        for prefix, table in self._table(data, _REPOSITORIES).items():
            where = f"{_REPOSITORIES}.{prefix}"
            if not isinstance(table, dict):
                self._wrong(prefix, _REPOSITORIES, "a table")
                continue
            found: dict[str, Any] = {}
            for name, value in table.items():
                if name not in _ACCESS:
                    self._unknown(name, where, list(_ACCESS))
                elif name != "networks" and isinstance(value, str):
                    found[name] = value
                elif name == "networks" and _is_texts(value) and are_networks(value):
                    found[name] = tuple(value)
                else:
                    is_list = name == "networks"
                    self._wrong(name, where, "a list of networks" if is_list else "a string")
            self._check_keys(prefix, found, where)
            yield RepositoryAccess(prefix, **found)

    def _check_keys(self, prefix: str, found: Mapping[str, Any], where: str) -> None:
        """Report what would be sent to hosts that the author of a URL chooses."""
        if _ONE_HOST.match(prefix):
            return
        for name in _KEYS:
            if found.get(name):
                self.problems.append(
                    Diagnostic(
                        "bad-policy",
                        f"`{name}` is for repositories of any host",
                        "The user who names a repository would get it at a server of their own.",
                        'write the host: `[repositories."https://git.example.com/"]`',
                        mark=self._mark(name, where),
                    )
                )

    def _secrets(self, value: Any, where: str) -> dict[str, tuple[str, ...]]:
        if not isinstance(value, dict):
            self._wrong("secrets", where, _WORDS["Mapping"])
            return {}
        found: dict[str, tuple[str, ...]] = {}
        for provider, prefixes in value.items():
            if _is_texts(prefixes) and all(prefixes):
                found[provider] = tuple(prefixes)
            else:
                self._wrong(provider, f"{where}.secrets", "a list of strings that are not empty")
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
