"""Finds pipelines: the built-in ones and those that installed packages add by entry point."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from types import MappingProxyType

from worldtree.catalog.pipeline import ModuleOrder, PipelineDefinition
from worldtree.catalog.pipeline_parameters import parameters_problem
from worldtree.catalog.pipelines import (
    add_hosts,
    backup,
    create_cluster,
    defrag,
    destroy_cluster,
    garbage_collect,
    remove_hosts,
    remove_member,
    renew_certs,
    restore,
    upgrade,
    verify,
)
from worldtree.core.errors import DiagnosticBag, InputError
from worldtree.core.suggestions import did_you_mean
from worldtree.plan.ids import NAME
from worldtree.plugins import (
    LoadedPlugins,
    PluginError,
    PluginFault,
    PluginGroup,
    load_group,
)

_BUILTIN = {
    one.PIPELINE.name: one.PIPELINE
    for one in (
        create_cluster,
        verify,
        destroy_cluster,
        backup,
        restore,
        remove_member,
        upgrade,
        defrag,
        garbage_collect,
        add_hosts,
        remove_hosts,
        renew_certs,
    )
}


def _checked(loaded: object) -> PipelineDefinition:
    if not isinstance(loaded, PipelineDefinition):
        raise PluginError(
            PluginFault.TYPE, f"It is a {type(loaded).__name__}, not a PipelineDefinition."
        )
    if not NAME.fullmatch(loaded.name):
        raise PluginError(
            PluginFault.INVALID,
            f"Its name `{loaded.name}` is not valid: lower-case letters, digits and hyphens, at"
            " most 63.",
        )
    if loaded.order is ModuleOrder.REVERSED and not loaded.reverses:
        message = "Its order is reversed, and it does not say which pipeline it reverses."
        raise PluginError(PluginFault.INVALID, message)
    if problem := parameters_problem(loaded):
        raise PluginError(PluginFault.INVALID, problem)
    return loaded


#: Each entry loads to a ``PipelineDefinition``.
PIPELINE_GROUP = PluginGroup(
    "worldtree.pipelines",
    "pipeline",
    _checked,
    name_of=lambda found: found.name,
    reserved=frozenset(_BUILTIN),
)


@cache
def loaded_pipelines() -> LoadedPlugins[PipelineDefinition]:
    """Return the pipelines of other packages, and the broken ones."""
    return load_group(PIPELINE_GROUP)


@cache
def pipelines() -> Mapping[str, PipelineDefinition]:
    """Return every pipeline by name, the built-in ones first."""
    return MappingProxyType({**_BUILTIN, **loaded_pipelines().values})


def pipeline_named(name: str) -> PipelineDefinition:
    """Return the pipeline ``name``; raises ``InputError`` where there is none."""
    if (found := pipelines().get(name)) is not None:
        return found
    bag = DiagnosticBag()
    bag.extend(one.diagnostic() for one in loaded_pipelines().broken if one.name == name)
    bag.error(
        "unknown-pipeline",
        f"there is no pipeline `{name}`",
        detail=f"There are {', '.join(pipelines())}.",
        hint=did_you_mean(name, pipelines()),
    )
    raise InputError(bag.items)
