"""Reads ``meta/main.yml``: dependencies, platforms, argument specifications, collections."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import PurePosixPath
from typing import Any

from worldtree.ansible.content.roles.role_task import RoleUse
from worldtree.ansible.content.roles.tasks import as_names


def _dependency_name(item: object) -> str | None:
    if isinstance(item, str):
        return item
    if not isinstance(item, Mapping):
        return None
    name = item.get("role") or item.get("name")
    if name:
        return str(name)
    source = item.get("src")
    if not source:
        return None
    # ansible-galaxy installs a source under the last part of its address.
    return PurePosixPath(str(source).partition(",")[0]).name.removesuffix(".git")


def dependencies(meta: Mapping[str, Any], file: str) -> tuple[RoleUse, ...]:
    """Return the roles of ``dependencies:``; items that name nothing are left out."""
    listed = meta.get("dependencies")
    if not isinstance(listed, list):
        return ()
    return tuple(
        RoleUse(name, "dependency", file=file, keywords=item if isinstance(item, Mapping) else {})
        for item in listed
        if (name := _dependency_name(item))
    )


def _platforms(listed: object) -> Iterator[str]:
    for item in listed if isinstance(listed, list) else ():
        if isinstance(item, str):
            yield item
        elif isinstance(item, Mapping) and item.get("name"):
            versions = item.get("versions")
            texts = [str(v) for v in versions] if isinstance(versions, list) else []
            wanted = [v for v in texts if v.lower() != "all"]
            yield f"{item['name']}: {', '.join(wanted)}" if wanted else str(item["name"])


def platforms(meta: Mapping[str, Any]) -> tuple[str, ...]:
    """Return ``Debian: bookworm, bullseye`` for each platform of ``galaxy_info``."""
    info = meta.get("galaxy_info")
    return tuple(_platforms(info.get("platforms"))) if isinstance(info, Mapping) else ()


def min_ansible_version(meta: Mapping[str, Any]) -> str:
    """Return the lowest Ansible version that the role declares, or an empty string."""
    info = meta.get("galaxy_info")
    return str(info.get("min_ansible_version", "")) if isinstance(info, Mapping) else ""


def named_collections(meta: Mapping[str, Any]) -> frozenset[str]:
    """Return the collections that ``meta/main.yml`` puts on the role's search path."""
    own = {"ansible.builtin", "ansible.legacy"}
    return frozenset(as_names(meta.get("collections"))) - own
