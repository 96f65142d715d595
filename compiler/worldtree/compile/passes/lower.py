"""Pass ``lower``: Plan -> plays as data."""

from __future__ import annotations

from dataclasses import replace

from worldtree.ansible import steps as step_kinds
from worldtree.ansible.bundle.lower import lower as lower_plan
from worldtree.ansible.bundle.lower import role_calls
from worldtree.compile.state import CompileState
from worldtree.core.errors import DiagnosticBag


def lower(state: CompileState, bag: DiagnosticBag) -> CompileState:
    """Make the plays; report roles that are unknown or whose names clash in the bundle."""
    assert state.plan is not None, "the pass `layer` has run"
    calls = role_calls(state.plan, state.roles, bag)
    if bag.has_errors:
        return replace(state, calls=calls)
    lowered = lower_plan(state.plan, calls.of, step_kinds.kinds(), calls.in_play)
    return replace(state, calls=calls, lowered=lowered)
