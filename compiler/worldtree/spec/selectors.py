"""Parses and evaluates host selectors.

A selector is ``all``, a host or group name, or comma-separated terms that must all match:
``role=web``, ``rack!=b``, ``rack in (a, b)``, ``rack notin (a, b)``. Every host has ``role``,
``group`` (the same: roles are groups) and ``name``; any other key is a label. A list of selectors
is their union.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Literal, Protocol

Selector = str | tuple[str, ...]
Operator = Literal["all", "bare", "in", "notin"]

_WORD = r"[A-Za-z0-9_](?:[A-Za-z0-9_./-]*[A-Za-z0-9_])?"
_BARE = re.compile(rf"\s*({_WORD})\s*\Z")
_EQUAL = re.compile(rf"\s*({_WORD})\s*(!?=)\s*({_WORD})\s*\Z")
_IN = re.compile(rf"\s*({_WORD})\s+(in|notin)\s*\(([^()]*)\)\s*\Z")
_SPLIT = re.compile(r",(?![^()]*\))")


class SelectorError(ValueError):
    """A selector cannot be parsed; the message says why."""


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
            f"`{text}` joins names with a comma, which means that all of them must match"
        )
    return terms


@dataclass(frozen=True)
class HostIndex:
    """Evaluates selectors over fixed hosts; each selector is evaluated once and cached."""

    hosts: Sequence[Selectable]
    #: Group name to member host names; roles are groups.
    groups: Mapping[str, Sequence[str]] = field(default_factory=dict)
    _known: dict[str, frozenset[str]] = field(default_factory=dict, init=False, repr=False)
    _members: dict[str, frozenset[str]] = field(default_factory=dict, init=False, repr=False)
    _names: dict[str, int] = field(default_factory=dict, init=False, repr=False)

    def __post_init__(self) -> None:
        self._names.update({host.name: index for index, host in enumerate(self.hosts)})

    def select(self, selector: Selector) -> tuple[str, ...]:
        """Return the names of the matching hosts in document order; raises ``SelectorError``."""
        if isinstance(selector, str):
            found = self._one(selector)
        else:
            found = frozenset().union(*(self._one(text) for text in selector))
        return tuple(sorted(found, key=self._names.__getitem__))

    def _one(self, text: str) -> frozenset[str]:
        if text not in self._known:
            terms = parse_selector(text)
            self._known[text] = frozenset(
                host.name
                for host in self._candidates(terms)
                if all(self._holds(t, host) for t in terms)
            )
        return self._known[text]

    def _candidates(self, terms: tuple[Term, ...]) -> Sequence[Selectable]:
        """Return the hosts to test: only one if the selector is the name of a host."""
        key = terms[0].key
        if terms[0].operator == "bare" and key in self._names:
            return (self.hosts[self._names[key]],)
        return self.hosts

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
