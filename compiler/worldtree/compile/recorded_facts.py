"""Facts as builders see them: what they read is remembered, as only that is an input of a plan.

Facts such as the time or the free memory differ in every gathering. A plan whose builders do not
read them does not depend on them.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any


class RecordedFacts(Mapping[str, Mapping[str, Any]]):
    """Facts by host and name."""

    def __init__(self, facts: Mapping[str, Mapping[str, Any]] | None = None) -> None:
        self._hosts = {host: _HostFacts(found) for host, found in (facts or {}).items()}

    def __getitem__(self, host: str) -> Mapping[str, Any]:
        return self._hosts[host]

    def __iter__(self) -> Iterator[str]:
        return iter(self._hosts)

    def __len__(self) -> int:
        return len(self._hosts)

    @property
    def read(self) -> dict[str, dict[str, Any]]:
        """The facts that were read so far, by host and name."""
        found = {host: facts.read for host, facts in sorted(self._hosts.items())}
        return {host: facts for host, facts in found.items() if facts}

    @property
    def missed(self) -> dict[str, list[str]]:
        """The names that were looked up and that a host does not have, sorted, by host."""
        found = {host: sorted(facts.missed) for host, facts in sorted(self._hosts.items())}
        return {host: names for host, names in found.items() if names}


class _HostFacts(Mapping[str, Any]):
    def __init__(self, facts: Mapping[str, Any]) -> None:
        self._facts = facts
        self._names: set[str] = set()
        self.missed: set[str] = set()

    @property
    def read(self) -> dict[str, Any]:
        return {name: self._facts[name] for name in sorted(self._names)}

    def __getitem__(self, name: str) -> Any:
        if name not in self._facts:
            self.missed.add(name)
        else:
            self._names.add(name)
        return self._facts[name]

    def __iter__(self) -> Iterator[str]:
        # A loop over the names depends on all of them.
        self._names.update(self._facts)
        return iter(self._facts)

    def __len__(self) -> int:
        self._names.update(self._facts)
        return len(self._facts)
