"""Describes the registered pipelines: what they are for, their parameters, where they come from."""

from __future__ import annotations

from dataclasses import dataclass

from worldtree.catalog.component_registry import components
from worldtree.catalog.pipeline import PipelineDefinition
from worldtree.catalog.pipeline_parameters import PipelineParameter, pipeline_parameters
from worldtree.catalog.pipeline_registry import loaded_pipelines, pipeline_named, pipelines

__all__ = ["PipelineParameter", "PipelineSummary", "describe_pipeline", "list_pipelines"]


@dataclass(frozen=True, slots=True)
class PipelineSummary:
    """One registered pipeline."""

    name: str
    summary: str
    #: ``builtin``, or the name and version of its package.
    origin: str
    parameters: tuple[PipelineParameter, ...]
    #: Components that have a part in it, sorted.
    components: tuple[str, ...]
    #: Whether its plan depends on the document of the last successful task.
    takes_previous: bool
    #: Whether its plan depends on the facts that the last task gathered.
    takes_facts: bool


def list_pipelines() -> tuple[PipelineSummary, ...]:
    """Return every pipeline, the built-in ones first."""
    return tuple(map(_summary, pipelines().values()))


def describe_pipeline(name: str) -> PipelineSummary:
    """Return the pipeline ``name``; raises ``InputError`` where there is none."""
    return _summary(pipeline_named(name))


def _summary(found: PipelineDefinition) -> PipelineSummary:
    plugin = loaded_pipelines().plugins.get(found.name)
    return PipelineSummary(
        name=found.name,
        summary=found.summary,
        origin="builtin" if plugin is None else plugin.package,
        parameters=pipeline_parameters(found),
        components=tuple(name for name, one in components().items() if found.name in one.pipelines),
        takes_previous=found.takes_previous,
        takes_facts=found.takes_facts,
    )
