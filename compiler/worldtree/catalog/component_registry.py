"""Finds components: the built-in ones and those that installed packages add by entry point."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import Any

from worldtree.ansible.content.roles import ComponentRole
from worldtree.catalog.component import Component
from worldtree.core.resources import roles_dir
from worldtree.plugins import (
    BrokenPlugin,
    Plugin,
    PluginError,
    PluginFault,
    PluginGroup,
    load_group,
    package_directory,
)


def _checked(loaded: object) -> Component[Any]:
    if not isinstance(loaded, Component):
        raise PluginError(PluginFault.TYPE, f"It is a {type(loaded).__name__}, not a Component.")
    return loaded


#: Each entry loads to a ``Component``. The built-in ones are found in the same way.
COMPONENT_GROUP: PluginGroup[Component[Any]] = PluginGroup(
    "worldtree.components", "component", _checked, name_of=lambda component: component.name
)


@dataclass(frozen=True)
class LoadedComponents:
    """Every usable component, where its role is, and what was left out."""

    components: Mapping[str, Component[Any]]
    #: Role's name -> the role, for components of other packages that bring their own.
    roles: Mapping[str, ComponentRole]
    broken: tuple[BrokenPlugin, ...]
    #: Component's name -> name and version of its package; none of built-in ones.
    packages: Mapping[str, str]


@cache
def loaded_components() -> LoadedComponents:
    """Load all components once; a broken one is in ``broken`` and changes nothing else.

    A component of another package brings its role as ``roles/<role>`` in the package of the module
    that its entry point names; without that directory it uses the built-in role of that name.
    """
    loaded = load_group(COMPONENT_GROUP)
    components: dict[str, Component[Any]] = {}
    roles: dict[str, ComponentRole] = {}
    packages: dict[str, str] = {}
    broken = list(loaded.broken)
    for name, plugin in loaded.plugins.items():
        try:
            role = None if plugin.is_builtin else _own_role(plugin, roles)
        except PluginError as problem:
            broken.append(plugin.broken(COMPONENT_GROUP.kind, problem))
            continue
        components[name] = plugin.value
        if not plugin.is_builtin:
            packages[name] = plugin.package
        if role is not None:
            roles[plugin.value.role_name] = role
    return LoadedComponents(
        MappingProxyType(components),
        MappingProxyType(roles),
        tuple(broken),
        MappingProxyType(packages),
    )


def components() -> Mapping[str, Component[Any]]:
    """Return every usable component by name, sorted."""
    return loaded_components().components


def component_package(name: str) -> str | None:
    """Return the name and version of the package of a component; None of a built-in one."""
    return loaded_components().packages.get(name)


def role_directory(component: Component[Any]) -> Path:
    """Return the directory of the component's role."""
    own = loaded_components().roles.get(component.role_name)
    return roles_dir() / component.role_name if own is None else own.path


def _own_role(
    plugin: Plugin[Component[Any]], taken: Mapping[str, ComponentRole]
) -> ComponentRole | None:
    """Return the role that ``plugin`` brings, None for a built-in one; raises ``PluginError``."""
    name = plugin.value.role_name
    root = package_directory(plugin.module)
    builtin = (roles_dir() / name).is_dir()
    if root is None or not (root / "roles" / name).is_dir():
        if builtin:
            return None
        where = "its package" if root is None else f"{root / 'roles'}"
        raise PluginError(PluginFault.CONTENT, f"There is no role `{name}` in {where}.")
    if builtin or name in taken:
        whose = "WorldTree" if builtin else taken[name].package
        raise PluginError(PluginFault.DUPLICATE, f"{whose} has a role `{name}`, too.")
    return ComponentRole(root / "roles" / name, plugin.package)
