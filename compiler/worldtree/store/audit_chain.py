"""The chain of the audit log: links that show whether entries were changed, removed or inserted.

A link is the sha256 over the link before (64 digits, none before the first) and the digests of the
entries that it covers, in the order of their ids; all of these entries have it. Most links cover
one entry. A program that knows no links writes entries without one, and the next link covers them,
too; of a server it may commit them late, so that the ids of two links' entries overlap.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

#: Links at a time whose entries are not all known: programs that know no links are few, and commit
#: at once.
_MAX_OPEN_LINKS = 256


def entry_digest(entry: Any) -> bytes:
    """Return the sha256 of an entry (a row or a record); its id and its link are not part of it."""
    form = [
        float(entry.time),
        entry.who,
        entry.what,
        entry.cluster,
        entry.task,
        entry.detail,
        entry.project,
        entry.address,
        entry.result,
    ]
    return hashlib.sha256(json.dumps(form, separators=(",", ":")).encode("ascii")).digest()


def next_link(before: str, digests: Iterable[bytes]) -> str:
    """Return the link after ``before`` (empty for the first) that covers entries."""
    found = hashlib.sha256(before.encode("ascii"))
    for one in digests:
        found.update(one)
    return found.hexdigest()


@dataclass(frozen=True, slots=True)
class ChainReport:
    """Whether the entries fit their links."""

    #: How many entries there are, and how many of them no link covers yet.
    entries: int
    uncovered: int
    #: The last link that fits; empty without one.
    head: str
    #: The id of the first entry that does not fit: it, or what stood before it, was changed.
    misfit: int | None = None
    #: Links that should have been there and were not: what they covered was removed or changed.
    missing: tuple[str, ...] = ()

    @property
    def is_intact(self) -> bool:
        """Whether nothing was changed, removed or inserted."""
        return self.misfit is None and not self.missing


@dataclass
class _OpenLink:
    """A link that does not fit yet: more of its entries may follow."""

    link: str
    first: int
    digests: list[bytes] = field(default_factory=list)
    #: The link before, as assumed, with the hash of it and ``digests``.
    before: str | None = None
    hashed: Any = None

    def fits(self, before: str, digest: bytes | None = None) -> bool:
        """Add an entry, if one is given; return whether the link follows ``before``."""
        if digest is not None:
            self.digests.append(digest)
        if self.before != before:
            self.before, self.hashed = before, hashlib.sha256(before.encode("ascii"))
            self.hashed.update(b"".join(self.digests))
        elif digest is not None:
            self.hashed.update(digest)
        return bool(self.hashed.hexdigest() == self.link)


class ChainCheck:
    """Follows the chain over entries in the order of their ids, in little memory."""

    def __init__(self, wanted: Iterable[str] = ()) -> None:
        """``wanted`` are links that have to be found: the head, and what somebody kept."""
        self._missing = dict.fromkeys(one for one in wanted if one)
        self._head = ""
        self._open: dict[str, _OpenLink] = {}
        self._entries = self._uncovered = 0

    def add(self, key: int, link: str | None, digest: bytes) -> bool:
        """Take the next entry; return False where it is certain that the chain does not fit."""
        self._entries += 1
        if link is None:
            self._uncovered += 1
            return True
        known = self._open.setdefault(link, _OpenLink(link, key))
        if known.fits(self._head, digest):
            self._close(known)
            self._close_others()
        return len(self._open) <= _MAX_OPEN_LINKS

    def report(self) -> ChainReport:
        """Return what was found."""
        misfit = min((one.first for one in self._open.values()), default=None)
        return ChainReport(self._entries, self._uncovered, self._head, misfit, tuple(self._missing))

    def _close(self, found: _OpenLink) -> None:
        self._head = found.link
        del self._open[found.link]
        self._missing.pop(found.link, None)

    def _close_others(self) -> None:
        """Close links that waited for the one before them."""
        while found := next((one for one in self._open.values() if one.fits(self._head)), None):
            self._close(found)
