"""Refuses parameters that a pipeline does not take, before a task is asked for."""

from __future__ import annotations

from dataclasses import replace

from worldtree.app.tasks.asked_work import AskedWork
from worldtree.catalog.pipeline_parameters import typed_parameters
from worldtree.catalog.pipeline_registry import pipeline_named
from worldtree.core.errors import Diagnostic, DiagnosticBag, DocPath, InputError


def refuse_wrong_parameters(asked: AskedWork, place: DocPath = ()) -> None:
    """Raise ``InputError`` for an unknown pipeline, and for parameters that it does not take.

    ``place`` is where the request has ``asked``: the paths of problems are those in the request.
    """
    bag = DiagnosticBag()
    try:
        definition = pipeline_named(asked.pipeline)
    except InputError as problem:
        path = (*place, "pipeline")
        raise InputError(
            [replace(one, path=path) if one.is_error else one for one in problem.diagnostics]
        ) from None
    typed_parameters(definition, asked.parameters, bag)
    bag.items = [_in_request(one, place) for one in bag.items]
    bag.raise_if_errors()


def _in_request(found: Diagnostic, place: DocPath) -> Diagnostic:
    """Return a diagnostic of a parameter with its place in the request."""
    path = (*place, "parameters", *((found.subject,) if found.subject else ()))
    # Help with an option of commands is for those.
    return replace(found, path=path, hint="" if "--param" in found.hint else found.hint)
