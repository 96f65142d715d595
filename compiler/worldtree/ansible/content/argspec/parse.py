"""Parses the YAML of ``meta/argument_specs.yml`` to ``EntrySpec``; errors become diagnostics."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from worldtree.ansible.content.argspec.model import TYPES, EntrySpec, OptionSpec
from worldtree.ansible.content.places import key_mark
from worldtree.core.errors import DiagnosticBag

#: Depth at which a specification that refers to itself through YAML anchors is cut off.
_MAX_DEPTH = 20


def _text(value: object) -> str:
    """Join a description, which may be a string or a list of paragraphs."""
    if isinstance(value, str):
        return value.strip()
    if isinstance(value, Iterable):
        return "\n".join(str(part).strip() for part in value)
    return ""


def _names(value: object) -> tuple[str, ...]:
    if isinstance(value, str):
        return (value,)
    return tuple(str(item) for item in value) if isinstance(value, list) else ()


def _name_groups(value: object) -> tuple[tuple[str, ...], ...]:
    if not isinstance(value, list):
        return ()
    return (
        tuple(_names(group) for group in value)
        if all(isinstance(group, list) for group in value)
        else (_names(value),)
    )


class _Reader:
    """Reads one file's specifications and collects diagnostics."""

    def __init__(self, file: str) -> None:
        self.bag = DiagnosticBag()
        self._file = Path(file)

    def wrong(self, where: tuple[str, ...], what: str, *, key: str = "") -> None:
        """Report the entry or option ``where``; ``key`` is the part of it that is wrong."""
        names, keys = ".".join(where), ["argument_specs"]
        for depth, name in enumerate(where):
            keys += [name] if depth == 0 else ["options", name]
        self.bag.warning(
            "bad-argument-spec",
            f"the argument specification of {names or 'this role'} {what}",
            detail="This part of the specification is ignored when variables are checked.",
            hint="correct it as Ansible's documentation of role argument validation describes",
            mark=key_mark(self._file, [*keys, key] if key else keys),
        )

    def options(
        self, data: object, where: tuple[str, ...], depth: int = 0
    ) -> dict[str, OptionSpec]:
        if data is None:
            return {}
        if not isinstance(data, Mapping):
            self.wrong(where, "has options that are not a mapping", key="options")
            return {}
        if depth > _MAX_DEPTH:
            self.wrong(where, f"is nested more than {_MAX_DEPTH} levels deep")
            return {}
        return {
            str(name): self.option(str(name), value, (*where, str(name)), depth)
            for name, value in data.items()
        }

    def option(self, name: str, data: object, where: tuple[str, ...], depth: int) -> OptionSpec:
        if data is None:
            return OptionSpec(name)
        if not isinstance(data, Mapping):
            self.wrong(where, "is not a mapping")
            return OptionSpec(name, type="raw")
        choices = data.get("choices")
        if isinstance(choices, Mapping):
            choices = list(choices)
        elif choices is not None and not isinstance(choices, list):
            self.wrong(where, "has choices that are not a list", key="choices")
            choices = None
        removed = next(
            (str(data[k]) for k in ("removed_in_version", "removed_at_date") if k in data), ""
        )
        return OptionSpec(
            name=name,
            type=self.type(data.get("type", "str"), where, "type"),
            typed="type" in data,
            elements=self.type(data["elements"], where, "elements")
            if data.get("elements")
            else None,
            required=data.get("required") is True,
            default=data.get("default"),
            has_default="default" in data,
            choices=None if choices is None else tuple(choices),
            aliases=_names(data.get("aliases")),
            options=self.options(data["options"], where, depth + 1)
            if data.get("options") is not None
            else None,
            description=_text(data.get("description")),
            no_log=data.get("no_log") is True,
            removed=removed,
            mutually_exclusive=_name_groups(data.get("mutually_exclusive")),
            required_together=_name_groups(data.get("required_together")),
            required_one_of=_name_groups(data.get("required_one_of")),
        )

    def type(self, value: object, where: tuple[str, ...], key: str) -> str:
        if isinstance(value, str) and value in TYPES:
            return value
        self.wrong(where, f"names the type `{value}`, which Ansible does not know", key=key)
        return "raw"


def parse_argument_specs(data: Any, file: str) -> tuple[dict[str, EntrySpec], DiagnosticBag]:
    """Read the mapping under ``argument_specs`` into entry point name → ``EntrySpec``.

    ``file`` is named in the diagnostics. It never raises: unreadable parts are left out and
    reported.
    """
    reader = _Reader(file)
    if data is None:
        return {}, reader.bag
    if not isinstance(data, Mapping):
        reader.wrong((), "is not a mapping of entry points")
        return {}, reader.bag
    entries: dict[str, EntrySpec] = {}
    for name, spec in data.items():
        if not isinstance(spec, Mapping):
            reader.wrong((str(name),), "is not a mapping")
            continue
        entries[str(name)] = EntrySpec(
            name=str(name),
            short_description=_text(spec.get("short_description")),
            description=_text(spec.get("description")),
            options=reader.options(spec.get("options"), (str(name),)),
        )
    return entries, reader.bag
