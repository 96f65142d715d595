"""Pass ``team_modules``: the document's own modules and hooks as specs, and the roles they call."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from worldtree.ansible.content.roles import RoleIndex
from worldtree.catalog.component_registry import loaded_components
from worldtree.compile.state import CompileState
from worldtree.core.errors import DiagnosticBag
from worldtree.plan.specs import HookSpec, ModuleSpec


def team_modules(state: CompileState, _bag: DiagnosticBag) -> CompileState:
    """Turn modules and hooks into specs; index the roles of team, collections and components."""
    cluster = state.cluster
    roles = RoleIndex(
        [Path(path) for path in cluster.roles_path],
        [Path(path) for path in cluster.collections_path],
        base=cluster.directory,
        component_roles=loaded_components().roles,
        document=cluster.file,
    )
    return replace(
        state,
        roles=roles,
        modules=tuple(ModuleSpec.model_validate(m.model_dump()) for m in cluster.modules),
        hooks=tuple(HookSpec.model_validate(h.model_dump()) for h in cluster.hooks),
    )
