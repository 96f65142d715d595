"""Ansible's host patterns (``web:!canary``, ``db*``, ``~rack[0-9]``, ``web[0]``), evaluated as
Ansible does: which hosts match, and in which order.
"""

from __future__ import annotations

import fnmatch
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from ipaddress import ip_address
from itertools import pairwise

#: Names of the machine that runs Ansible, which needs no entry in an inventory.
LOCAL_NAMES = ("127.0.0.1", "::1", "localhost")
#: Name of that machine in plans and plays, where no inventory lists it.
LOCALHOST = "localhost"

_SUBSCRIPT = re.compile(r"(.+)\[(?:(-?[0-9]+)|([0-9]+)[:-]([0-9]*))\]\Z", re.S)
_HOST_AND_PORT = re.compile(r"((?:[^:\[\]]|\[[^\]]*\])*):[0-9]+\Z")
_BRACKETED_AND_PORT = re.compile(r"\[(.+)\]:[0-9]+\Z")
_RANGE = r"\[(?:[a-z]:[a-z]|[0-9]+:[0-9]+)(?::[0-9]+)?\]"
_LABEL = rf"(?:\w|{_RANGE})(?:[\w-]|{_RANGE})*(?<![_-])"
_HOST = re.compile(rf"{_LABEL}(?:\.{_LABEL})*\Z", re.I)
_TERM = re.compile(r"(?:[^\s:\[\]]|\[[^\]]*\])+")
#: Characters with which a pattern may name hosts beside groups.
_GLOB = (".", "?", "*", "[")


class PatternError(ValueError):
    """A pattern cannot be read; the message says why, ``hint`` how to fix it."""

    def __init__(self, message: str, hint: str = "") -> None:
        super().__init__(message)
        self.hint = hint


@dataclass(frozen=True, slots=True)
class PatternTerm:
    """One part of a pattern, such as ``!canary``."""

    text: str
    #: Where it begins in the whole text, from 0.
    offset: int = 0

    @property
    def sign(self) -> str:
        """``!`` to leave hosts out, ``&`` to keep only these, empty to add them."""
        return self.text[0] if self.text[0] in "!&" else ""

    @property
    def name(self) -> str:
        """The part without its sign."""
        return self.text[1:] if self.sign else self.text

    @property
    def base(self) -> str:
        """The name without its subscript."""
        found = None if self.name.startswith("~") else _SUBSCRIPT.match(self.name)
        return found[1] if found else self.name

    @property
    def is_literal(self) -> bool:
        """Whether it names one host or group, without wildcards and regular expressions."""
        return not self.name.startswith("~") and not any(c in self.base for c in "?*[")


@lru_cache(maxsize=4096)
def split_pattern(text: str) -> tuple[PatternTerm, ...]:
    """Return the parts of a pattern, in order; raises ``PatternError``.

    As in Ansible, commas separate parts; a text without any is one host name or address, or has
    colons between its parts.
    """
    if not text.strip():
        raise PatternError("the pattern is empty", "write `all` for every host")
    if "," in text:
        found = [part.strip() for part in text.split(",")]
    else:
        found = [text.strip()] if _is_one_host(text.strip()) else _TERM.findall(text)
    terms, start = [], 0
    for part in found:
        if part:
            start = text.index(part, start)
            terms.append(PatternTerm(part, start))
            start += len(part)
    _check(text, terms)
    return tuple(terms)


def _is_one_host(text: str) -> bool:
    """Whether Ansible reads ``text`` as one name or address, with or without a port."""
    found = _BRACKETED_AND_PORT.match(text) or _HOST_AND_PORT.match(text)
    host = found[1] if found else text
    try:
        ip_address(host)
    except ValueError:
        return bool(_HOST.match(host))
    return True


def _check(text: str, terms: Sequence[PatternTerm]) -> None:
    if not terms:
        raise PatternError(f"`{text}` names no host", "write `all` for every host")
    covered = "".join(term.text for term in terms)
    rest = re.sub(r"[\s:,]", "", text)
    if re.sub(r"[\s:,]", "", covered) != rest:
        raise PatternError(f"the brackets in `{text}` are not closed")
    if any(re.search(r"\s", term.text) for term in terms) or _has_inner_space(text, terms):
        raise PatternError(
            f"`{text}` has a space inside a name", "separate names with `:` or a comma"
        )
    for term in terms:
        if not term.name or not term.name.strip("~"):
            raise PatternError(f"`{term.text}` names no host", "write a name behind it")
        if term.name[0] in "!&":
            raise PatternError(f"`{term.text}` has two signs", "write one `!` or `&`")
        _compiled(term.base)


def _has_inner_space(text: str, terms: Sequence[PatternTerm]) -> bool:
    ends = [(term.offset, term.offset + len(term.text)) for term in terms]
    between = (text[end:start] for (_, end), (start, _) in pairwise(ends))
    return any(gap.isspace() for gap in between)


@lru_cache(maxsize=4096)
def _compiled(name: str) -> re.Pattern[str]:
    try:
        return re.compile(name[1:] if name.startswith("~") else fnmatch.translate(name))
    except re.error as error:
        raise PatternError(f"`{name}` is not a valid regular expression: {error.msg}") from None


@dataclass(frozen=True)
class HostGroups:
    """Hosts and groups of an inventory, in the order in which Ansible has them."""

    hosts: Sequence[str] = ()
    #: Group -> its own hosts and the groups inside it; ``all`` and ``ungrouped`` among them.
    groups: Mapping[str, tuple[Sequence[str], Sequence[str]]] = field(default_factory=dict)
    _members: dict[str, tuple[str, ...]] = field(default_factory=dict, init=False, repr=False)
    _matches: dict[str, tuple[str, ...]] = field(default_factory=dict, init=False, repr=False)
    _names: set[str] = field(default_factory=set, init=False, repr=False)

    def __post_init__(self) -> None:
        self._names.update(self.hosts)

    def select(self, terms: Iterable[PatternTerm]) -> tuple[str, ...]:
        """Return the hosts that ``terms`` match together, each once, in Ansible's order.

        First come those without a sign (all hosts, where there is none), then ``&``, then ``!``.
        """
        ordered = sorted(terms, key=lambda term: ("", "&", "!").index(term.sign))
        if not ordered:
            return ()
        found: dict[str, None] = {}
        if ordered[0].sign:
            found = dict.fromkeys(self.match(PatternTerm("all")))
        for term in ordered:
            hosts = self.match(term)
            if not term.sign:
                found.update(dict.fromkeys(hosts))
            else:
                given, keep = set(hosts), term.sign == "&"
                found = {name: None for name in found if (name in given) == keep}
        return tuple(found)

    def match(self, term: PatternTerm) -> tuple[str, ...]:
        """Return the hosts that one part matches, whatever its sign."""
        if term.text in self._names:
            return (term.text,)
        if term.name not in self._matches:
            self._matches[term.name] = self._match(term.name)
        return self._matches[term.name]

    def knows(self, name: str) -> bool:
        """Whether there is a host or group of that name; this machine needs no entry."""
        return name in self._names or name in self.groups or name in LOCAL_NAMES

    @property
    def local(self) -> str | None:
        """The host that stands for this machine, if the inventory lists it."""
        return next((name for name in self.hosts if name in LOCAL_NAMES), None)

    def members(self, group: str) -> tuple[str, ...]:
        """Return the hosts of ``group`` and of all groups inside it; none for an unknown one."""
        if group not in self._members:
            found: dict[str, None] = {}
            for name in self._with_inner(group):
                found.update(dict.fromkeys(self.groups[name][0]))
            self._members[group] = tuple(found)
        return self._members[group]

    def _with_inner(self, group: str) -> list[str]:
        """Return ``group`` and the groups inside it, level by level."""
        found = dict.fromkeys([group] if group in self.groups else ())
        level = list(found)
        while level:
            inner = [c for name in level for c in self.groups[name][1] if c in self.groups]
            level = [name for name in dict.fromkeys(inner) if name not in found]
            found.update(dict.fromkeys(level))
        return list(found)

    def _match(self, name: str) -> tuple[str, ...]:
        subscript = None if name.startswith("~") else _SUBSCRIPT.match(name)
        base = subscript[1] if subscript else name
        hosts = self._enumerate(base)
        if subscript is None or not hosts:
            return tuple(dict.fromkeys(hosts))
        _, single, first, last = subscript.groups()
        start = int(single if single is not None else first)
        end = None if single is not None else int(last) if last else len(hosts) - 1
        # As in Ansible, `[2:0]` is the third host: an end of 0 counts as none.
        if end:
            return tuple(dict.fromkeys(hosts[start : end + 1]))
        return (hosts[start],) if -len(hosts) <= start < len(hosts) else ()

    def _enumerate(self, base: str) -> list[str]:
        """Return the hosts of all groups that ``base`` matches, and the hosts that it matches.

        A host may be there twice, which subscripts count, as in Ansible.
        """
        wanted = _compiled(base).match
        groups = (
            [base]
            if base in self.groups and not any(c in base for c in "?*[~")
            else [name for name in self.groups if wanted(name)]
        )
        found = [host for name in groups for host in self.members(name)]
        if not groups or base.startswith("~") or any(c in base for c in _GLOB):
            found += (name for name in self.hosts if wanted(name))
        if not found and base in LOCAL_NAMES:
            # As in Ansible: this machine, which is in no group and not in `all`.
            return [self.local or LOCALHOST]
        return found


class HostGroupsBuilder:
    """Adds groups and hosts in the order of an inventory's sources, as Ansible does."""

    def __init__(self) -> None:
        self._hosts: dict[str, None] = {}
        self._own: dict[str, dict[str, None]] = {"all": {}, "ungrouped": {}}
        self._children: dict[str, dict[str, None]] = {"all": {"ungrouped": None}, "ungrouped": {}}

    def add_group(self, name: str) -> None:
        """Add a group that may be there already."""
        self._own.setdefault(name, {})
        self._children.setdefault(name, {})

    def add_host(self, name: str, group: str = "all") -> None:
        """Add a host to the inventory, and to ``group``."""
        self.add_group(group)
        self._hosts[name] = None
        self._own[group][name] = None

    def add_hosts(self, names: Iterable[str]) -> None:
        """Add hosts to the inventory that get their groups elsewhere."""
        self._hosts.update(dict.fromkeys(names))

    def add_child(self, group: str, child: str) -> None:
        """Put one group into another."""
        self.add_group(group)
        self.add_group(child)
        self._children[group][child] = None

    def build(self) -> HostGroups:
        """Return the inventory; groups in no other are inside ``all``."""
        inner = {child for children in self._children.values() for child in children}
        for name in self._own:
            if name != "all" and name not in inner:
                self._children["all"][name] = None
        grouped = {
            host
            for name, own in self._own.items()
            if name not in ("all", "ungrouped")
            for host in own
        }
        for host in self._hosts:
            if host in grouped:
                self._own["ungrouped"].pop(host, None)
            else:
                self._own["ungrouped"][host] = None
        return HostGroups(
            tuple(self._hosts),
            {name: (tuple(own), tuple(self._children[name])) for name, own in self._own.items()},
        )
