"""What installed packages add to the program, found by entry point and loaded one by one.

- ``PluginGroup``: an entry-point group, what its entries must load to, and which names are taken.
- ``load_group(group)``: every sound plugin by name, and what is wrong with the others.
- ``load_named(group, name)``: the same for one name; nothing else is imported.
- ``has_entry(group, name)``: whether a package offers ``name``; nothing is imported.
- ``described_error(error)``: what code of a plugin raised, in a few words.
- ``package_directory(module)``: where the package of a plugin has its files.
"""

from worldtree.plugins.content import package_directory
from worldtree.plugins.faults import (
    BROKEN_PLUGIN,
    BrokenPlugin,
    PluginError,
    PluginFault,
    described_error,
)
from worldtree.plugins.loader import (
    API_VERSIONS,
    LoadedPlugins,
    Plugin,
    PluginGroup,
    has_entry,
    load_group,
    load_named,
)

__all__ = [
    "API_VERSIONS",
    "BROKEN_PLUGIN",
    "BrokenPlugin",
    "LoadedPlugins",
    "Plugin",
    "PluginError",
    "PluginFault",
    "PluginGroup",
    "described_error",
    "has_entry",
    "load_group",
    "load_named",
    "package_directory",
]
