"""Plays of playbooks as data, with the text and the place of every keyword."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from worldtree.core.errors import Mark
from worldtree.spec.jinja_syntax import is_template


@dataclass(frozen=True, slots=True)
class Source:
    """The text of a value as it stands in a playbook."""

    #: What follows the colon on the line of the keyword, or the dash of an item.
    first: str
    #: The lines after it, as written.
    rest: tuple[str, ...]
    #: The column of the keyword or item, from which the lines are indented.
    column: int


@dataclass(frozen=True, slots=True)
class Item:
    """An item of a list, such as one role of a play."""

    value: Any
    mark: Mark
    #: Lines of comments above it, and the comment after it, without `#` and indentation.
    comments: tuple[str, ...] = ()
    note: str = ""


@dataclass(frozen=True, slots=True)
class Keyword:
    """A keyword of a play."""

    name: str
    value: Any
    mark: Mark
    #: Lines of comments above it, without `#` and indentation.
    comments: tuple[str, ...] = ()
    #: None where the text cannot be used elsewhere: flow style, anchors, aliases, merged keys.
    source: Source | None = None
    #: The items of a list.
    items: tuple[Item, ...] = ()


@dataclass(frozen=True, slots=True)
class Play:
    """One play of a playbook."""

    file: Path
    mark: Mark
    keywords: tuple[Keyword, ...]
    comments: tuple[str, ...] = ()
    #: Comments after its last keyword that belong to nothing that follows.
    comments_after: tuple[str, ...] = ()

    def get(self, name: str) -> Keyword | None:
        """Return the keyword of that name."""
        return next((found for found in self.keywords if found.name == name), None)

    def value(self, name: str, default: Any = None) -> Any:
        """Return the value of a keyword, or ``default``."""
        found = self.get(name)
        return default if found is None else found.value

    @property
    def name(self) -> str:
        """The name as written; empty without one."""
        return str(self.value("name") or "")


@dataclass(frozen=True, slots=True)
class PlaybookImport:
    """An `import_playbook` of a playbook."""

    file: Path
    mark: Mark
    target: str
    vars: Mapping[str, Any] = field(default_factory=dict)
    when: tuple[Any, ...] = ()
    tags: tuple[str, ...] = ()
    comments: tuple[str, ...] = ()
    #: As of a play.
    comments_after: tuple[str, ...] = ()
    #: Whether it is written as `include`, which today's Ansible refuses.
    outdated: bool = False

    @property
    def is_in_collection(self) -> bool:
        """Whether the target has the form of a playbook in a collection: `ns.name.playbook`."""
        named = self.target.count(".") >= 2 and "/" not in self.target
        return named and not is_template(self.target)

    @property
    def collection(self) -> str:
        """The collection that the target names: `ns.name`."""
        return ".".join(self.target.split(".")[:2])


@dataclass(frozen=True, slots=True)
class ImportedPlay:
    """A play with the imports that lead to it, the outermost first."""

    play: Play
    imports: tuple[PlaybookImport, ...] = ()
    #: The collection of the playbook, whose roles and plugins it calls by short names; else empty.
    collection: str = ""
    #: Comments after the play, or after the last imports that lead to it.
    comments_after: tuple[str, ...] = ()

    @property
    def directory(self) -> Path:
        """Where Ansible looks for what the play names: the directory of its playbook."""
        return self.play.file.parent

    @property
    def import_vars(self) -> dict[str, Any]:
        """Variables of the imports, which override those of the play; the outermost wins."""
        return {name: value for step in reversed(self.imports) for name, value in step.vars.items()}

    @property
    def import_when(self) -> tuple[Any, ...]:
        """Conditions of the imports; all must hold."""
        return tuple(condition for step in self.imports for condition in step.when)

    @property
    def tags(self) -> tuple[str, ...]:
        """Tags of the imports and of the play."""
        own = text_list(self.play.value("tags"))
        return tuple(dict.fromkeys([*(t for step in self.imports for t in step.tags), *own]))


def text_list(value: Any) -> tuple[str, ...]:
    """Return a list of strings as Ansible reads it: a string is split at commas."""
    if value is None:
        return ()
    listed = value if isinstance(value, list) else [value]
    return tuple(part.strip() for one in listed for part in str(one).split(",") if part.strip())
