"""Pass ``plugins``: warns of plugins that were left out."""

from __future__ import annotations

from worldtree.ansible.steps import loaded_kinds
from worldtree.catalog.component_registry import loaded_components
from worldtree.catalog.pipeline_registry import loaded_pipelines
from worldtree.compile.state import CompileState
from worldtree.core.errors import DiagnosticBag


def plugins(state: CompileState, bag: DiagnosticBag) -> CompileState:
    """Report one ``broken-plugin`` for each component, step kind and pipeline left out."""
    for found in (loaded_components(), loaded_kinds(), loaded_pipelines()):
        bag.extend(broken.diagnostic() for broken in found.broken)
    return state
