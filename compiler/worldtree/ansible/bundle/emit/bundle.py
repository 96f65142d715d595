"""A bundle in memory: its files and links, and the sources of its content."""

from __future__ import annotations

import hashlib
import shutil
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

from worldtree.ansible.bundle.lower import RoleCalls
from worldtree.ansible.content.file_digests import ContentFile
from worldtree.ansible.content.file_modes import REGULAR_MODE
from worldtree.ansible.content.roles import RoleIndex
from worldtree.core.file_digest import file_digest
from worldtree.plan.pinned_artifact import PinnedArtifact

#: Larger files are data, which name no plugin.
_LARGEST_TEXT = 1_000_000


@dataclass(frozen=True)
class BundleFile:
    """One file: its text, what makes the text, or the path that it is copied from."""

    source: str | Path | Callable[[], str]
    #: Permission bits.
    mode: int = REGULAR_MODE

    @cached_property
    def content(self) -> str | Path:
        """Its text, which is made when it is first wanted, or the path it is copied from."""
        return self.source() if callable(self.source) else self.source

    @cached_property
    def digest(self) -> str:
        """The sha256 (hex) of its bytes."""
        if isinstance(self.content, str):
            return hashlib.sha256(self.content.encode()).hexdigest()
        return file_digest(self.content)

    def read(self) -> bytes:
        """Return its bytes."""
        return self.content.encode() if isinstance(self.content, str) else self.content.read_bytes()

    @property
    def text(self) -> str:
        """Its text; empty for a large or binary file, which is data."""
        if isinstance(self.content, str):
            return self.content
        if not self.content.is_file() or self.content.stat().st_size > _LARGEST_TEXT:
            return ""
        data = self.content.read_bytes()
        return "" if b"\0" in data else data.decode(errors="replace")

    def write(self, path: Path) -> None:
        """Write its bytes to ``path``; raises ``OSError``."""
        if isinstance(self.content, Path):
            shutil.copyfile(self.content, path)
        else:
            path.write_bytes(self.content.encode())


@dataclass(frozen=True)
class Bundle:
    """Every file of a bundle by its path in it (with ``/``), ``plan.json`` included; sorted."""

    files: Mapping[str, BundleFile]
    #: Path of a symbolic link -> what it points at, relative to the link.
    links: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class BundleSources:
    """The sources of a bundle's content, besides its plan."""

    #: Finds roles and collections by name.
    index: RoleIndex
    calls: RoleCalls
    #: The document's directory, whose ``files/``, ``templates/`` … are copied into the bundle.
    document_dir: Path | None = None
    #: Overlay directories (``templatesPath``); the first that has a file wins.
    templates_paths: tuple[Path, ...] = ()
    #: Path in the bundle (``inventory/hosts.yml``) -> YAML data, a text, or a file to copy.
    inventory: Mapping[str, Any] = field(default_factory=dict)
    #: Hosts that Ansible works on in parallel in a plain run.
    forks: int = 16
    #: Further settings of ``ansible.cfg``: section -> key -> value.
    settings: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    #: Key of ``ansible.cfg`` -> directories of the team's plugins; the first that has a file wins.
    plugins: Mapping[str, tuple[Path, ...]] = field(default_factory=dict)
    pipelining: bool = True
    #: Whether WorldTree's runs of the bundle may use warm connections.
    warm: bool = True
    #: What hosts get from elsewhere.
    artifacts: tuple[PinnedArtifact, ...] = ()
    #: Path in the bundle -> file outside roles that texts or the document name.
    carried: Mapping[str, ContentFile] = field(default_factory=dict)
