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


@dataclass(frozen=True, slots=True)
class Format:
    """One kind of data on disk, with an upgrade from each version to the next."""

    #: With an article, as messages name it where they know no file: ``an event``.
    what: str
    #: The first one upgrades version 1 to 2.
    upgrades: Sequence[Upgrade] = ()
    #: How to go on when the data cannot be read.
    hint: str = "use the version of WorldTree that wrote it, or a newer one"

    @property
    def version(self) -> int:
        """The version that is written."""
        return len(self.upgrades) + 1

    def stamped(self, data: Mapping[str, Any]) -> dict[str, Any]:
        """Return ``data`` with the current version."""
        return {VERSION_KEY: self.version, **data}

    def check_version(self, data: Mapping[str, Any], source: str = "") -> int:
        """Return the version of ``data``.

        ``source``, such as the path of its file, names it in messages. Raises
        ``UnreadableFormatError`` for a newer version, and for what is not a version.
        """
        version = data.get(VERSION_KEY, 1)
        if type(version) is not int or not 1 <= version <= self.version:
            raise self.unreadable(
                f"has version {version}, and this program reads up to version {self.version}",
                source,
            )
        return version

    def upgraded(self, data: Mapping[str, Any], source: str = "") -> dict[str, Any]:
        """Return ``data`` as the current version has it, without the version.

        Raises as ``check_version``.
        """
        version = self.check_version(data, source)
        found = {name: value for name, value in data.items() if name != VERSION_KEY}
        for upgrade in self.upgrades[version - 1 :]:
            found = upgrade(found)
        return found

    def refuse_unknown(
        self, data: Mapping[str, Any], known: Iterable[str], source: str = ""
    ) -> None:
        """Raise ``UnreadableFormatError`` where ``data`` has keys that are not ``known``."""
        unknown = sorted(set(data).difference(known))
        if unknown:
            fields = ", ".join(f"`{name}`" for name in unknown)
            raise self.unreadable(f"has unknown fields: {fields}", source)

    def unreadable(self, why: str, source: str = "") -> UnreadableFormatError:
        """Return the error that the data cannot be read; ``why`` follows its name."""
        return UnreadableFormatError(
            f"{source or self.what} {why}", code="format-unreadable", hint=self.hint
        )
