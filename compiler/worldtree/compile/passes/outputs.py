"""Pass ``outputs``: edges from the nodes that publish values to those that read them."""

from __future__ import annotations

from dataclasses import replace

from worldtree.compile.output_links import link_outputs
from worldtree.compile.state import CompileState
from worldtree.core.errors import DiagnosticBag


def outputs(state: CompileState, bag: DiagnosticBag) -> CompileState:
    """Fill in what nodes read of others; report outputs that nobody publishes."""
    linked = link_outputs(state.fragment, state.pipeline.name, bag, state.steps.templates)
    return replace(state, fragment=linked)
