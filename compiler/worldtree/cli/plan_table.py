"""Shows a plan as a table, before it is confirmed."""

from __future__ import annotations

from collections import Counter

import click

from worldtree.app.requests import irreversible
from worldtree.cli.output import count
from worldtree.cli.part_lines import cut_lines, left_out_lines
from worldtree.cli.table import Cell, Row, write_table
from worldtree.core.text import and_more
from worldtree.plan.abbreviations import abbreviated_hosts
from worldtree.plan.ids import without_pipeline
from worldtree.plan.node import Reversibility
from worldtree.plan.outputs import Output
from worldtree.plan.pipeline_request import parameters_text
from worldtree.plan.plan import Plan

#: Most irreversible nodes that a line names.
_MAX_NODES = 10
_COLOURS: dict[Reversibility, str] = {
    "reversible": "green",
    "compensable": "cyan",
    "irreversible": "yellow",
    "read-only": "bright_black",
}


def write_plan(plan: Plan, *, err: bool = False) -> None:
    """Print layers, nodes, hosts, reversibility and digests, then a summary."""
    rows: list[Row] = []
    for number, layer in enumerate(plan.layers):
        for place, name in enumerate(layer):
            node = plan.graph.nodes[name]
            rows.append(
                [
                    str(number) if place == 0 else "",
                    without_pipeline(name)
                    + (" (always)" if node.always else "")
                    + (f" ({plan.cut[name]})" if name in plan.cut else ""),
                    node.work_label,
                    abbreviated_hosts(node.hosts),
                    Cell(node.reversibility, _COLOURS[node.reversibility]),
                    plan.node_digests[name][:12],
                ]
            )
    columns = ["LAYER", "NODE", "WHAT", "HOSTS", "UNDO", "DIGEST"]
    write_table(columns, rows, spare=["DIGEST", "WHAT"], err=err)
    click.echo(f"\n{plan_summary(plan)}", err=err)
    for line in [
        *left_out_lines(plan.left_out),
        *_cut_notes(plan),
        *_finaliser_note(plan),
        *_play_note(plan),
        *_irreversible_note(plan),
        *_known_after_apply_lines(plan),
    ]:
        click.echo(line, err=err)


def _finaliser_note(plan: Plan) -> list[str]:
    """Return a line that explains ``always``, if a node has it."""
    if not any(node.always for node in plan.graph.nodes.values()):
        return []
    return ["always: runs even if earlier nodes failed"]


def _cut_notes(plan: Plan) -> list[str]:
    """Return lines on nodes of which tags select some tasks only, or perhaps none."""
    found = cut_lines(plan.cut_options)
    if "unknown" in plan.cut.values():
        found.append("unknown: whether tags select any task of it is known only when it runs")
    return found


def _play_note(plan: Plan) -> list[str]:
    """Return a line on what a step of several roles or tasks costs, if there is one."""
    found = [
        without_pipeline(node.id)
        for node in plan.graph.nodes.values()
        if node.play is not None and node.play.parts > 1
    ]
    if not found:
        return []
    named = and_more(tuple(found), _MAX_NODES)
    return [f"one status each, resumed and undone as a whole: {named}"]


def _irreversible_note(plan: Plan) -> list[str]:
    """Return a line on irreversible nodes, if ``onIrreversible`` refuses or asks."""
    found = irreversible(plan)
    if not found:
        return []
    refuses = plan.policy.on_irreversible == "refuse"
    what = "apply is refused" if refuses else "apply asks"
    named = and_more(tuple(map(without_pipeline, found)), _MAX_NODES)
    return [f"{what} (onIrreversible), because these nodes cannot be undone: {named}"]


def _known_after_apply_lines(plan: Plan) -> list[str]:
    """Return the outputs that nodes read from each other; their values are not known yet."""
    nodes = plan.graph.nodes
    lines = []
    for node in nodes.values():
        for use in node.reads:
            published = nodes[use.node].outputs if use.node in nodes else {}
            for name in use.names:
                output = published.get(name, Output())
                kind = f"{output.type}, secret" if output.secret else output.type
                text = f"  {without_pipeline(node.id)}: outputs['{use.written}'].{name} ({kind})"
                lines.append(text)
    return ["known after apply:", *lines] if lines else []


def pipeline_words(plan: Plan) -> str:
    """Return the pipeline of a plan with its parameters: ``repeat (copies=2)``."""
    given = f" ({parameters_text(plan.parameters)})" if plan.parameters else ""
    return f"{plan.pipeline}{given}"


def plan_summary(plan: Plan) -> str:
    """Return two lines: the size of the plan, and how much can be undone."""
    nodes = plan.graph.nodes.values()
    hosts = {host for node in nodes for host in node.hosts}
    size = (
        f"{plan.cluster}: {pipeline_words(plan)}, {count(len(nodes), 'node')} in "
        f"{count(len(plan.layers), 'layer')} on {count(len(hosts), 'host')}"
    )
    work = [node for node in nodes if node.reversibility != "read-only"]
    if not work:
        return f"{size}\nchanges nothing, so there is nothing to undo"
    kinds = Counter(node.reversibility for node in work)
    undone = kinds["reversible"] + kinds["compensable"]
    named = ", ".join(f"{kinds[kind]} {kind}" for kind in _COLOURS if kinds[kind])
    return f"{size}\n{undone} of {count(len(work), 'node')} can be undone ({named})"
