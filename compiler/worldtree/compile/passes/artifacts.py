"""Pass ``artifacts``: what hosts need from elsewhere, with the sha256 of the lock file."""

from __future__ import annotations

from dataclasses import replace

from worldtree.compile.artifact_needs import reported_needs, signer_of
from worldtree.compile.artifact_steps import check_steps
from worldtree.compile.state import CompileState
from worldtree.core.errors import DiagnosticBag, InputError
from worldtree.plan.artifact_lock import LOCK_FILE, read_lock
from worldtree.plan.pinned_artifact import pinned


def artifacts(state: CompileState, bag: DiagnosticBag) -> CompileState:
    """List the artifacts of the cluster; nothing is downloaded, and no stored fact is read.

    Of a host without the label `architecture`, a file for each architecture is listed. Reports
    contradictions, and a lock file or a public key that cannot be read.
    """
    needs = reported_needs(state, {}, bag)
    check_steps(state, needs, bag)
    if not needs:
        return state
    try:
        lock = read_lock(state.cluster.path(LOCK_FILE))
    except InputError as problem:
        bag.extend(problem.diagnostics)
        return state
    try:
        found = tuple(
            pinned(need, lock, signer_of(need.artifact, state.cluster.path)) for need in needs
        )
    except InputError as problem:
        bag.extend(problem.diagnostics)
        return state
    return replace(state, artifacts=found)
