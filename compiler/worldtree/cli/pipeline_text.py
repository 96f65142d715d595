"""Shows a pipeline and its parameters as text."""

from __future__ import annotations

import json
from collections.abc import Iterator

import click

from worldtree.app.documents.pipeline_reference import PipelineParameter, PipelineSummary

_PREVIOUS = "the document of the cluster's last successful task"
_FACTS = "the facts that the last task gathered (`wt facts --refresh` gathers them)"


def parameter_words(parameter: PipelineParameter) -> str:
    """Return name, default and type of a parameter in a few words."""
    if parameter.required:
        return f"{parameter.name} ({parameter.type})"
    default = "" if parameter.default is None else json.dumps(parameter.default)
    return f"{parameter.name}={default} ({parameter.type})"


def write_pipeline(found: PipelineSummary) -> None:
    """Print ``found``."""
    for line in _lines(found):
        click.echo(line)


def _lines(found: PipelineSummary) -> Iterator[str]:
    yield f"{click.style(found.name, bold=True)}: {found.summary}"
    yield f"  from         {found.origin}"
    if found.components:
        yield f"  components   {', '.join(found.components)}"
    inputs = [_PREVIOUS] if found.takes_previous else []
    inputs += [_FACTS] if found.takes_facts else []
    for place, text in enumerate(inputs):
        yield f"  {'' if place else 'depends on':<12} {text}"
    for one in found.parameters:
        yield ""
        need = "required" if one.required else f"default {json.dumps(one.default)}"
        yield f"  {click.style(one.name, bold=True)} ({one.type}, {need})"
        if one.description:
            yield f"    {one.description}"
