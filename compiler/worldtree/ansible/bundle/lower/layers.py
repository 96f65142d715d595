"""Layers of a plain run: their names, and the barriers before them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from worldtree.ansible.bundle.lower.host_patterns import HostPatterns
from worldtree.ansible.bundle.lower.lowered import Layer
from worldtree.ansible.model.plays import HostPattern, Play, PlayTask
from worldtree.plan.node import Node
from worldtree.plan.plan import Plan
from worldtree.results.node_status import allowed_losses

#: Modules named in a layer's file name; the rest is counted.
_MAX_NAMED = 3


def layers(plan: Plan, patterns: HostPatterns) -> tuple[Layer, ...]:
    """Return the layers of ``plan`` with names and barriers."""
    width = max(2, len(str(len(plan.layers) - 1)))
    found = []
    for number, ids in enumerate(plan.layers):
        name = f"{number:0{width}}-{_slug([plan.graph.nodes[i] for i in ids])}"
        before = plan.layers[number - 1] if number else ()
        guards = tuple(_barriers(plan, name, ids, before, patterns))
        found.append(Layer(number, name, ids, guards))
    return tuple(found)


def _slug(nodes: list[Node]) -> str:
    modules = list(dict.fromkeys(node.module for node in nodes))
    if len(modules) > _MAX_NAMED:
        modules = [*modules[: _MAX_NAMED - 1], f"and-{len(modules) - _MAX_NAMED + 1}-more"]
    return "-".join(modules)


def _barriers(
    plan: Plan, name: str, ids: tuple[str, ...], before: tuple[str, ...], patterns: HostPatterns
) -> Iterator[Play]:
    """Yield the plays that stop a plain run when hosts that ``ids`` need have failed.

    Ansible excludes a failed host from later plays and continues with the others. That is not
    enough where all hosts of a node must succeed or its policy is to stop.
    """
    waited: dict[str, int] = {}
    for node_id in ids:
        for edge in plan.graph.predecessors[node_id]:
            if edge.kind == "barrier":
                node = plan.graph.nodes[edge.before]
                waited[node.id] = allowed_losses(node.policy.allowed_failures, len(node.hosts))
    for node_id in before:
        node = plan.graph.nodes[node_id]
        if node.policy.on_failure != "ignore" and node.policy.on_failure is not None:
            waited[node_id] = allowed_losses(node.policy.allowed_failures, len(node.hosts))
    strict = [plan.graph.nodes[name] for name, allowed in waited.items() if not allowed]
    parts: dict[tuple[HostPattern, int], None] = {}
    if strict:
        parts[patterns.together(strict), 0] = None
    for node_id, allowed in waited.items():
        if allowed:
            parts[patterns.of(plan.graph.nodes[node_id]), allowed] = None
    ordered = sorted(parts, key=lambda part: (part[1], _listed(part[0])))
    for number, (hosts, allowed) in enumerate(ordered):
        title = f"Barrier before layer {name}" + (f" ({number + 1})" if number else "")
        yield _barrier(title, hosts, allowed, patterns)


def _listed(pattern: HostPattern) -> list[str]:
    return [pattern] if isinstance(pattern, str) else list(pattern)


def _barrier(title: str, pattern: HostPattern, allowed: int, patterns: HostPatterns) -> Play:
    """Return a play that fails on every host of the inventory: only that stops the whole run."""
    waited: Any = _listed(pattern)
    if not patterns.are_hosts(waited):
        terms = ", ".join("'" + re.sub(r"(['\\\\])", r"\\\1", term) + "'" for term in waited)
        waited = f"{{{{ query('ansible.builtin.inventory_hostnames', {terms}) }}}}"
    mine = "worldtree_waited | intersect(ansible_play_hosts_all)"
    lost = f"{{{{ {mine} | difference(ansible_play_hosts) }}}}"
    task = PlayTask(
        "Continue only if no host failed" if not allowed else "Continue unless too many failed",
        "ansible.builtin.assert",
        {
            "that": [f"worldtree_lost | length <= {allowed}"],
            "fail_msg": "the next plays need these hosts, which failed: "
            "{{ worldtree_lost | join(', ') }}",
            "quiet": True,
        },
        {"run_once": True},
    )
    return Play(
        name=title,
        hosts="all",
        keywords={"any_errors_fatal": True},
        vars={"worldtree_waited": waited, "worldtree_lost": lost},
        tags=("always",),
        tasks=(task,),
    )
