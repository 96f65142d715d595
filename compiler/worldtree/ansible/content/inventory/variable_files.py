"""Reads ``group_vars/`` and ``host_vars/`` beside a document, as Ansible does beside a playbook."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from worldtree.ansible.content.yaml_files import UnreadableYamlError, read_yaml
from worldtree.core.errors import Diagnostic, Severity
from worldtree.spec.yaml_tags import Vault

#: In the order in which Ansible looks; the first that exists is the only one that it reads.
_ENDINGS = ("", ".yml", ".yaml", ".json")


class VariableFiles:
    """The variables of groups and hosts in files; those in vaulted files are left out."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory
        self._read: dict[tuple[str, str], Mapping[str, Any]] = {}
        #: Warnings of files that are not valid YAML.
        self.diagnostics: list[Diagnostic] = []
        #: Files that ansible-vault encrypted as a whole.
        self.encrypted: list[Path] = []

    def of_groups(self, names: Iterable[str]) -> dict[str, Any]:
        """Return the variables of the named groups; a later one takes precedence."""
        found: dict[str, Any] = {}
        for name in names:
            found.update(self._variables("group_vars", name))
        return found

    def of_host(self, name: str) -> Mapping[str, Any]:
        """Return the variables of one host."""
        return self._variables("host_vars", name)

    def _variables(self, folder: str, name: str) -> Mapping[str, Any]:
        key = (folder, name)
        if key not in self._read:
            self._read[key] = self._load(_files(self._directory / folder, name))
        return self._read[key]

    def _load(self, files: Iterable[Path]) -> dict[str, Any]:
        found: dict[str, Any] = {}
        for file in files:
            try:
                data = read_yaml(file, Severity.WARNING)
            except UnreadableYamlError as problem:
                self.diagnostics.append(problem.diagnostic)
                continue
            if isinstance(data, Vault):
                self.encrypted.append(file)
            elif isinstance(data, Mapping):
                found.update((str(name), value) for name, value in data.items())
        return found


def _files(place: Path, name: str) -> Iterator[Path]:
    candidates = (place / f"{name}{ending}" for ending in _ENDINGS)
    found = next((path for path in candidates if path.exists()), None)
    if found is None:
        return
    if found.is_dir():
        yield from _directory_files(found)
    else:
        yield found


def _directory_files(directory: Path) -> Iterator[Path]:
    try:
        paths = sorted(directory.iterdir())
    except OSError:
        return  # Ansible says so when it reads the same directory.
    for path in paths:
        if path.name.startswith(".") or path.name.endswith("~"):
            continue
        if path.is_dir():
            yield from _directory_files(path)
        elif path.suffix in _ENDINGS:
            yield path
