"""Versions of data on disk: older data is upgraded step by step, newer data is refused."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from worldtree.core.errors import RefusedError

#: Returns data of one version as the next version has it; may change its argument.
Upgrade = Callable[[dict[str, Any]], dict[str, Any]]
#: The key of the version; data of the first version has none.
VERSION_KEY = "version"


class UnreadableFormatError(RefusedError):
    """Data that a newer version of WorldTree wrote, or that is damaged."""

    def __init__(self, what: str, why: str) -> None:
        super().__init__(
            f"{what} cannot be read: {why}",
            hint="use the version of WorldTree that wrote it, or a newer one",
        )


@dataclass(frozen=True, slots=True)
class Format:
    """One kind of data on disk, with an upgrade from each version to the next."""

    #: With an article, as messages name it: ``an event``.
    what: str
    #: The first one upgrades version 1 to 2.
    upgrades: Sequence[Upgrade] = ()

    @property
    def version(self) -> int:
        """The version that is written."""
        return len(self.upgrades) + 1

    def stamped(self, data: Mapping[str, Any]) -> dict[str, Any]:
        """Return ``data`` with the current version."""
        return {VERSION_KEY: self.version, **data}

    def upgraded(self, data: Mapping[str, Any]) -> dict[str, Any]:
        """Return ``data`` as the current version has it, without the version.

        Raises ``UnreadableFormatError`` for data of a newer version.
        """
        found = dict(data)
        version = found.pop(VERSION_KEY, 1)
        if type(version) is not int or not 1 <= version <= self.version:
            raise UnreadableFormatError(
                self.what, f"its format is version {version}, this program reads {self.version}"
            )
        for upgrade in self.upgrades[version - 1 :]:
            found = upgrade(found)
        return found

    def refuse_unknown(self, data: Mapping[str, Any], known: Iterable[str]) -> None:
        """Raise ``UnreadableFormatError`` where ``data`` has keys that are not ``known``."""
        unknown = sorted(set(data).difference(known))
        if unknown:
            fields = ", ".join(f"`{name}`" for name in unknown)
            raise UnreadableFormatError(self.what, f"it has unknown fields: {fields}")
