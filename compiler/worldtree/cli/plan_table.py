"""A plan as a table a person reads before saying yes."""

from __future__ import annotations

from collections import Counter

import click

from worldtree.cli.output import write_table
from worldtree.plan.node import Node, Reversibility
from worldtree.plan.plan import Plan
from worldtree.plan.view import hosts_in_short

_COLOURS: dict[Reversibility, str] = {
    "reversible": "green",
    "compensable": "cyan",
    "irreversible": "yellow",
    "read-only": "bright_black",
}


def write_plan(plan: Plan) -> None:
    """Print layers, nodes, hosts, reversibility and digests, then the sums."""
    rows = []
    for number, layer in enumerate(plan.layers):
        for place, name in enumerate(layer):
            node = plan.graph.nodes[name]
            rows.append(
                [
                    str(number) if place == 0 else "",
                    name.partition("/")[2],
                    _what(node),
                    hosts_in_short(node.hosts),
                    click.style(node.reversibility, fg=_COLOURS[node.reversibility]),
                    plan.node_digests[name][:12],
                ]
            )
    write_table(["LAYER", "NODE", "WHAT", "HOSTS", "UNDO", "DIGEST"], rows)
    click.echo(summary(plan))


def summary(plan: Plan) -> str:
    """Return the sums in one or two lines."""
    nodes = plan.graph.nodes.values()
    hosts = {host for node in nodes for host in node.hosts}
    work = [node for node in nodes if node.reversibility != "read-only"]
    kinds = Counter(node.reversibility for node in work)
    undone = kinds["reversible"] + kinds["compensable"]
    share = f"{100 * undone // len(work)} %" if work else "nothing to undo"
    return (
        f"\n{plan.cluster}: {plan.pipeline}, {len(plan.graph.nodes)} nodes in "
        f"{len(plan.layers)} layers on {len(hosts)} hosts\n"
        f"can be undone: {share} ({kinds['reversible']} reversible, "
        f"{kinds['compensable']} compensable, {kinds['irreversible']} irreversible)"
    )


def _what(node: Node) -> str:
    if node.role is None:
        return node.kind
    return node.role if node.entry == "main" else f"{node.role} : {node.entry}"
