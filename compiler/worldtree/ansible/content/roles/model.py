"""The data of a role, as read from its files."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import Any, Literal

from worldtree.ansible.content.argspec.model import EntrySpec
from worldtree.ansible.content.file_digests import ContentFile, content_digest, content_files
from worldtree.ansible.content.roles.played_files import is_read_by_plays
from worldtree.ansible.content.roles.role_task import (
    CONVENTIONAL_ENTRIES,
    RoleTask,
    RoleUse,
    tasks_of_entry,
)
from worldtree.core.errors import Diagnostic

#: ``team``: from ``rolesPath`` or a path; ``collection``: called by FQCN; ``builtin``: comes with
#: a component.
Origin = Literal["team", "collection", "builtin"]

#: ``safe``: no task known to fail in check mode; ``partial``: check mode skips tasks that may
#: change the host, or whose results later ones read; ``unsafe``: a task changes the host in check
#: mode too.
CheckMode = Literal["safe", "partial", "unsafe"]

#: Conventional entry points that change nothing.
READ_ONLY_ENTRIES = frozenset({"precheck", "verify"})

#: Larger files are data, which read no variables.
_LARGEST_TEXT = 1_000_000


@dataclass(frozen=True, slots=True)
class CheckModeNote:
    """One task that does not work in check mode, and why."""

    file: str
    task: str
    action: str
    reason: str
    #: Whether it changes the host even in check mode.
    changes: bool


@dataclass(frozen=True, slots=True)
class UnguardedTask:
    """One task that is not idempotent: it acts each time it runs."""

    file: str
    task: str
    action: str


@dataclass(frozen=True, slots=True)
class TaskSummary:
    """Summary of all task and handler files of a role."""

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
    #: File → its tasks, with the keywords of the blocks around them.
    files: Mapping[str, tuple[RoleTask, ...]] = field(default_factory=dict)
    #: Collections whose plugins are named by FQCN or through a redirect of ansible-core.
    collections: frozenset[str] = frozenset()

    @property
    def handlers(self) -> tuple[RoleTask, ...]:
        """The tasks of all handler files."""
        return tuple(t for tasks in self.files.values() for t in tasks if t.in_handlers)

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
    """A role as read from its directory."""

    #: Bare name, or FQCN for a role of a collection.
    name: str
    path: Path
    origin: Origin
    #: The collection it belongs to, ``ns.name``.
    collection: str | None = None
    #: Name and version of the package whose component brings it; empty for any other role.
    package: str = ""
    #: Entry point name → file; the files directly in ``tasks/``.
    entries: Mapping[str, Path] = field(default_factory=dict)
    #: All names that ``tasks_from`` accepts, subdirectories included (``setup/debian``).
    task_files: frozenset[str] = frozenset()
    #: Entry point name → its specification; empty when the role declares none.
    specs: Mapping[str, EntrySpec] = field(default_factory=dict)
    defaults: Mapping[str, Any] = field(default_factory=dict)
    vars: Mapping[str, Any] = field(default_factory=dict)
    #: Names set in any other file of ``vars/`` or ``defaults/`` (``vars/Debian.yml``).
    other_vars: frozenset[str] = frozenset()
    #: Encrypted files of ``defaults/`` or ``vars/``, whose variable names are not known.
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
    #: Files that could not be read.
    diagnostics: tuple[Diagnostic, ...] = ()

    @property
    def label(self) -> str:
        """What it is called in messages."""
        return f"role `{self.name}`"

    @property
    def has_specs(self) -> bool:
        """Whether it declares argument specifications."""
        return bool(self.specs)

    def has_entry(self, entry: str) -> bool:
        """Whether ``tasks/<entry>.yml`` exists (a role with only handlers has no ``main``)."""
        return entry in self.task_files

    @property
    def public_entries(self) -> tuple[str, ...]:
        """Names of the entry points to be called: the declared ones, if there are any."""
        if not self.specs:
            return tuple(self.entries)
        meant = {*self.specs, *CONVENTIONAL_ENTRIES}
        return tuple(name for name in self.entries if name in meant)

    @property
    def has_precheck(self) -> bool:
        """Whether it can check that nothing is left to do."""
        return self.has_entry("precheck")

    @property
    def has_verify(self) -> bool:
        """Whether it can check its own work."""
        return self.has_entry("verify")

    @property
    def has_remove(self) -> bool:
        """Whether it can remove what it installed."""
        return self.has_entry("remove")

    @property
    def has_rollback(self) -> bool:
        """Whether it can undo its work."""
        return self.has_entry("rollback")

    @property
    def undone_entries(self) -> frozenset[str] | None:
        """The entries that ``rollback`` can undo; None for all of them.

        They are the choices of its option ``worldtree_undone_entry``.
        """
        spec = self.specs.get("rollback")
        option = None if spec is None else spec.options.get("worldtree_undone_entry")
        choices = None if option is None else option.choices
        return frozenset(map(str, choices)) if choices else None

    def undoes(self, entry: str) -> bool:
        """Whether its ``rollback`` can undo the work of an entry."""
        entries = self.undone_entries
        return self.has_rollback and (entries is None or entry in entries)

    @property
    def known_names(self) -> frozenset[str]:
        """Names of the variables that the role itself sets or declares."""
        spec_names = (spec.names for spec in self.specs.values())
        return frozenset(self.defaults).union(self.vars, self.other_vars, *spec_names)

    def tasks_of(self, entry: str) -> tuple[RoleTask, ...]:
        """Return the tasks that an entry point can run, with all keywords that they inherit.

        Those of files that it includes are among them; handlers and other roles' tasks are not.
        """
        return tuple(tasks_of_entry(self.tasks.files, entry))

    def mentions(self, name: str) -> bool:
        """Whether any text file of the role has the word ``name``; slow: it reads all files."""
        wanted = re.compile(rb"(?<!\w)" + re.escape(name.encode()) + rb"(?!\w)")
        return any(
            wanted.search(file.path.read_bytes())
            for file in self.content
            if file.path.stat().st_size <= _LARGEST_TEXT
        )

    @cached_property
    def content(self) -> tuple[ContentFile, ...]:
        """All files, as they go into a bundle."""
        return content_files(self.path)

    @property
    def played_content(self) -> tuple[ContentFile, ...]:
        """The files that a play can read: without tests, documentation and those of CI."""
        return tuple(file for file in self.content if is_read_by_plays(file.relative))

    @cached_property
    def digest(self) -> str:
        """The sha256 (hex) of everything in the role's directory."""
        return content_digest(self.path, shipped=self.origin == "builtin")
