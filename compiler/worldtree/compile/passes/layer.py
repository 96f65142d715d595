"""Pass ``layer``: ExecutionGraph -> Plan. Freezes the graph with its layers and digests."""

from __future__ import annotations

from dataclasses import replace

from worldtree.ansible.model.tag_choice import EVERY_TASK, NEVER
from worldtree.compile.artifact_digests import artifact_inputs, with_artifacts
from worldtree.compile.input_digests import InputDigests
from worldtree.compile.node_digests import NodeDigests
from worldtree.compile.state import CompileState
from worldtree.core.errors import DiagnosticBag
from worldtree.plan.digests import digest
from worldtree.plan.plan import Plan
from worldtree.plan.policy import DEFAULT_POLICY


def layer(state: CompileState, _bag: DiagnosticBag) -> CompileState:
    """Make the plan; the order of nodes within a layer is the graph's own."""
    graph, cluster = state.graph, state.cluster
    inputs = InputDigests(
        cluster, state.roles, state.inventory, graph, state.config, state.carried, state.steps
    )
    # Where every node runs as a whole without tags, they need not reach the runs.
    needs_tags = state.cut or any(NEVER in node.tags for node in graph.nodes.values())
    choice = state.selection.tag_choice if needs_tags else EVERY_TASK
    pairs = NodeDigests(state.inventory, state.roles, inputs, choice, state.cut).pairs
    by_pair = {
        name: with_artifacts(pairs(node), node, state.artifacts)
        for name, node in graph.nodes.items()
    }
    place = {name: index for index, name in enumerate(graph.nodes)}
    local = state.inventory.local_hosts(graph.nodes.values())
    plan = Plan(
        cluster=cluster.name,
        pipeline=graph.pipeline,
        parameters=state.context.parameters.model_dump(
            mode="json", by_alias=True, exclude_unset=True
        ),
        hosts=(*state.context.hosts, *local),
        unlisted=tuple(host.name for host in local),
        groups=cluster.group_members,
        extra_vars=dict(state.document.extra_vars),
        inventories=state.document.inventories,
        environment=cluster.ansible.environment,
        policy=state.spec.policy.inherit(DEFAULT_POLICY),
        graph=graph,
        left_out=dict(state.left_out),
        tags=choice.tags,
        skip_tags=choice.skip_tags,
        cut=dict(state.cut),
        secrets=cluster.secrets,
        facts_ttl=cluster.facts.ttl,
        layers=graph.dag.layers(key=place.__getitem__),
        digests=dict(sorted({**inputs.digests(), **_builder_inputs(state)}.items())),
        node_digests={name: digest(found) for name, found in by_pair.items()},
        pair_digests=by_pair,
    )
    return replace(state, plan=plan)


def _builder_inputs(state: CompileState) -> dict[str, str]:
    """Return the digests of what builders were given besides the document."""
    found = artifact_inputs(state.artifacts)
    if state.document.extra_vars:
        found["extra-vars"] = digest(dict(state.document.extra_vars))
    facts = state.context.facts
    if facts.read or facts.missed:
        found["facts"] = digest({"read": facts.read, "missed": facts.missed})
    if state.context.previous is not None and state.previous is not None:
        found["previous-document"] = state.previous.digest
    return found
