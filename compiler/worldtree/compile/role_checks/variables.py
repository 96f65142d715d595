"""Checks variables of steps and inventory against the roles' argument specifications."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from worldtree.ansible.content.argspec import (
    EntrySpec,
    check_value,
    check_variables,
    missing_options,
    missing_variable,
)
from worldtree.ansible.content.roles import RoleInfo
from worldtree.compile.role_checks.context import CheckContext, RoleCall, path_in_step
from worldtree.compile.template_variables import names_in_templates, words
from worldtree.core.errors import Diagnostic, Severity
from worldtree.plan.node import Node

#: Names that connections, or all roles that WorldTree runs, read.
_COMMON_PREFIXES = ("ansible_", "worldtree_")


def check_role_variables(context: CheckContext) -> Iterator[Diagnostic]:
    """Yield unknown, wrong and missing variables of steps whose role has specifications."""
    seen: set[tuple[object, ...]] = set()
    for call in context.calls:
        node, role = call.node, call.role
        if not role.has_specs:
            continue
        yield from _check_step_variables(context, node, role)
        spec = role.specs.get(node.entry)
        if spec is None:
            continue
        if not call.opaque:
            yield from _check_required(context, call, spec)
        # Many steps share hosts and role; the inventory's values are checked once for all.
        own = frozenset(node.vars) | call.given
        key = (role.path, node.entry, node.hosts, own)
        if key not in seen:
            seen.add(key)
            yield from _check_inventory(context, node, role, spec, own)


def names_known_to_role(context: CheckContext, role: RoleInfo) -> frozenset[str]:
    """Return the names that ``role`` gives a value to, with all that the roles it brings know."""
    own = {*role.defaults, *role.vars, *role.other_vars}
    others = (r.known_names for r in context.closure(role).roles if r.path != role.path)
    return frozenset(own).union(*others)


def _check_step_variables(
    context: CheckContext, node: Node, role: RoleInfo
) -> Iterator[Diagnostic]:
    closure = context.closure(role)
    opaque = any(r.vaulted_files for r in closure.roles) or closure.dynamic or closure.missing
    spec = role.specs.get(node.entry)
    also = names_known_to_role(context, role)
    if spec is None:
        # The entry itself has no specification; those of the others are a hint, not a rule.
        spec = EntrySpec(node.entry)
        also = also | role.known_names
    helpers = names_in_templates([node.vars, node.keyword_values]) | words(node.when or "")
    own = {
        name: value
        for name, value in node.vars.items()
        if name in spec.options or not (name.startswith(_COMMON_PREFIXES) or name in helpers)
    }
    lenient = opaque or node.entry not in role.specs
    yield from check_variables(
        spec,
        own,
        path_in_step(node, "vars"),
        owner=f"role `{role.name}`",
        also_known=also,
        # Those are checked per host, below.
        supplied_elsewhere=None,
        unknown=Severity.WARNING if lenient else Severity.ERROR,
    )


def _names_set_by_role(role: RoleInfo) -> frozenset[str]:
    given = {**role.defaults, **role.vars}
    return frozenset(name for name, value in given.items() if value is not None)


def _check_required(context: CheckContext, call: RoleCall, spec: EntrySpec) -> Iterator[Diagnostic]:
    node, role, inventory = call.node, call.role, context.inventory
    if not inventory.complete:
        return
    everywhere = {
        *node.vars,
        *call.given,
        *inventory.cluster.vars,
        *context.facts_set,
        *_names_set_by_role(role),
    }
    for option in missing_options(spec, everywhere):
        lacking = [h for h in node.hosts if option.name not in inventory.names(h)]
        if not lacking:
            continue
        names = everywhere | inventory.names(lacking[0])
        missing = missing_variable(option, names, path_in_step(node), owner=f"role `{role.name}`")
        if len(lacking) < len(node.hosts):
            some = ", ".join(lacking[:5]) + (" …" if len(lacking) > 5 else "")
            detail = f"Some hosts have it, but not {some}. {missing.detail}"
            missing = replace(missing, detail=detail.strip())
        yield missing


def _check_inventory(
    context: CheckContext, node: Node, role: RoleInfo, spec: EntrySpec, own: frozenset[str]
) -> Iterator[Diagnostic]:
    """Check values of the inventory that the step's ``own`` variables do not override."""
    # Hosts of one range have their variables at one place.
    scopes = {
        s.path or s.label: s
        for host in reversed(node.hosts)
        for s in context.inventory.scopes(host)
        if s.vars
    }
    for scope in reversed(scopes.values()):
        for name in scope.vars:
            option = spec.options.get(name)
            if option is None or name in own:
                continue
            path = None if scope.path is None else (*scope.path, name)
            for found in check_value(option, scope.vars[name], path, owner=f"role `{role.name}`"):
                yield replace(found, summary=f"{found.summary} (from {scope.label})")


def team_variable_names(values: Mapping[str, Any]) -> tuple[str, ...]:
    """Return the names in ``values`` that belong neither to Ansible nor to WorldTree."""
    return tuple(name for name in values if not name.startswith(_COMMON_PREFIXES))
