"""What files read that several nodes use: those beside the document, and carried ones."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from worldtree.ansible.content.file_digests import content_files
from worldtree.ansible.content.inventory.variable_files import VariableFiles
from worldtree.compile.variable_reads import MAX_TEXT_BYTES, VariableReads
from worldtree.spec.jinja_syntax import is_template

#: Code that runs on hosts, where it has no variables but its arguments.
_MODULE_DIRECTORIES = frozenset({"library", "module_utils"})
#: The directory whose files are rendered only where a text names them as a template or as tasks.
_FILES_DIRECTORY = "files"
#: Files that Ansible reads as tasks, variables or templates, whatever is in them.
_RENDERED_ENDINGS = frozenset({".j2", ".yml", ".yaml", ".json"})
#: The method of Python's matches, which is no variable.
_GROUPS_METHOD = re.compile(r"\.groups\s*\(")


class FileReads:
    """What files and directories read; every file is read once."""

    def __init__(self, document: Path) -> None:
        """``document`` is the directory of the document."""
        self._document = document
        self._directories: dict[str, VariableReads] = {}
        self._files: dict[Path, VariableReads] = {}

    def of_directory(self, name: str) -> VariableReads:
        """Return what all files of a directory read: one beside the document, or any path."""
        if name not in self._directories:
            place = self._document / name
            found = content_files(place) if name not in _MODULE_DIRECTORIES else ()
            paths = [file.path for file in found]
            self._directories[name] = self.of_files(paths, data=name == _FILES_DIRECTORY)
        return self._directories[name]

    def of_files(self, paths: Iterable[Path], *, data: bool = True) -> VariableReads:
        """Return what files read together.

        Of ``data``, those without a template read nothing, unless their ending says otherwise.
        """
        return VariableReads.together(self._of_file(path, data) for path in paths)

    def _of_file(self, path: Path, data: bool) -> VariableReads:
        if path not in self._files:
            self._files[path] = _read(path, data)
        return self._files[path]


class ValuesBeside:
    """The values of variables in ``group_vars/`` and ``host_vars/`` beside the document."""

    def __init__(self, files: VariableFiles | None) -> None:
        self._files = files
        self._of_groups: dict[tuple[str, ...], Mapping[str, list[Any]]] = {}

    def of_host(self, host: str, groups: Sequence[str]) -> Mapping[str, list[Any]]:
        """Return name -> every value that a file gives it, for a host in ``groups``."""
        if self._files is None:
            return {}
        key = ("all", *groups)
        if key not in self._of_groups:
            self._of_groups[key] = _merged(self._files.of_groups([group]) for group in key)
        found = self._of_groups[key]
        own = self._files.of_host(host)
        if not own:
            return found
        return {**found, **{name: [*found.get(name, ()), value] for name, value in own.items()}}


def _merged(parts: Iterable[Mapping[str, Any]]) -> dict[str, list[Any]]:
    found: dict[str, list[Any]] = {}
    for part in parts:
        for name, value in part.items():
            found.setdefault(name, []).append(value)
    return found


def _read(path: Path, data: bool) -> VariableReads:
    if path.stat().st_size > MAX_TEXT_BYTES:
        return VariableReads()
    content = path.read_bytes()
    if b"\0" in content:
        return VariableReads()
    text = content.decode(errors="ignore")
    if data and path.suffix not in _RENDERED_ENDINGS and not is_template(text):
        return VariableReads()
    return VariableReads.of_text(_GROUPS_METHOD.sub("(", text) if path.suffix == ".py" else text)
