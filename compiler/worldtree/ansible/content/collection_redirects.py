"""Plugins that a collection no longer has: its ``meta/runtime.yml`` says where they are now."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from functools import lru_cache
from pathlib import Path

import yaml

from worldtree.ansible.content.collections import CollectionInfo

#: Full names of plugins, and of modules that programs import.
_FULL_NAME = re.compile(r"\b[a-z_]\w*(?:\.[a-z_]\w*){2,}")
_UTILITIES = "module_utils"
_CORE = frozenset({"ansible.builtin", "ansible.legacy"})


def redirects(collection: Path) -> tuple[tuple[str, str, str], ...]:
    """Return kind, name and target of each plugin that the collection says is elsewhere."""
    path = collection / "meta" / "runtime.yml"
    try:
        status = path.stat()
    except OSError:
        return ()
    return _read(path, status.st_mtime_ns, status.st_size)


@lru_cache(maxsize=64)
def _read(path: Path, _changed: int, _size: int) -> tuple[tuple[str, str, str], ...]:
    # Large files are read for each role that uses the collection.
    try:
        text = path.read_text(encoding="utf-8")
        data = yaml.load(text, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))
    except (OSError, ValueError, yaml.YAMLError):
        return ()
    routing = data.get("plugin_routing") if isinstance(data, Mapping) else None
    return tuple(
        (str(kind), str(name), str(route["redirect"]))
        for kind, plugins in (routing.items() if isinstance(routing, Mapping) else ())
        for name, route in (plugins.items() if isinstance(plugins, Mapping) else ())
        if isinstance(route, Mapping) and route.get("redirect")
    )


def full_names_in(text: str) -> frozenset[str]:
    """Return what may be full names of plugins in ``text``; not all of them are."""
    return frozenset(_FULL_NAME.findall(text))


def redirected_collections(
    collections: Iterable[str],
    names: Iterable[str],
    find: Callable[[str], CollectionInfo | None],
) -> frozenset[str]:
    """Return the further collections that redirects of ``collections`` lead to, installed or not.

    ``names`` are the plugins that are used, by full name; a short one may be of any collection.
    """
    known = set(collections)
    used = set(names)
    added: set[str] = set()
    waiting = list(known)
    while waiting:
        name = waiting.pop()
        info = find(name)
        if info is None:
            continue
        for kind, written, target in redirects(info.path):
            if _is_used(name, kind, written, used) and target not in used:
                used.add(target)
                other = ".".join(target.removeprefix("ansible_collections.").split(".")[:2])
                if other not in known and other not in _CORE:
                    known.add(other)
                    added.add(other)
                # It may lead on from there, or back.
                waiting.append(other)
    return frozenset(added)


def _is_used(collection: str, kind: str, written: str, used: set[str]) -> bool:
    if kind == _UTILITIES:
        return f"ansible_collections.{collection}.plugins.{kind}.{written}" in used
    return f"{collection}.{written}" in used or written in used
