"""The data of an argument specification: one ``EntrySpec`` per entry point, nested options."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

#: Types that Ansible's validator knows; any other in a specification is an error of the role.
TYPES = frozenset(
    {
        "bits",
        "bool",
        "bytes",
        "dict",
        "float",
        "int",
        "json",
        "jsonarg",
        "list",
        "path",
        "raw",
        "sid",
        "str",
    }
)


@dataclass(frozen=True, slots=True)
class OptionSpec:
    """One option; nested options are those of a dict, or of each item of a list of dicts."""

    name: str
    #: One of ``TYPES``.
    type: str = "str"
    #: Whether the type is declared: without it Ansible uses ``str`` and converts anything.
    typed: bool = False
    #: Type of a list's items; None when it does not matter.
    elements: str | None = None
    required: bool = False
    default: Any = None
    has_default: bool = False
    choices: tuple[Any, ...] | None = None
    aliases: tuple[str, ...] = ()
    #: None when the inner keys are not restricted.
    options: Mapping[str, OptionSpec] | None = None
    description: str = ""
    #: Whether values must not be shown.
    no_log: bool = False
    #: Version or date of removal that the role announces; empty when the option stays.
    removed: str = ""
    mutually_exclusive: tuple[tuple[str, ...], ...] = ()
    required_together: tuple[tuple[str, ...], ...] = ()
    required_one_of: tuple[tuple[str, ...], ...] = ()

    @property
    def type_text(self) -> str:
        """The type as people read it, such as ``list of dict``."""
        return f"list of {self.elements}" if self.type == "list" and self.elements else self.type


@dataclass(frozen=True, slots=True)
class EntrySpec:
    """The variables of one entry point of a role."""

    name: str
    short_description: str = ""
    description: str = ""
    options: Mapping[str, OptionSpec] = field(default_factory=dict)

    @property
    def names(self) -> frozenset[str]:
        """Every name that may be passed: options and their aliases."""
        aliases = (alias for option in self.options.values() for alias in option.aliases)
        return frozenset(self.options).union(aliases)
