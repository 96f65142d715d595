"""Paths in tasks of a playbook that stands in another directory than the document."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from worldtree.ansible.content.playbooks.model import Keyword, Source
from worldtree.spec.yaml_tags import Unsafe, Vault

#: What may be a path of a file, or of a directory in front of a template.
_TOKEN = re.compile(r"(?<![\w./{-])[\w.-][\w./-]*(?:\.\w+|/(?=\{\{))")
#: Keys whose value is a path on the controller, also without an ending: a directory, a pattern.
_PATH_KEYS = (
    "src|dir|file|paths|script|include_vars|with_fileglob|with_filetree|with_first_found|with_file"
)
#: Lookups whose term is such a path.
_LOOKUPS = "file|fileglob|filetree|first_found|template|unvault"
_NAMED = re.compile(
    rf"""(?P<head>(?<![\w.-])(?:ansible\.builtin\.)?(?:{_PATH_KEYS})\s*[:=]\s*["']?"""
    rf"""|\b(?:lookup|query|q)\(\s*["'](?:ansible\.builtin\.)?(?:{_LOOKUPS})["']\s*,\s*["'])"""
    r"""(?P<path>[\w.*?-][\w./*?-]*)(?=["'\s,}\]]|$)"""
)
_NAME = r"""[^\s"'{}|,;:<>()#]"""
#: What counts from the directory of the playbook alone, whether it exists or not.
_FROM_PLAYBOOK = re.compile(
    rf"""(?P<head>\bplaybook_dir\s*(?:-?\}}\}}|[~+]\s*["'])/"""
    r"""|\b(?:lookup|query|q)\(\s*["'](?:ansible\.builtin\.)?password["']\s*,\s*\(?["'](?![/~]))"""
    rf"""(?P<path>(?<=/){_NAME}*|{_NAME}+)"""
)
#: A line that begins a list of such paths, and one that is an item of a list.
_PATH_LIST = re.compile(rf"(\s*)(?:-\s+)?((?:ansible\.builtin\.)?(?:{_PATH_KEYS}))\s*:\s*(?:#.*)?")
_ITEM = re.compile(r"(\s*)-\s+(?=[\w\"'.*?])")
#: Where Ansible looks for a file of a task, from the directory of the playbook: by what names it.
_PLACES = ("files", "templates", "vars", "", "tasks")
_PLACES_OF = (
    (re.compile(r"(?:include|import)_tasks|\bdir\s*[:=]"), ("", "tasks")),
    (re.compile(r"include_vars"), ("vars", "")),
    (re.compile(r"\btemplate\b|\.j2\b"), ("templates", "files", "")),
    (re.compile(r"\bfile\s*:.*\.(?:ya?ml|json)\b"), ("vars", "files", "")),
)
#: Lines whose text is no path.
_PROSE = re.compile(r"\s*(?:-\s+)?(?:name|msg|fail_msg|success_msg|when|#)\b")


@dataclass(frozen=True)
class MovedPaths:
    """Makes paths that count from ``directory`` count from ``base``."""

    directory: Path
    base: Path
    #: Whether names that Ansible searches for are moved too: those of tasks.
    searched: bool = True

    def keyword(self, keyword: Keyword) -> Keyword:
        """Return ``keyword`` with its paths, in the data and in the text."""
        if self.directory == self.base:
            return keyword
        source = keyword.source
        if source is not None:
            source = Source(
                self._line(source.first), tuple(self._lines(source.rest)), source.column
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
            # Names of `first_found` that count from its paths.
            from_paths = "files" if "paths" in value else None
            return {
                name: inner if name == from_paths else self._value(inner, str(name))
                for name, inner in value.items()
            }
        if isinstance(value, list):
            return [self._value(inner, key) for inner in value]
        if isinstance(value, str) and not isinstance(value, Unsafe | Vault):
            lines = value.split("\n")
            head = f"{key}: " if key else ""
            return "\n".join(
                self._line(head + line).removeprefix(head) if not number else self._line(line)
                for number, line in enumerate(lines)
            )
        return value

    def _lines(self, lines: Sequence[str]) -> Iterator[str]:
        """Yield the lines of a text; items of a list of paths are read with the key of the list."""
        listed: tuple[int, str] | None = None
        for line in lines:
            item = _ITEM.match(line)
            if listed is not None and item is not None and len(item.group(1)) >= listed[0]:
                head = f"{listed[1]}: "
                rest = self._line(head + line[item.end() :]).removeprefix(head)
                yield line[: item.end()] + rest
                continue
            found = _PATH_LIST.fullmatch(line)
            listed = (len(found.group(1)), found.group(2)) if found else None
            yield self._line(line)

    def _line(self, line: str) -> str:
        prose = not self.searched or _PROSE.match(line) is not None
        parts: list[str] = []
        end = 0
        for match in _FROM_PLAYBOOK.finditer(line):
            before = line[end : match.start()]
            parts += [before if prose else self._searched(before, line), match.group("head")]
            parts.append(self._from_playbook(match.group("path")))
            end = match.end()
        rest = line[end:]
        return "".join([*parts, rest if prose else self._searched(rest, line)])

    def _from_playbook(self, text: str) -> str:
        if text.startswith("roles/"):
            # A bundle has roles beside its plays, wherever they come from.
            return text
        moved = os.path.relpath(self.directory / text, self.base)
        if moved == ".":
            return ""
        # What follows may be a template that goes on with the name.
        return f"{moved}/" if not text or text.endswith("/") else moved

    def _searched(self, text: str, line: str) -> str:
        """Return a part of ``line`` with its names of files that Ansible searches for."""
        places = next((found for words, found in _PLACES_OF if words.search(line)), _PLACES)

        def named(match: re.Match[str]) -> str:
            moved = self._moved(match.group("path"), places, named=True)
            return match.group("head") + moved

        def token(match: re.Match[str]) -> str:
            return self._moved(match.group(), places)

        # What a key names is not read a second time.
        parts: list[str] = []
        end = 0
        for match in _NAMED.finditer(text):
            parts += [_TOKEN.sub(token, text[end : match.start()]), named(match)]
            end = match.end()
        return "".join([*parts, _TOKEN.sub(token, text[end:])])

    def _moved(self, text: str, places: Sequence[str], *, named: bool = False) -> str:
        for place in (*places, *(one for one in _PLACES if one not in places)):
            path = self.directory / place / text
            if named and any(sign in text for sign in "*?"):
                found = next(self.directory.glob(f"{place}/{text}".lstrip("/")), None) is not None
            elif named and not text.endswith("/"):
                found = path.exists()
            else:
                found = path.is_dir() if text.endswith("/") else path.is_file()
            if found:
                moved = os.path.relpath(path, self.base)
                return f"{moved}/" if text.endswith("/") else moved
        return text
