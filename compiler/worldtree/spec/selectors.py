"""Parses and evaluates what ``hosts:`` says: a selector by labels, or Ansible's host pattern.

A selector has comma-separated terms that must all match: ``role=web``, ``rack!=b``,
``rack in (a, b)``, ``rack notin (a, b)``, ``all``. Every host has ``role``, ``group`` (the same:
roles are groups) and ``name``; any other key is a label. A text with ``=`` or ``in (…)`` is a
selector, every other text, and each that starts with ``~``, ``!`` or ``&``, is a host pattern. A
list is their union, as in Ansible: parts with ``!`` and ``&`` come after all others.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property, lru_cache
from typing import Literal, Protocol

from worldtree.spec.host_patterns import (
    HostGroups,
    HostGroupsBuilder,
    PatternError,
    PatternTerm,
    split_pattern,
)

Selector = str | tuple[str, ...]
Operator = Literal["all", "bare", "in", "notin"]

_WORD = r"[A-Za-z0-9_](?:[A-Za-z0-9_./-]*[A-Za-z0-9_])?"
_BARE = re.compile(rf"\s*({_WORD})\s*\Z")
_EQUAL = re.compile(rf"\s*({_WORD})\s*(!?=)\s*({_WORD})\s*\Z")
_IN = re.compile(rf"\s*({_WORD})\s+(in|notin)\s*\(([^()]*)\)\s*\Z")
_SPLIT = re.compile(r",(?![^()]*\))")
_BY_LABELS = re.compile(r"[^~!&\s].*(?:=|\s(?:not)?in\s*\()|\s*=", re.S)


class SelectorError(ValueError):
    """A selector cannot be parsed; the message says why, ``hint`` how to fix it."""

    def __init__(self, message: str, hint: str = "") -> None:
        super().__init__(message)
        self.hint = hint


@dataclass(frozen=True, slots=True)
class Term:
    """One condition of a selector."""

    key: str
    operator: Operator
    values: frozenset[str] = frozenset()


class Selectable(Protocol):
    """The attributes of a host that selectors use."""

    @property
    def name(self) -> str: ...
    @property
    def roles(self) -> tuple[str, ...]: ...
    @property
    def labels(self) -> dict[str, str]: ...


@lru_cache(maxsize=4096)
def parse_selector(text: str) -> tuple[Term, ...]:
    """Return the terms of one selector; raises ``SelectorError``."""
    if not text.strip():
        raise SelectorError("the selector is empty")
    parts = _SPLIT.split(text)
    terms = tuple(_term(part, text) for part in parts)
    if len(terms) > 1 and any(term.operator == "bare" for term in terms):
        raise SelectorError(
            f"`{text}` joins a name and conditions with a comma, which means that all must match",
            "for the union, write a list: [web1, role=db]",
        )
    return terms


def is_by_labels(text: str) -> bool:
    """Whether ``text`` is a selector by labels and not a host pattern."""
    return bool(_BY_LABELS.match(text.strip()))


def pattern_terms(text: str) -> tuple[PatternTerm, ...]:
    """Return the parts of a host pattern; raises ``SelectorError``."""
    try:
        return split_pattern(text)
    except PatternError as error:
        raise SelectorError(str(error), error.hint) from None


def check_selector(text: str) -> None:
    """Raise ``SelectorError`` for a text that is neither a selector nor a host pattern."""
    if is_by_labels(text):
        parse_selector(text)
    else:
        pattern_terms(text)


@dataclass(frozen=True)
class HostIndex:
    """Evaluates selectors over fixed hosts; each selector is evaluated once and cached."""

    hosts: Sequence[Selectable]
    #: Group name to member host names; roles are groups.
    groups: Mapping[str, Sequence[str]] = field(default_factory=dict)
    #: The inventory in Ansible's order; by default made of ``groups``.
    order: HostGroups | None = None
    _known: dict[str, tuple[str, ...]] = field(default_factory=dict, init=False, repr=False)
    _answers: dict[Selector, tuple[str, ...]] = field(default_factory=dict, init=False, repr=False)
    _members: dict[str, frozenset[str]] = field(default_factory=dict, init=False, repr=False)

    @cached_property
    def inventory(self) -> HostGroups:
        """The hosts and groups as patterns see them."""
        if self.order is not None:
            return self.order
        builder = HostGroupsBuilder()
        for host in self.hosts:
            builder.add_host(host.name)
        for name in sorted(self.groups):
            builder.add_child("all", name)
            for member in self.groups[name]:
                builder.add_host(member, name)
        return builder.build()

    def select(self, selector: Selector) -> tuple[str, ...]:
        """Return the names of the matching hosts; raises ``SelectorError``.

        Of a pattern in Ansible's order; of a selector by labels in document order.
        """
        if selector not in self._answers:
            texts = (selector,) if isinstance(selector, str) else selector
            self._answers[selector] = self._union(texts)
        return self._answers[selector]

    def _union(self, texts: tuple[str, ...]) -> tuple[str, ...]:
        found: dict[str, None] = {}
        signed: list[PatternTerm] = []
        for text in texts:
            if is_by_labels(text):
                found.update(dict.fromkeys(self._by_labels(text)))
                continue
            terms = pattern_terms(text)
            signed += (term for term in terms if term.sign)
            found.update(dict.fromkeys(self.inventory.select(t for t in terms if not t.sign)))
        if not signed:
            return tuple(found)
        kept = self.inventory.select(signed)
        only_signed = len(signed) == sum(
            1 if is_by_labels(text) else len(pattern_terms(text)) for text in texts
        )
        return kept if only_signed else tuple(name for name in found if name in set(kept))

    def _by_labels(self, text: str) -> tuple[str, ...]:
        if text not in self._known:
            terms = parse_selector(text)
            self._known[text] = tuple(
                host.name for host in self.hosts if all(self._holds(t, host) for t in terms)
            )
        return self._known[text]

    def _holds(self, term: Term, host: Selectable) -> bool:
        if term.operator == "all":
            return True
        if term.operator == "bare":
            return host.name == term.key or host.name in self._group(term.key)
        return self._has(term, host) == (term.operator == "in")

    def _has(self, term: Term, host: Selectable) -> bool:
        if term.key in ("role", "group"):
            return not term.values.isdisjoint(host.roles) or any(
                host.name in self._group(name) for name in term.values
            )
        if term.key == "name":
            return host.name in term.values
        return host.labels.get(term.key) in term.values

    def _group(self, name: str) -> frozenset[str]:
        if name not in self._members:
            self._members[name] = frozenset(self.groups.get(name, ()))
        return self._members[name]


def select_hosts(
    hosts: Sequence[Selectable],
    selector: Selector,
    groups: Mapping[str, Sequence[str]] | None = None,
) -> tuple[str, ...]:
    """Return the names of ``hosts`` that match ``selector``, in order; raises ``SelectorError``.

    The time is linear in the number of hosts; use a ``HostIndex`` for many selectors.
    """
    return HostIndex(hosts, groups or {}).select(selector)


def _term(part: str, text: str) -> Term:
    if match := _BARE.match(part):
        key = match.group(1)
        return Term("", "all") if key == "all" else Term(key, "bare")
    if match := _EQUAL.match(part):
        key, operator, value = match.groups()
        return Term(key, "in" if operator == "=" else "notin", frozenset((value,)))
    if match := _IN.match(part):
        key, word, inside = match.groups()
        values = [value.strip() for value in inside.split(",")]
        if all(_BARE.match(value) for value in values):
            return Term(key, "in" if word == "in" else "notin", frozenset(values))
    raise SelectorError(f"`{part.strip() or text}` is not a valid selector")
