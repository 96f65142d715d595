"""Reads a role's directory into ``RoleInfo``; unreadable files become diagnostics."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from worldtree.ansible.content.argspec.model import EntrySpec
from worldtree.ansible.content.argspec.parse import parse_argument_specs
from worldtree.ansible.content.roles import meta as role_meta
from worldtree.ansible.content.roles.model import Origin, RoleInfo
from worldtree.ansible.content.roles.tasks import handler_names, summarise_tasks
from worldtree.ansible.content.yaml_files import UnreadableYamlError, parse_yaml, read_yaml
from worldtree.core.errors import Diagnostic, Mark, Severity
from worldtree.spec.yaml_tags import Vault

#: Suffixes, in the order in which Ansible looks for them in a role's directories.
_SUFFIXES = (".yml", ".yaml", ".json", "")
_PLUGIN_DIRS = (
    "library",
    "module_utils",
    "action_plugins",
    "cache_plugins",
    "callback_plugins",
    "connection_plugins",
    "filter_plugins",
    "lookup_plugins",
    "strategy_plugins",
    "test_plugins",
    "vars_plugins",
)
#: Directories that make a directory a role.
ROLE_DIRECTORIES = (
    "tasks",
    "handlers",
    "defaults",
    "vars",
    "meta",
    "templates",
    "files",
    *_PLUGIN_DIRS,
)
#: Larger templates are data; they are not searched for plugin names.
_LARGEST_TEMPLATE = 1_000_000


def is_role(directory: Path) -> bool:
    """Whether ``directory`` has any of the directories of a role."""
    return any((directory / mark).is_dir() for mark in ROLE_DIRECTORIES)


class _RoleReader:
    """Reads one role."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.diagnostics: list[Diagnostic] = []
        self.vaulted: list[str] = []
        self.texts: list[str] = []

    def load(self, file: Path, severity: Severity = Severity.ERROR) -> Any:
        try:
            return read_yaml(file, severity)
        except UnreadableYamlError as problem:
            self.diagnostics.append(problem.diagnostic)
            return None

    def relative(self, file: Path) -> str:
        return file.relative_to(self.path).as_posix()

    def main_file(self, folder: str, name: str = "main") -> Path | None:
        candidates = (self.path / folder / f"{name}{suffix}" for suffix in _SUFFIXES)
        return next((file for file in candidates if file.is_file()), None)

    def variables(self, folder: str) -> dict[str, Any]:
        """Read ``folder/main.yml``, or all files of the directory ``folder/main/``."""
        found: dict[str, Any] = {}
        for file in self.variable_files(folder):
            data = self.load(file)
            if isinstance(data, Vault):
                self.vaulted.append(self.relative(file))
            elif isinstance(data, Mapping):
                found.update((str(k), v) for k, v in data.items())
            elif data is not None:
                self.not_a_mapping(file)
        return found

    def variable_files(self, folder: str) -> list[Path]:
        file = self.main_file(folder)
        if file is not None:
            return [file]
        return sorted(_yaml_files(self.path / folder / "main"))

    def other_variables(self) -> frozenset[str]:
        names: set[str] = set()
        for folder in ("defaults", "vars"):
            main = set(self.variable_files(folder))
            for file in sorted(_yaml_files(self.path / folder)):
                if file in main:
                    continue
                data = self.load(file, Severity.WARNING)
                if isinstance(data, Vault):
                    self.vaulted.append(self.relative(file))
                elif isinstance(data, Mapping):
                    names.update(str(key) for key in data)
        return frozenset(names)

    def not_a_mapping(self, file: Path) -> None:
        self.diagnostics.append(
            Diagnostic(
                "unreadable-role-file",
                f"`{self.relative(file)}` is not a mapping of variables",
                detail=f"{file} must be a mapping of names to values.",
                hint="correct the file",
                mark=Mark.of_file(str(file)),
            )
        )

    def task_lists(self) -> Iterator[tuple[str, object, bool]]:
        for folder in ("tasks", "handlers"):
            main = self.main_file(folder)
            for file in sorted(_yaml_files(self.path / folder)):
                severity = Severity.ERROR if file == main else Severity.WARNING
                try:
                    text = file.read_text(encoding="utf-8")
                    data = parse_yaml(text, file, severity)
                except UnreadableYamlError as problem:
                    self.diagnostics.append(problem.diagnostic)
                    continue
                except (OSError, ValueError):
                    # Read again, which reports why.
                    self.load(file, severity)
                    continue
                self.texts.append(text)
                yield self.relative(file), data, folder == "handlers"

    def specs(self, meta: Mapping[str, Any]) -> dict[str, EntrySpec]:
        file = self.main_file("meta", "argument_specs")
        if file is not None:
            data = self.load(file)
            data = data.get("argument_specs") if isinstance(data, Mapping) else None
        else:
            file, data = self.path / "meta" / "main.yml", meta.get("argument_specs")
        specs, bag = parse_argument_specs(data, str(file))
        self.diagnostics.extend(bag.items)
        return specs


def _yaml_files(directory: Path) -> Iterator[Path]:
    if directory.is_dir():
        for file in directory.rglob("*"):
            if file.suffix in {".yml", ".yaml"} and file.is_file():
                yield file


def _names_below(directory: Path) -> tuple[str, ...]:
    if not directory.is_dir():
        return ()
    return tuple(
        sorted(f.relative_to(directory).as_posix() for f in directory.rglob("*") if f.is_file())
    )


def _summary(path: Path) -> str:
    for name in ("README.md", "README.rst", "README.txt", "README"):
        try:
            lines = (path / name).read_text(encoding="utf-8", errors="replace").splitlines()
        except OSError:
            continue
        for line in lines:
            text = line.strip().lstrip("#=").strip()
            if text and any(c.isalnum() for c in text) and not text.startswith(("[!", "<", "![")):
                return text
    return ""


def _entries(path: Path) -> tuple[dict[str, Path], frozenset[str]]:
    tasks = path / "tasks"
    found: dict[str, Path] = {}
    for file in sorted(_yaml_files(tasks)):
        found.setdefault(file.relative_to(tasks).with_suffix("").as_posix(), file)
    if (tasks / "main").is_file():
        found.setdefault("main", tasks / "main")
    return {name: file for name, file in found.items() if "/" not in name}, frozenset(found)


def _template_texts(path: Path) -> Iterator[str]:
    for name in _names_below(path / "templates"):
        file = path / "templates" / name
        try:
            if file.stat().st_size <= _LARGEST_TEMPLATE:
                yield file.read_text(encoding="utf-8", errors="ignore")
        except OSError:
            continue


def read_role(path: Path, name: str, origin: Origin, collection: str | None = None) -> RoleInfo:
    """Read the role in directory ``path``; never raises for the content of its files."""
    reading = _RoleReader(path)
    meta_file = reading.main_file("meta")
    loaded = reading.load(meta_file) if meta_file else None
    meta: Mapping[str, Any] = loaded if isinstance(loaded, Mapping) else {}
    lists = list(reading.task_lists())
    facts = summarise_tasks(lists, [*reading.texts, *_template_texts(path)])
    entries, task_files = _entries(path)
    extra = role_meta.named_collections(meta)
    return RoleInfo(
        name=name,
        path=path,
        origin=origin,
        collection=collection,
        entries=entries,
        task_files=task_files,
        specs=reading.specs(meta),
        defaults=reading.variables("defaults"),
        vars=reading.variables("vars"),
        other_vars=reading.other_variables(),
        vaulted_files=tuple(reading.vaulted),
        handlers=handler_names(lists),
        dependencies=role_meta.dependencies(meta, "meta/main.yml"),
        tasks=facts.with_collections(extra),
        plugin_dirs=tuple(d for d in _PLUGIN_DIRS if (path / d).is_dir()),
        templates=_names_below(path / "templates"),
        files=_names_below(path / "files"),
        platforms=role_meta.platforms(meta),
        min_ansible_version=role_meta.min_ansible_version(meta),
        summary=_summary(path),
        diagnostics=tuple(reading.diagnostics),
    )
