"""What is known of a role: frozen data, nothing in it was run."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import Any, Literal

from worldtree.ansible.content.argspec.model import EntrySpec
from worldtree.ansible.content.file_digests import ContentFile, content_digest, content_files
from worldtree.core.errors import Diagnostic

#: ``team``: from ``rolesPath`` or a path; ``collection``: called by FQCN; ``builtin``: comes with
#: a component.
Origin = Literal["team", "collection", "builtin"]

#: ``safe``: nothing seen that check mode trips over; ``partial``: some tasks are left out in check
#: mode and later ones read their results; ``unsafe``: something changes the host in check mode too.
CheckMode = Literal["safe", "partial", "unsafe"]

#: Entries with a meaning of their own.
_CONVENTIONAL_ENTRIES = frozenset({"main", "precheck", "verify", "remove", "rollback"})

#: Larger files are data, not something that reads a variable.
_LARGEST_TEXT = 1_000_000


@dataclass(frozen=True, slots=True)
class RoleUse:
    """A role that another one brings in, by ``meta`` dependency, import or include."""

    name: str
    how: Literal["dependency", "import", "include"]
    entry: str = "main"
    #: File below the role's directory.
    file: str = ""

    @property
    def is_dynamic(self) -> bool:
        """Whether the name is a template, known only when the play runs."""
        return "{{" in self.name


@dataclass(frozen=True, slots=True)
class CheckModeNote:
    """One task that check mode is not right for, and why."""

    file: str
    task: str
    action: str
    reason: str
    #: Whether it changes the host even in check mode.
    changes: bool


@dataclass(frozen=True, slots=True)
class UnguardedTask:
    """One task that does what it does every time, whatever it has done before."""

    file: str
    task: str
    action: str


@dataclass(frozen=True, slots=True)
class TaskSummary:
    """What all task and handler files of a role say together."""

    #: Actions by full name as far as it is known (``ansible.builtin.copy``).
    actions: frozenset[str] = frozenset()
    uses: tuple[RoleUse, ...] = ()
    #: Handler names and topics that tasks notify.
    notifies: frozenset[str] = frozenset()
    #: Names that ``set_fact`` gives a value to.
    set_facts: frozenset[str] = frozenset()
    registers: frozenset[str] = frozenset()
    #: Tags written in the role.
    tags: frozenset[str] = frozenset()
    check_notes: tuple[CheckModeNote, ...] = ()
    #: Commands and the like with nothing that keeps them from having their effect twice.
    unguarded: tuple[UnguardedTask, ...] = ()
    #: File of tasks → the files of tasks that it brings in; None where a name is a template.
    includes: Mapping[str, frozenset[str | None]] = field(default_factory=dict)
    #: Collections whose plugins are named by FQCN or through a redirect of ansible-core.
    collections: frozenset[str] = frozenset()

    def with_collections(self, more: frozenset[str]) -> TaskSummary:
        """Return a copy that uses ``more`` collections too."""
        return replace(self, collections=self.collections | more)


@dataclass(frozen=True, slots=True)
class ComponentRole:
    """A role that a component of another package brings."""

    path: Path
    #: Name and version of that package.
    package: str


@dataclass(frozen=True)
class RoleInfo:
    """A role as far as reading tells."""

    #: Bare name, or FQCN for a role of a collection.
    name: str
    path: Path
    origin: Origin
    #: The collection it belongs to, ``ns.name``.
    collection: str | None = None
    #: Name and version of the package whose component brings it; empty for any other role.
    package: str = ""
    #: Entry point name → file; the files right in ``tasks/``.
    entries: Mapping[str, Path] = field(default_factory=dict)
    #: All that ``tasks_from`` could name, deeper folders too (``setup/debian``).
    task_files: frozenset[str] = frozenset()
    #: Entry point name → what it takes; empty when the role declares nothing.
    specs: Mapping[str, EntrySpec] = field(default_factory=dict)
    defaults: Mapping[str, Any] = field(default_factory=dict)
    vars: Mapping[str, Any] = field(default_factory=dict)
    #: Names set in any other file of ``vars/`` or ``defaults/`` (``vars/Debian.yml``).
    other_vars: frozenset[str] = frozenset()
    #: Files of ``defaults/`` or ``vars/`` encrypted whole: their names are not known.
    vaulted_files: tuple[str, ...] = ()
    #: Names and topics (``listen``) of its handlers.
    handlers: tuple[str, ...] = ()
    dependencies: tuple[RoleUse, ...] = ()
    tasks: TaskSummary = TaskSummary()
    #: Plugin folders it brings: ``library``, ``filter_plugins``, ``module_utils`` …
    plugin_dirs: tuple[str, ...] = ()
    templates: tuple[str, ...] = ()
    files: tuple[str, ...] = ()
    #: ``Debian: bookworm, bullseye`` per platform that ``meta/main.yml`` names.
    platforms: tuple[str, ...] = ()
    min_ansible_version: str = ""
    #: First heading or sentence of the README.
    summary: str = ""
    #: What could not be read.
    diagnostics: tuple[Diagnostic, ...] = ()

    @property
    def has_specs(self) -> bool:
        """Whether it declares argument specifications."""
        return bool(self.specs)

    def has_entry(self, entry: str) -> bool:
        """Whether ``tasks/<entry>.yml`` is there (``main`` may be absent in a role of handlers)."""
        return entry in self.task_files

    @property
    def public_entries(self) -> tuple[str, ...]:
        """Names of the entries that are meant to be called: the declared ones, if any are."""
        if not self.specs:
            return tuple(self.entries)
        meant = {*self.specs, *_CONVENTIONAL_ENTRIES}
        return tuple(name for name in self.entries if name in meant)

    @property
    def has_precheck(self) -> bool:
        """Whether it can say that nothing is left to do."""
        return self.has_entry("precheck")

    @property
    def has_verify(self) -> bool:
        """Whether it can check its own work."""
        return self.has_entry("verify")

    @property
    def has_remove(self) -> bool:
        """Whether it can take its work away."""
        return self.has_entry("remove")

    @property
    def has_rollback(self) -> bool:
        """Whether it can undo its work."""
        return self.has_entry("rollback")

    @property
    def known_names(self) -> frozenset[str]:
        """Names of variables that the role itself gives a value or a meaning to."""
        spec_names = (spec.names for spec in self.specs.values())
        return frozenset(self.defaults).union(self.vars, self.other_vars, *spec_names)

    @property
    def check_mode(self) -> CheckMode:
        """A guess at how check mode fares, from the actions used."""
        if any(note.changes for note in self.tasks.check_notes):
            return "unsafe"
        return "partial" if self.tasks.check_notes else "safe"

    def files_of(self, entry: str) -> frozenset[str] | None:
        """Return the files of tasks that an entry comes to; None where that is not known."""
        found: set[str] = set()
        waiting: list[str | None] = [f"tasks/{entry}.yml"]
        if waiting[0] not in self.tasks.includes:
            waiting = [f"tasks/{entry}.yaml"]
        while waiting:
            file = waiting.pop()
            if file is None:
                return None
            if file not in found:
                found.add(file)
                waiting.extend(self.tasks.includes.get(file, ()))
        return frozenset(found)

    def unguarded(self, entry: str) -> tuple[UnguardedTask, ...]:
        """Return the tasks of an entry that would have their effect twice if they ran twice."""
        files = self.files_of(entry)
        others = {f"tasks/{name}.yml" for name in _CONVENTIONAL_ENTRIES - {entry, "main"}}
        return tuple(
            task
            for task in self.tasks.unguarded
            if (task.file not in others if files is None else task.file in files)
        )

    def mentions(self, name: str) -> bool:
        """Whether any text file of the role has ``name`` in it; reads files, so ask seldom."""
        wanted = name.encode()
        return any(
            wanted in file.path.read_bytes()
            for file in self.content
            if file.path.stat().st_size <= _LARGEST_TEXT
        )

    @cached_property
    def content(self) -> tuple[ContentFile, ...]:
        """All files, as they go into a bundle."""
        return content_files(self.path)

    @cached_property
    def digest(self) -> str:
        """The sha256 (hex) of everything in the role's directory."""
        return content_digest(self.path)
