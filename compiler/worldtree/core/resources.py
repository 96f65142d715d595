"""Directories of the content that ships with the program: roles, templates, collections."""

from __future__ import annotations

from functools import cache
from pathlib import Path

#: A wheel contains the content next to the code; a source tree has it at the top level.
_WHEEL_CONTENT = Path(__file__).parents[1] / "_content"
_SOURCE_ROOT = Path(__file__).parents[3]


@cache
def _content_root() -> Path:
    return _WHEEL_CONTENT if _WHEEL_CONTENT.is_dir() else _SOURCE_ROOT


def roles_dir() -> Path:
    """Directory of the built-in components' roles."""
    return _content_root() / "roles"


def templates_dir() -> Path:
    """Directory of the built-in configuration templates, one folder per component."""
    return _content_root() / "templates"


def core_collection_dir() -> Path:
    """Directory of the collection ``worldtree.core``."""
    return _content_root() / "collections" / "ansible_collections" / "worldtree" / "core"


def vendored_collections_dir() -> Path:
    """Directory that holds ``ansible_collections/`` with the pinned community collections."""
    if _WHEEL_CONTENT.is_dir():
        return _WHEEL_CONTENT / "collections"
    return _SOURCE_ROOT / ".cache" / "collections"
