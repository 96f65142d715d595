"""Checks variables against an entry point's specification: missing, unknown, wrong values."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from worldtree.ansible.content.argspec.model import EntrySpec, OptionSpec
from worldtree.ansible.content.argspec.types import (
    accepts,
    as_list,
    as_mapping,
    in_choices,
    is_runtime_value,
)
from worldtree.core.errors import Diagnostic, DocPath, Severity
from worldtree.core.suggestions import did_you_mean
from worldtree.spec.yaml_tags import decode_tags


@dataclass(frozen=True, slots=True)
class _Place:
    """The place of a value: its document path, and its name in messages (``users[0].name``)."""

    path: DocPath | None
    text: str
    owner: str

    def key(self, name: str) -> _Place:
        path = None if self.path is None else (*self.path, name)
        return _Place(path, f"{self.text}.{name}" if self.text else name, self.owner)

    def item(self, index: int) -> _Place:
        path = None if self.path is None else (*self.path, index)
        return _Place(path, f"{self.text}[{index}]", self.owner)


def _short_repr(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= 40 else text[:37] + "…"


def check_variables(
    spec: EntrySpec,
    provided: Mapping[str, Any],
    path: DocPath | None,
    *,
    owner: str,
    also_known: Collection[str] = (),
    supplied_elsewhere: Collection[str] | None = (),
    unknown: Severity | None = Severity.ERROR,
) -> list[Diagnostic]:
    """Return the problems of ``provided`` for ``spec``: missing, unknown, wrong type, no choice.

    ``path`` is the document path of the mapping ``provided``; ``owner`` names the role in
    messages. ``also_known`` are further names that are accepted (the role's defaults);
    ``supplied_elsewhere`` are names that get a value in another place (inventory, defaults, facts);
    None switches the check for missing names off. ``unknown`` is the severity of an unknown name;
    None switches that check off.
    """
    where = _Place(path, "", owner)
    found: list[Diagnostic] = []
    if supplied_elsewhere is not None:
        names = {*provided, *supplied_elsewhere}
        missing = missing_options(spec, names)
        found += [missing_variable(option, names, path, owner=owner) for option in missing]
    known = spec.names.union(also_known)
    for name, value in provided.items():
        option = spec.options.get(name)
        if option is not None:
            found.extend(check_value(option, value, where.key(name).path, owner=owner))
        elif unknown is not None and name not in known:
            found.append(_unknown(name, known, where, unknown))
    return found


def missing_options(spec: EntrySpec, names: Collection[str]) -> Iterator[OptionSpec]:
    """Yield the required options of ``spec`` that are not in ``names`` and have no default."""
    for option in spec.options.values():
        if option.required and not option.has_default and option.name not in names:
            yield option


def missing_variable(
    option: OptionSpec, names: Collection[str], path: DocPath | None, *, owner: str
) -> Diagnostic:
    """Return the error that a required variable is not among ``names``.

    An alias does not satisfy a role's top-level option: Ansible looks variables up by option name.
    """
    alias = next((a for a in option.aliases if a in names), None)
    return Diagnostic(
        "missing-role-variable",
        f"{owner} needs the variable `{option.name}` ({option.type_text})",
        detail=option.description.partition("\n")[0],
        hint=f"pass it as `{option.name}`: Ansible does not look a role's variable up by its"
        f" alias `{alias}`"
        if alias
        else f"add `{option.name}` to the step's vars, or to those of its hosts",
        path=path,
    )


def check_value(
    option: OptionSpec, value: Any, path: DocPath | None, *, owner: str
) -> list[Diagnostic]:
    """Return the problems of one variable's value, nested options and items included."""
    found = list(_check_value(option, value, _Place(path, option.name, owner)))
    if option.removed:
        found.append(
            Diagnostic(
                "deprecated-role-variable",
                f"{owner} will remove the variable `{option.name}` ({option.removed})",
                hint="see the role's documentation for its replacement",
                severity=Severity.WARNING,
                path=path,
                at_key=True,
            )
        )
    return found


def _unknown(
    name: str, known: Collection[str], where: _Place, severity: Severity = Severity.ERROR
) -> Diagnostic:
    place = where.key(name)
    inside = f" in `{where.text}`" if where.text else ""
    return Diagnostic(
        "unknown-role-variable",
        f"{where.owner} has no variable `{name}`{inside}",
        detail=""
        if inside
        else "It is neither in the role's argument specification nor in its"
        " defaults, so the role ignores it.",
        hint=did_you_mean(name, known),
        severity=severity,
        path=place.path,
        at_key=True,
    )


def _check_value(option: OptionSpec, value: Any, where: _Place) -> Iterator[Diagnostic]:
    # In a plan a tagged string is a mapping of one key.
    value = decode_tags(value) if isinstance(value, Mapping) and len(value) == 1 else value
    if is_runtime_value(value):
        return
    if value is None and not (option.required or option.has_default):
        return
    if not accepts(option.type, value):
        yield from _wrong_type(option, option.type, value, where)
        return
    if option.type == "list":
        yield from _check_items(option, as_list(value), where)
    elif option.choices is not None and not in_choices(value, option.choices, option.type):
        yield _no_choice(option, value, where)
    elif option.type == "dict" and option.options is not None:
        inner = as_mapping(value)
        if inner is not None:
            yield from _check_inner(option, inner, where)


def _check_items(option: OptionSpec, items: list[Any], where: _Place) -> Iterator[Diagnostic]:
    for index, tagged in enumerate(items):
        item = decode_tags(tagged) if isinstance(tagged, Mapping) and len(tagged) == 1 else tagged
        place = where.item(index)
        if option.elements and not accepts(option.elements, item):
            yield from _wrong_type(option, option.elements, item, place)
        elif option.choices is not None and not in_choices(
            item, option.choices, option.elements or "raw"
        ):
            yield _no_choice(option, item, place)
        elif (
            option.elements == "dict" and option.options is not None and not is_runtime_value(item)
        ):
            inner = as_mapping(item)
            if inner is not None:
                yield from _check_inner(option, inner, place)


def _check_inner(
    option: OptionSpec, value: Mapping[str, Any], where: _Place
) -> Iterator[Diagnostic]:
    options = option.options or {}
    by_name = {alias: o for o in options.values() for alias in o.aliases} | dict(options)
    given: set[str] = set()
    for name, inner in value.items():
        known = by_name.get(str(name))
        if known is None:
            yield _unknown(str(name), by_name, where)
            continue
        given.add(known.name)
        yield from _check_value(known, inner, where.key(str(name)))
    for known in options.values():
        if known.required and not known.has_default and known.name not in given:
            yield Diagnostic(
                "missing-role-variable",
                f"{where.owner} needs `{known.name}` ({known.type_text}) in `{where.text}`",
                detail=known.description.partition("\n")[0],
                hint=f"add `{known.name}`",
                path=where.path,
            )
    yield from _check_groups(option, given, where)


def _check_groups(option: OptionSpec, given: set[str], where: _Place) -> Iterator[Diagnostic]:
    for group in option.mutually_exclusive:
        both = [name for name in group if name in given]
        if len(both) > 1:
            yield _conflict(where, f"takes only one of {_listed(both)}", "remove one of them")
    for group in option.required_one_of:
        if not given.intersection(group):
            yield _conflict(where, f"needs one of {_listed(group)}", "add one of them")
    for group in option.required_together:
        there = [name for name in group if name in given]
        if there and len(there) < len(group):
            lacking = [name for name in group if name not in given]
            yield _conflict(
                where, f"takes {_listed(group)} only together", f"add {_listed(lacking)}"
            )


def _listed(names: Collection[str]) -> str:
    return ", ".join(f"`{name}`" for name in names)


def _conflict(where: _Place, what: str, hint: str) -> Diagnostic:
    return Diagnostic(
        "conflicting-role-options",
        f"{where.owner}: `{where.text}` {what}",
        hint=hint,
        path=where.path,
    )


def _wrong_type(option: OptionSpec, wanted: str, value: Any, where: _Place) -> Iterator[Diagnostic]:
    if wanted == "str" and not option.typed:
        # Without a declared type Ansible accepts anything, and many roles declare none.
        return
    lenient = wanted in {"str", "path", "sid"}
    yield Diagnostic(
        "wrong-role-variable-type",
        f"{where.owner} takes {wanted} for `{where.text}`, not {_short_repr(value)}",
        detail="Ansible converts the value to a string and continues." if lenient else "",
        hint="see `wt roles show` for the types of the role's variables",
        severity=Severity.WARNING if lenient else Severity.ERROR,
        path=where.path,
    )


def _no_choice(option: OptionSpec, value: Any, where: _Place) -> Diagnostic:
    choices = option.choices or ()
    return Diagnostic(
        "bad-role-variable-choice",
        f"{where.owner} does not take {_short_repr(value)} for `{where.text}`",
        detail="It takes " + ", ".join(f"`{c}`" for c in choices) + ".",
        hint=did_you_mean(str(value), [str(c) for c in choices]),
        path=where.path,
    )
