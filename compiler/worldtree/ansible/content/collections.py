"""Finds collections on disk and reads their names, versions and dependencies."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import yaml

from worldtree.ansible.content.file_digests import content_digest


@dataclass(frozen=True)
class CollectionInfo:
    """A collection in a directory ``…/ansible_collections/ns/name``."""

    #: ``ns.name``.
    name: str
    path: Path
    #: From its MANIFEST.json or galaxy.yml; empty when neither has it.
    version: str = ""
    #: Names of the collections that it declares as dependencies.
    dependencies: tuple[str, ...] = ()

    @cached_property
    def digest(self) -> str:
        """The sha256 (hex) of everything in the collection's directory."""
        return content_digest(self.path)


def _metadata(path: Path) -> Mapping[str, Any]:
    """Return the collection's metadata; empty when it cannot be read."""
    try:
        manifest = json.loads((path / "MANIFEST.json").read_text(encoding="utf-8"))
        return dict(manifest["collection_info"])
    except (OSError, ValueError, KeyError, TypeError):
        pass
    try:
        galaxy = yaml.safe_load((path / "galaxy.yml").read_text(encoding="utf-8"))
        return dict(galaxy)
    except (OSError, ValueError, TypeError, yaml.YAMLError):
        return {}


def _read(name: str, path: Path) -> CollectionInfo:
    said = _metadata(path)
    needed = said.get("dependencies")
    names = tuple(sorted(map(str, needed))) if isinstance(needed, Mapping) else ()
    return CollectionInfo(name, path, str(said.get("version") or ""), names)


def find_collection(name: str, roots: Sequence[Path]) -> CollectionInfo | None:
    """Return the collection ``ns.name`` from the first root that has it.

    A root is a directory with ``ansible_collections/`` in it, or that directory itself.
    """
    namespace, _, short = name.partition(".")
    for root in roots:
        for base in (root / "ansible_collections", root):
            path = base / namespace / short
            inside = base.name == "ansible_collections"
            if inside and short and path.is_dir():
                return _read(name, path)
    return None
