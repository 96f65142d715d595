"""Reads a team's ``ansible.cfg``: what goes into the bundle's, what WorldTree sets, the rest."""

from __future__ import annotations

import configparser
import os
import re
import stat
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from worldtree.ansible.content import config_keys as keys
from worldtree.ansible.content.config_ssh import reduced_ssh_arguments
from worldtree.core.environment_paths import is_question, vault_identities
from worldtree.core.errors import Diagnostic, DocPath, Mark, Severity
from worldtree.core.written_paths import home_path

CONFIG_FILE = "ansible.cfg"
_KEY_LINE = re.compile(r"(?P<key>[^\s#;:=\[][^:=]*?)\s*[:=]")
_SECTION_LINE = re.compile(r"\[(?P<name>[^\]]+)\]")
#: Texts that Ansible reads as true.
_TRUE = frozenset(("1", "on", "t", "true", "y", "yes"))


@dataclass(frozen=True, slots=True)
class ConfigEntry:
    """One setting of the file that has no effect."""

    section: str
    key: str
    #: Line in the file; 0 if unknown.
    line: int
    #: Why, for one that WorldTree sets itself; empty for one that changes no result.
    reason: str = ""

    @property
    def name(self) -> str:
        """Key, with its section where that is not ``defaults``."""
        return _name(self.section, self.key)


@dataclass(frozen=True)
class TeamConfig:
    """A team's ``ansible.cfg``; without a file, everything is empty."""

    path: Path | None = None
    #: Sections for the bundle's ``ansible.cfg``, in the file's order.
    settings: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    #: Names in ``settings`` of what changes no result: (section, key).
    connection: frozenset[tuple[str, str]] = frozenset()
    #: Values of settings that stand for keys of the document, all from ``defaults``.
    document: Mapping[str, str] = field(default_factory=dict)
    #: Key of plugins -> existing directories inside the team's tree, the first one counts.
    plugins: Mapping[str, tuple[Path, ...]] = field(default_factory=dict)
    roles_path: tuple[Path, ...] = ()
    collections_path: tuple[Path, ...] = ()
    #: The inventories that it names, for an import; they may not exist.
    inventories: tuple[Path, ...] = ()
    #: When facts are gathered, for an import; empty if it is not set.
    gathering: str = ""
    #: What WorldTree sets itself, with the reasons.
    replaced: tuple[ConfigEntry, ...] = ()
    #: What changes no result.
    unused: tuple[ConfigEntry, ...] = ()
    #: (Section, key) -> line in the file.
    lines: Mapping[tuple[str, str], int] = field(default_factory=dict)

    def mark(self, section: str, key: str) -> Mark:
        """Return the place of a setting, or of the file."""
        line = self.lines.get((section, key), 0)
        return Mark(str(self.path), line, 1) if line else Mark.of_file(str(self.path))

    def value(self, section: str, key: str) -> str | None:
        """Return a setting that is taken over; None if it is not set."""
        return self.settings.get(section, {}).get(key)

    def directories(self, *names: str) -> tuple[Path, ...]:
        """Return the directories of plugins that the keys ``names`` say, wherever they are."""
        inside = [path for name in names for path in self.plugins.get(name, ())]
        outside = ((self.value("defaults", name) or "").split(os.pathsep) for name in names)
        return (*inside, *(Path(part) for parts in outside for part in parts if part))

    @property
    def used(self) -> tuple[str, ...]:
        """Names of all settings that have an effect."""
        named = [_name(section, key) for section, part in self.settings.items() for key in part]
        places = (("roles_path", self.roles_path), ("collections_path", self.collections_path))
        named += [*self.document, *self.plugins, *(key for key, found in places if found)]
        return tuple(dict.fromkeys(named))

    def result_settings(self) -> dict[str, dict[str, str]]:
        """Return the settings that change what plays do."""
        found = {
            section: {k: v for k, v in values.items() if (section, k) not in self.connection}
            for section, values in self.settings.items()
        }
        return {section: values for section, values in found.items() if values}

    def is_set(self, section: str, key: str) -> bool | None:
        """Return a boolean as Ansible reads it; None if it is not set."""
        value = self.value(section, key)
        return None if value is None else value.strip().lower() in _TRUE


def find_team_config(
    directory: Path, named: str | None, environ: Mapping[str, str]
) -> tuple[Path | None, list[Diagnostic]]:
    """Return the file to read: ``named`` by the document, ANSIBLE_CONFIG, beside the document.

    As Ansible does, leave out one in a directory that everybody can write to.
    """
    if named is not None:
        return directory / home_path(named), []
    if given := environ.get("ANSIBLE_CONFIG"):
        path = home_path(os.path.expandvars(given)).absolute()
        path = path / CONFIG_FILE if path.is_dir() else path
        if path.is_file():
            return path, []
    path = directory / CONFIG_FILE
    if not path.is_file():
        return None, []
    if directory.stat().st_mode & stat.S_IWOTH:
        problem = _problem(
            "ansible-config-ignored",
            "the `ansible.cfg` beside the document is not read",
            "Everybody can write to its directory; Ansible passes over such a file, too.",
            f"take the permission away: `chmod o-w {directory}`",
            Mark.of_file(str(path)),
            Severity.WARNING,
        )
        return None, [problem]
    return path, []


def read_team_config(
    path: Path, directory: Path, at: DocPath | None = None
) -> tuple[TeamConfig, list[Diagnostic]]:
    """Return the settings of the file at ``path`` for the document in ``directory``.

    ``at`` is the place in the document that names the file.
    """
    parser = configparser.ConfigParser(inline_comment_prefixes=(";",))
    try:
        text = path.read_text(encoding="utf-8")
        parser.read_string(text, str(path))
    except (OSError, UnicodeError, configparser.Error) as problem:
        cause = str(problem).splitlines()[0] if str(problem) else type(problem).__name__
        found = _problem(
            "unreadable-ansible-config",
            f"Ansible cannot read `{path.name}`",
            f"{cause}.".replace("..", "."),
            f"correct it, or see what Ansible says:\n    ANSIBLE_CONFIG={path} ansible --version",
            None if at else Mark.of_file(str(path)),
        )
        return TeamConfig(), [found if at is None else _at(found, at)]
    reader = _Reader(path, directory, _lines(text))
    for section in parser.sections():
        for key, value in parser.items(section, raw=True):
            reader.take(section, key, value)
    return reader.config(), reader.problems


class _Reader:
    def __init__(self, path: Path, directory: Path, lines: Mapping[tuple[str, str], int]) -> None:
        self._path, self._directory, self._lines = path, directory, lines
        self._settings: dict[str, dict[str, str]] = {}
        self._connection: set[tuple[str, str]] = set()
        self._document: dict[str, str] = {}
        self._plugins: dict[str, tuple[Path, ...]] = {}
        self._places: dict[str, tuple[Path, ...]] = {}
        self._imported: dict[str, str] = {}
        self._replaced: list[ConfigEntry] = []
        self._unused: list[ConfigEntry] = []
        self.problems: list[Diagnostic] = []

    def config(self) -> TeamConfig:
        return TeamConfig(
            path=self._path,
            settings=self._settings,
            connection=frozenset(self._connection),
            document=self._document,
            plugins=self._plugins,
            roles_path=self._places.get("roles_path", ()),
            collections_path=(
                self._places.get("collections_path") or self._places.get("collections_paths", ())
            ),
            inventories=tuple(self._paths(self._imported.get("inventory", ""), ",")),
            gathering=self._imported.get("gathering", "").strip(),
            replaced=tuple(self._replaced),
            unused=tuple(self._unused),
            lines=self._lines,
        )

    def take(self, section: str, key: str, value: str) -> None:
        if section == "defaults" and key in keys.IMPORT_KEYS:
            self._imported[key] = value
        reason = self._reason_against(section, key, value)
        if reason:
            self._replaced.append(self._entry(section, key, reason))
        elif section == "defaults" and key in keys.PLUGIN_KEYS:
            self._take_plugins(key, value)
        elif section == "defaults" and key in keys.ROLE_KEYS:
            self._places[key] = tuple(p for p in self._paths(value) if p.is_dir())
        elif section == "defaults" and key in keys.DOCUMENT_KEYS:
            self._document[key] = value
        elif key in keys.RESULT_KEYS.get(section, ()) or section.endswith(keys.BECOME_SECTION):
            self._settings.setdefault(section, {})[key] = self._result_value(section, key, value)
        elif key in keys.CONNECTION_KEYS.get(section, ()):
            self._take_connection(section, key, value)
        else:
            self._unused.append(self._entry(section, key))

    def _reason_against(self, section: str, key: str, value: str) -> str:
        if section.endswith(keys.BECOME_SECTION) and key == "password":
            return "a bundle contains no secrets; set `spec.ssh.becomePassword`"
        if (section, key) == ("defaults", "strategy"):
            known = value.strip().removeprefix("ansible.builtin.") in keys.STRATEGIES
            return "" if known else "only Ansible's own strategies are supported"
        if (section, key) == ("defaults", "gathering") and value.strip() == keys.SMART:
            return ""
        return keys.REPLACED_KEYS.get((section, key), "")

    def _result_value(self, section: str, key: str, value: str) -> str:
        if (section, key) == ("defaults", "vars_plugins_enabled"):
            names = [name.strip() for name in value.split(",")]
            if not {"host_group_vars", "ansible.builtin.host_group_vars"} & {*names}:
                reason = "`host_group_vars` is always on: it reads the variables of the document"
                self._replaced.append(self._entry(section, key, reason))
                return f"host_group_vars,{value}"
        return value

    def _take_connection(self, section: str, key: str, value: str) -> None:
        if key in keys.PATH_KEYS:
            value = self._existing(section, key, value)
        elif key == "vault_identity_list":
            value = self._identities(section, key, value)
        elif section == "ssh_connection" and key.endswith("_args"):
            value, left_out = reduced_ssh_arguments(value)
            for option, reason in left_out:
                self._replaced.append(self._entry(section, f"{key}: {option}", reason, key))
        if value:
            self._settings.setdefault(section, {})[key] = value
            self._connection.add((section, key))

    def _identities(self, section: str, key: str, value: str) -> str:
        kept = []
        for label, source in vault_identities(value):
            if is_question(source):
                reason = "nobody can be asked while Ansible runs; name a file or a program"
                self._replaced.append(self._entry(section, f"{key}: {label}@{source}", reason, key))
            else:
                kept.append(f"{label or 'default'}@{self._existing(section, key, source)}")
        return ",".join(kept)

    def _existing(self, section: str, key: str, written: str) -> str:
        """Return a path as the bundle can name it, which is not in the file's directory."""
        path = self._resolved(written)
        if not path.exists():
            self.problems.append(
                _problem(
                    "ansible-config-path-not-found",
                    f"`{key}` names a file that does not exist: `{written}`",
                    f"Relative paths begin at {self._path.parent}. Ansible would not start.",
                    "correct the path, or remove the line",
                    self._mark(section, key),
                )
            )
        return written if written.startswith("~") else str(path)

    def _take_plugins(self, key: str, value: str) -> None:
        inside: list[Path] = []
        outside: list[Path] = []
        for path in self._paths(value):
            if path.is_dir():
                real = path.resolve()
                home = any(real.is_relative_to(tree.resolve()) for tree in self._trees())
                (inside if home else outside).append(path)
        if inside:
            self._plugins[key] = tuple(inside)
        if outside:
            names = ", ".join(f"`{path}`" for path in outside)
            self.problems.append(
                _problem(
                    "ansible-plugins-outside",
                    f"plugins in {names} are not in the bundle",
                    f"`{key}` names a directory outside of those of `{self._path.name}` and of the"
                    " document. Runs on this machine use it, wherever it changes.",
                    "move the plugins beside the document, or into a collection",
                    self._mark("defaults", key),
                    Severity.WARNING,
                )
            )
            self._settings.setdefault("defaults", {})[key] = os.pathsep.join(map(str, outside))

    def _trees(self) -> Iterator[Path]:
        yield self._directory
        yield self._path.parent

    def _paths(self, value: str, separator: str = os.pathsep) -> list[Path]:
        return [self._resolved(part) for part in value.split(separator) if part.strip()]

    def _resolved(self, written: str) -> Path:
        text = written.strip().strip("'\"").replace("{{CWD}}", str(self._directory))
        path = home_path(os.path.expandvars(text))
        return Path(os.path.normpath(self._path.parent / path))

    def _entry(self, section: str, key: str, reason: str = "", at: str = "") -> ConfigEntry:
        return ConfigEntry(section, key, self._lines.get((section, at or key), 0), reason)

    def _mark(self, section: str, key: str) -> Mark:
        line = self._lines.get((section, key), 0)
        return Mark(str(self._path), line, 1) if line else Mark.of_file(str(self._path))


def _name(section: str, key: str) -> str:
    return key if section == "defaults" else f"[{section}] {key}"


def _lines(text: str) -> dict[tuple[str, str], int]:
    """Return (section, key) -> line; configparser does not keep it."""
    found: dict[tuple[str, str], int] = {}
    section = ""
    for number, line in enumerate(text.splitlines(), 1):
        if head := _SECTION_LINE.match(line):
            section = head["name"]
        elif entry := _KEY_LINE.match(line):
            found.setdefault((section, entry["key"].strip().lower()), number)
    return found


def _problem(
    slug: str,
    summary: str,
    detail: str,
    hint: str,
    mark: Mark | None,
    severity: Severity = Severity.ERROR,
) -> Diagnostic:
    return Diagnostic(slug, summary, detail, hint, severity, mark=mark)


def _at(found: Diagnostic, at: DocPath) -> Diagnostic:
    return Diagnostic(found.slug, found.summary, found.detail, found.hint, path=at)
