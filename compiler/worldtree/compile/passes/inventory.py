"""Pass ``inventory``: where hosts, groups and variables come from.

A document either lists its hosts, or names an existing Ansible inventory. That one is read for
names, copied as it is, and keeps its precedence.
"""

from __future__ import annotations

from dataclasses import replace

from worldtree.ansible.content.inventory.variables import VariableScope
from worldtree.compile.cluster_inventory import resolve_inventory
from worldtree.compile.state import CompileState
from worldtree.core.errors import DiagnosticBag


def inventory(state: CompileState, bag: DiagnosticBag) -> CompileState:
    """Find the final hosts; report an inventory that cannot be read and unknown members."""
    found = resolve_inventory(state.cluster, state.model, bag, state.config)
    if state.document.extra_vars:
        extra = VariableScope("the extra variables", state.document.extra_vars)
        found = replace(found, variables=replace(found.variables, extra=extra))
    return replace(state, inventory=found, cluster=found.cluster)
