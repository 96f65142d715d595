"""Loads entry points: a broken one is left out and reported, and no other plugin is affected."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from importlib import metadata
from importlib.metadata import Distribution, EntryPoint, EntryPoints
from pathlib import Path
from types import MappingProxyType
from typing import Any, Generic, TypeVar

from worldtree.plugins.faults import BrokenPlugin, PluginError, PluginFault, described_error

T = TypeVar("T")

#: Versions of the plugin API that this program supports: the shapes of ``Component``, ``StepKind``,
#: ``PipelineDefinition``, ``Provider`` and ``ChannelKind``. A plugin's module names the one that
#: it was written for as ``WORLDTREE_PLUGIN_API``; without that name it was written for version 1.
API_VERSIONS = frozenset({1})
_API_NAME = "WORLDTREE_PLUGIN_API"

#: The package whose plugins come first: no other package can take their names.
_OWN_PACKAGE = "worldtree"


@dataclass(frozen=True, slots=True)
class PluginGroup(Generic[T]):
    """An entry-point group and what its entries must be."""

    #: Name of the group, such as ``worldtree.components``.
    name: str
    #: What one entry is called in messages, such as ``component``.
    kind: str
    #: Returns the loaded object as what it must be; raises ``PluginError``.
    check: Callable[[object], T]
    #: The name of a loaded object; without it the entry point's name counts.
    name_of: Callable[[T], str] | None = None
    #: Names that no plugin may have.
    reserved: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Plugin(Generic[T]):
    """A loaded plugin and where it comes from."""

    name: str
    value: T
    #: Name and value of its entry point, such as ``redis`` and ``acme_redis:COMPONENT``.
    entry: str
    target: str
    #: Name and version of the package that brings it, such as ``acme-redis 1.2``.
    package: str
    is_builtin: bool

    @property
    def module(self) -> str:
        """Importable name of the module that holds it."""
        return self.target.partition(":")[0].strip()

    def broken(self, kind: str, problem: PluginError) -> BrokenPlugin:
        """Return the report of a plugin that a check after loading found unusable."""
        return BrokenPlugin(
            kind, self.entry, self.target, self.package, problem.fault, str(problem)
        )


@dataclass(frozen=True, slots=True)
class LoadedPlugins(Generic[T]):
    """The sound plugins of a group by name, sorted, and the broken ones."""

    plugins: Mapping[str, Plugin[T]]
    broken: tuple[BrokenPlugin, ...] = ()

    @property
    def values(self) -> Mapping[str, T]:
        """The loaded objects by name."""
        return MappingProxyType({name: one.value for name, one in self.plugins.items()})


def load_group(group: PluginGroup[T]) -> LoadedPlugins[T]:
    """Return every plugin of ``group``; no plugin makes this raise.

    Of two plugins with one name the program's own wins, then the first by package and entry point.
    """
    return _load(group, entry_points(group=group.name))


def load_named(group: PluginGroup[T], name: str) -> LoadedPlugins[T]:
    """Return the plugin whose entry point is called ``name``; imports no other one."""
    return _load(group, entry_points(group=group.name, name=name))


def has_entry(group: str, name: str) -> bool:
    """Return whether an installed package has an entry point ``name`` in ``group``."""
    return bool(entry_points(group=group, name=name))


def entry_points(**wanted: str) -> EntryPoints:
    """Return the entry points of all packages that have these values, as ``importlib.metadata``."""
    everything = _all_entry_points(tuple(map(_path_state, sys.path)))
    found: EntryPoints = everything.select(**wanted)
    return found


@lru_cache(maxsize=1)
def _all_entry_points(_state: tuple[tuple[str, int], ...]) -> Any:
    # Reads a file of every package, whichever group is wanted. Its type depends on the Python
    # version, that of a selection does not.
    return metadata.entry_points()


def _path_state(directory: str) -> tuple[str, int]:
    """Return a place of packages and when one was last added or removed there (ns)."""
    try:
        return directory, Path(directory or ".").stat().st_mtime_ns
    except OSError:
        return directory, 0


def _load(group: PluginGroup[T], entries: Iterable[EntryPoint]) -> LoadedPlugins[T]:
    found: dict[str, Plugin[T]] = {}
    broken: list[BrokenPlugin] = []
    for entry in sorted(entries, key=_precedence):
        try:
            plugin = _load_entry(group, entry)
            if (first := found.get(plugin.name)) is not None:
                raise PluginError(
                    PluginFault.DUPLICATE, f"The package {first.package} has `{plugin.name}` too."
                )
            found[plugin.name] = plugin
        except PluginError as problem:
            where = (group.kind, entry.name, entry.value, _package(entry))
            broken.append(BrokenPlugin(*where, problem.fault, str(problem)))
    return LoadedPlugins(MappingProxyType(dict(sorted(found.items()))), tuple(broken))


def _load_entry(group: PluginGroup[T], entry: EntryPoint) -> Plugin[T]:
    """Return the plugin of ``entry``; raises ``PluginError`` for whatever is wrong with it."""
    try:
        loaded = entry.load()
    # Code of other packages runs here: it may raise anything, even end the program.
    except (Exception, SystemExit) as error:
        raise PluginError(PluginFault.IMPORT, _described(error, entry)) from error
    version = getattr(sys.modules.get(entry.module), _API_NAME, 1)
    if version not in API_VERSIONS:
        supported = ", ".join(map(str, sorted(API_VERSIONS)))
        raise PluginError(
            PluginFault.API_VERSION,
            f"It is written for version {version!r}; this program supports {supported}.",
        )
    value = group.check(loaded)
    name = entry.name if group.name_of is None else group.name_of(value)
    if name in group.reserved:
        raise PluginError(PluginFault.DUPLICATE, f"The name `{name}` is reserved.")
    return Plugin(
        name, value, entry.name, entry.value, _package(entry), is_builtin=_is_builtin(entry)
    )


def _precedence(entry: EntryPoint) -> tuple[bool, str, str, str]:
    return (not _is_builtin(entry), _package(entry), entry.name, entry.value)


def _is_builtin(entry: EntryPoint) -> bool:
    return entry.dist is not None and _name_and_version(entry.dist)[0] == _OWN_PACKAGE


def _package(entry: EntryPoint) -> str:
    return "(unknown)" if entry.dist is None else " ".join(_name_and_version(entry.dist))


@lru_cache(maxsize=64)
def _name_and_version(dist: Distribution) -> tuple[str, str]:
    # Each of the two properties parses the package's whole metadata again.
    found = dist.metadata
    return found["Name"], found["Version"]


def _described(error: BaseException, entry: EntryPoint) -> str:
    return f"Importing {entry.value} ends with {described_error(error)}."
