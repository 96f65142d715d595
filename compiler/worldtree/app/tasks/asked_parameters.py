"""Refuses parameters that a pipeline does not take, before a task is asked for."""

from __future__ import annotations

from dataclasses import replace

from worldtree.app.tasks.asked_work import AskedWork
from worldtree.catalog.pipeline_parameters import typed_parameters
from worldtree.catalog.pipeline_registry import pipeline_named
from worldtree.core.errors import Diagnostic, DiagnosticBag


def refuse_wrong_parameters(asked: AskedWork) -> None:
    """Raise ``InputError`` for an unknown pipeline, and for parameters that it does not take.

    Their paths are those in ``asked``.
    """
    bag = DiagnosticBag()
    typed_parameters(pipeline_named(asked.pipeline), asked.parameters, bag)
    bag.items = [_in_request(one) for one in bag.items]
    bag.raise_if_errors()


def _in_request(found: Diagnostic) -> Diagnostic:
    """Return a diagnostic of a parameter with its place in the request."""
    path = ("parameters", found.subject) if found.subject else ("parameters",)
    # Help with an option of commands is for those.
    return replace(found, path=path, hint="" if "--param" in found.hint else found.hint)
