"""Where an inventory comes from: paths and lists of hosts, and their places in the bundle."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from worldtree.ansible.content.file_digests import ContentFile, content_files
from worldtree.ansible.content.file_modes import permissions
from worldtree.core.errors import DocPath

#: Directory of inventories in a bundle.
_PLACE = "inventory"
#: Directories beside an inventory file whose variables belong to it.
_VARIABLE_DIRS = ("group_vars", "host_vars")
#: Characters that may not be in a path of ``ansible.cfg``, which separates paths with commas.
_UNUSUAL = re.compile(r"[^\w.@+-]")


@dataclass(frozen=True, slots=True)
class InventorySource:
    """A path (file, directory, script, configuration of a plugin), or names of hosts."""

    #: The path; names of hosts have a comma, as for Ansible: ``web1,web2`` or ``web1,``.
    written: Path | str
    #: Its place in the document; None where the document does not name it.
    at: DocPath | None = ("spec", "inventory")

    @property
    def path(self) -> Path | None:
        """The path; None for names of hosts."""
        return self.written if isinstance(self.written, Path) else None

    @property
    def hosts(self) -> tuple[str, ...]:
        """The names of hosts, with their ports; empty for a path."""
        if isinstance(self.written, Path):
            return ()
        return tuple(
            dict.fromkeys(name.strip() for name in self.written.split(",") if name.strip())
        )

    @property
    def label(self) -> str:
        """Its name in messages."""
        return self.written.name if isinstance(self.written, Path) else self.written

    @property
    def directory(self) -> Path | None:
        """The directory that Ansible calls `inventory_dir`; None for names of hosts."""
        if self.path is None:
            return None
        return self.path if self.path.is_dir() else self.path.parent


@dataclass(frozen=True)
class PlacedSources:
    """The sources in a bundle, in their order: a later one takes precedence."""

    #: Paths for ``ansible.cfg``.
    sources: tuple[str, ...] = ()
    #: Files to copy, ``relative`` counting from the bundle's root.
    files: tuple[ContentFile, ...] = ()
    #: Path in the bundle -> data of an inventory that lists hosts.
    written: Mapping[str, Any] = field(default_factory=dict)
    #: Directory of the team's -> its path in the bundle.
    directories: Mapping[Path, str] = field(default_factory=dict)


def place_sources(sources: Sequence[InventorySource]) -> PlacedSources:
    """Return where existing ``sources`` are in a bundle.

    Each directory has one of its own, with the variables beside inventory files; a single one is
    ``inventory/`` itself.
    """
    places = _places(sources)
    paths: list[str] = []
    files: dict[str, ContentFile] = {}
    written: dict[str, Any] = {}
    for source in sources:
        place = places[source.directory or source.written]
        if source.path is None:
            paths.append(f"{place}/hosts.yml")
            written[paths[-1]] = {"ungrouped": {"hosts": dict.fromkeys(source.hosts)}}
        else:
            paths.append(place if source.path.is_dir() else f"{place}/{source.path.name}")
            files.update({file.relative: file for file in _files(source.path, place)})
    directories = {key: place for key, place in places.items() if isinstance(key, Path)}
    return PlacedSources(tuple(paths), tuple(files.values()), written, directories)


def _places(sources: Sequence[InventorySource]) -> dict[Path | str, str]:
    """Return directory, or text of hosts -> directory in the bundle."""
    keys = list(dict.fromkeys(source.directory or source.written for source in sources))
    if len(keys) == 1:
        return {keys[0]: _PLACE}
    found: dict[Path | str, str] = {}
    for key in keys:
        name = _UNUSUAL.sub("_", key.name if isinstance(key, Path) else "hosts").lstrip(".")
        place, number = f"{_PLACE}/{name or 'hosts'}", 2
        while place.lower() in {other.lower() for other in found.values()}:
            place, number = f"{_PLACE}/{name or 'hosts'}-{number}", number + 1
        found[key] = place
    return found


def _files(path: Path, place: str) -> Iterator[ContentFile]:
    if path.is_dir():
        for file in content_files(path):
            yield ContentFile(f"{place}/{file.relative}", file.path, file.mode)
        return
    yield ContentFile(f"{place}/{path.name}", path, permissions(path.stat().st_mode))
    for folder in _VARIABLE_DIRS:
        for file in content_files(path.parent / folder):
            yield ContentFile(f"{place}/{folder}/{file.relative}", file.path, file.mode)
