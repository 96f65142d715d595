"""Where the content that ships with the program lies: roles, templates, collections, starters."""

from __future__ import annotations

from functools import cache
from pathlib import Path

#: In a wheel the content is packed beside the code; in a source tree it stands at the top level.
_PACKED = Path(__file__).parents[1] / "_content"
_SOURCE = Path(__file__).parents[3]


@cache
def _content() -> Path:
    return _PACKED if _PACKED.is_dir() else _SOURCE


def roles_dir() -> Path:
    """Directory of the built-in components' roles."""
    return _content() / "roles"


def templates_dir() -> Path:
    """Directory of the built-in configuration templates, one folder per component."""
    return _content() / "templates"


def core_collection_dir() -> Path:
    """Directory of the collection ``worldtree.core``."""
    return _content() / "collections" / "ansible_collections" / "worldtree" / "core"


def vendored_collections_dir() -> Path:
    """Directory that holds ``ansible_collections/`` with the pinned community collections."""
    if _PACKED.is_dir():
        return _PACKED / "collections"
    return _SOURCE / ".cache" / "collections"
