"""Pass ``emit``: plays -> every file of the bundle, in memory."""

from __future__ import annotations

from dataclasses import replace

from worldtree.ansible.bundle import BundleSources, build_bundle
from worldtree.ansible.model.secret_lookups import with_lookups
from worldtree.compile.state import CompileState
from worldtree.core.errors import DiagnosticBag


def emit(state: CompileState, bag: DiagnosticBag) -> CompileState:
    """Make the bundle; report files that are missing. Nothing is written."""
    assert state.plan is not None, "the pass `layer` has run"
    assert state.lowered is not None, "the pass `lower` has run"
    cluster = state.cluster
    sources = BundleSources(
        index=state.roles,
        calls=state.calls,
        document_dir=cluster.directory,
        templates_paths=tuple(cluster.path(written) for written in cluster.templates_path),
        inventory=state.inventory.content(with_lookups),
        settings=state.inventory.settings,
        forks=cluster.ansible.forks,
    )
    return replace(state, bundle=build_bundle(state.plan, state.lowered, sources, bag))
