"""Pass ``unused_variables``: variables of modules that no step takes, most likely a typo."""

from __future__ import annotations

from worldtree.compile.role_checks.unused_variables import check_unused_variables
from worldtree.compile.state import CompileState
from worldtree.core.errors import DiagnosticBag


def unused_variables(state: CompileState, bag: DiagnosticBag) -> CompileState:
    """Report ``unused-module-variable`` for each variable that no step of its module takes."""
    bag.extend(check_unused_variables(state.modules, state.roles))
    return state
