"""Pass ``roles``: checks the graph's role steps against the roles themselves."""

from __future__ import annotations

from worldtree.compile.role_checks.actions import check_actions
from worldtree.compile.role_checks.all_play_hosts import check_all_play_hosts
from worldtree.compile.role_checks.cleared_errors import check_cleared_errors
from worldtree.compile.role_checks.context import CheckContext
from worldtree.compile.role_checks.existence import (
    check_role_dependencies,
    check_role_names_differ,
    check_roles_exist,
)
from worldtree.compile.role_checks.handlers import check_handlers
from worldtree.compile.role_checks.missing_argspecs import check_missing_argspecs
from worldtree.compile.role_checks.other_roles import check_names_of_other_roles
from worldtree.compile.role_checks.removed_actions import check_removed_actions
from worldtree.compile.role_checks.reserved_names import (
    check_outputs_variable,
    check_reserved_names,
)
from worldtree.compile.role_checks.shipped_roles import check_shipped_roles
from worldtree.compile.role_checks.variable_files import check_variable_files
from worldtree.compile.role_checks.variables import check_role_variables
from worldtree.compile.state import CompileState
from worldtree.core.errors import DiagnosticBag

#: From existence to correctness; a later check looks only at what an earlier one found.
_CHECKS = (
    check_roles_exist,
    check_role_dependencies,
    check_shipped_roles,
    check_role_names_differ,
    check_role_variables,
    check_missing_argspecs,
    check_reserved_names,
    check_names_of_other_roles,
    check_handlers,
    check_all_play_hosts,
    check_cleared_errors,
    check_actions,
    check_removed_actions,
    check_outputs_variable,
)


def roles(state: CompileState, bag: DiagnosticBag) -> CompileState:
    """Report everything that is wrong with the graph's role steps, each problem once."""
    context = CheckContext(
        state.graph,
        state.roles,
        state.inventory.variables,
        state.steps.templates,
        state.config.directories("library", "action_plugins"),
        state.cluster.ansible.shipped_roles,
    )
    found = (diagnostic for part in _CHECKS for diagnostic in part(context))
    bag.extend(dict.fromkeys(found))
    bag.extend(check_variable_files(state.model.spec, state.roles))
    return state
