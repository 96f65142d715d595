"""Pass ``lower``: plan -> plays as data."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from worldtree.ansible.bundle.lower.host_patterns import HostPatterns
from worldtree.ansible.bundle.lower.layers import layers
from worldtree.ansible.bundle.lower.lowered import CalledRole, LoweredPlan
from worldtree.ansible.bundle.lower.role_play import role_play, role_rollback
from worldtree.ansible.bundle.lower.step_play import step_play, step_rollback
from worldtree.ansible.bundle.lower.written_play import written_play, written_rollback
from worldtree.ansible.content.roles.collection_use import collections_named_in
from worldtree.ansible.model.plays import Play
from worldtree.ansible.model.secret_lookups import with_lookups
from worldtree.ansible.model.tag_choice import NEVER
from worldtree.ansible.steps.kind import Asset, StepKind
from worldtree.plan.node import Node
from worldtree.plan.plan import Plan

_TEMPLATE = re.compile(r"\{[{%].*?[}%]\}", re.DOTALL)


def lower(
    plan: Plan,
    role_of: Callable[[Node], CalledRole],
    kinds: Mapping[str, StepKind[Any]],
    roles_of: Callable[[Node], Sequence[CalledRole]] = lambda _node: (),
) -> LoweredPlan:
    """Return ``plan`` as plays; ``role_of`` is ``RoleCalls.of``, ``roles_of`` its ``in_play``.

    Raises ``KeyError`` for a missing role or kind and ``pydantic.ValidationError`` for parameters
    that ``steps.check`` rejects: both are errors of the caller.
    """
    patterns = HostPatterns(plan)
    plays: dict[str, Play] = {}
    rollbacks: dict[str, Play] = {}
    assets: set[Asset] = set()
    for node_id in (node_id for layer in plan.layers for node_id in layer):
        node = _with_plain_expressions(plan.graph.nodes[node_id])
        if node.play is not None:
            called = roles_of(node)
            plays[node_id] = written_play(node, called, patterns)
            undo = written_rollback(node, called, patterns)
        elif node.kind == "role":
            role = role_of(node)
            plays[node_id] = role_play(node, role, patterns)
            undo = role_rollback(node, role, patterns)
        else:
            kind = kinds[node.kind]
            params = kind.parse(with_lookups(node.params))
            plays[node_id] = step_play(node, kind, params, plan.cluster, patterns)
            undo = step_rollback(node, kind, params, plan.cluster, patterns)
            assets.update(kind.assets(params))
        if undo is not None:
            # What ran is undone, whichever tags selected it.
            tags = tuple(tag for tag in undo.tags if tag != NEVER)
            rollbacks[node_id] = replace(undo, tags=tags)
    return LoweredPlan(
        plays=plays,
        rollbacks=rollbacks,
        layers=layers(plan, patterns),
        assets=tuple(sorted(assets, key=lambda asset: (asset.place, asset.path))),
        collections=_collections((*plays.values(), *rollbacks.values())),
    )


def _with_plain_expressions(node: Node) -> Node:
    """Return ``node`` with ``$${`` as ``${`` in its expressions, which have no references."""
    if node.when is None and not node.outputs:
        return node
    outputs = {
        name: one.model_copy(update={"value": with_lookups(one.value)})
        for name, one in node.outputs.items()
    }
    return node.model_copy(update={"when": with_lookups(node.when), "outputs": outputs})


def _collections(plays: Iterable[Play]) -> tuple[str, ...]:
    """Return the collections, other than Ansible's own, that the plays use."""
    found: set[str] = set()
    for play in plays:
        for task in play.all_tasks():
            found.add(task.action.rpartition(".")[0])
            _collect_plugins([task.args, *task.keywords.values()], found)
        _collect_plugins([play.vars, play.environment, play.inner_values()], found)
    return tuple(sorted(name for name in found if name != "ansible.builtin"))


def _collect_plugins(value: object, found: set[str]) -> None:
    if isinstance(value, str):
        if "{" in value:
            for template in _TEMPLATE.findall(value):
                found.update(collections_named_in(template))
    elif isinstance(value, Mapping):
        for item in value.values():
            _collect_plugins(item, found)
    elif isinstance(value, list | tuple):
        for item in value:
            _collect_plugins(item, found)
