"""Pass ``select``: narrows the graph to the selection."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import fields, replace

from worldtree.ansible.model.tag_choice import NEVER
from worldtree.compile.edge_strength import edge_kind, stricter, weaker
from worldtree.compile.host_selection import with_host_names
from worldtree.compile.selection import Selection
from worldtree.compile.state import CompileState
from worldtree.compile.tag_selection import WorkOf, never_run, selected_by_tags, work_of
from worldtree.core.errors import DiagnosticBag
from worldtree.core.text import and_more
from worldtree.graph import Dag
from worldtree.plan.execution_graph import ExecutionGraph
from worldtree.plan.node import FACTS_KIND, Edge, Node
from worldtree.plan.node_patterns import matches_pattern, unmatched_pattern_hint
from worldtree.plan.plan import TagCut

#: Hosts that a message names.
_MAX_HOSTS = 10


def select(state: CompileState, bag: DiagnosticBag) -> CompileState:
    """Narrow the graph to the selection; report parts of it that match nothing."""
    find = work_of(state.roles)
    working = list(dict.fromkeys(h for node in state.graph.nodes.values() for h in node.hosts))
    selection = with_host_names(state.selection, state.cluster, working, bag)
    graph, cut = select_nodes(state.graph, selection, bag, find, with_never=state.with_never)
    return replace(state, graph=graph, cut=cut)


def select_nodes(
    graph: ExecutionGraph,
    selection: Selection,
    bag: DiagnosticBag,
    find: WorkOf,
    *,
    with_never: bool = False,
) -> tuple[ExecutionGraph, dict[str, TagCut]]:
    """Return the selected part, and its nodes of which tags select some tasks only.

    Selected nodes stay ordered across those that are left out. ``find`` reads the tags of a node.
    Steps with the tag ``never`` are no part of the graph unless ``--tags`` selects them, or
    ``with_never`` keeps them.
    """
    chosen: set[str] = set()
    cut: dict[str, TagCut] = {}
    if selection.tag_choice:
        chosen, cut = selected_by_tags(graph.nodes, selection.tag_choice, bag, find)
    never = set() if with_never else never_run(graph.nodes, selection.tag_choice, find)
    if never:
        if _report_never(graph, selection, never, bag):
            return graph, {}
        graph = _without(graph, never)
    if not selection:
        return graph, {}
    dag = graph.dag
    keep = set(graph.nodes)
    if selection.only:
        keep &= _nodes_matching(graph, "--only", selection.only, bag)
    if selection.since:
        found = _nodes_matching(graph, "--since", selection.since, bag)
        keep &= found | dag.descendants(*found)
    if selection.until:
        found = _nodes_matching(graph, "--until", selection.until, bag)
        keep &= found | dag.ancestors(*found)
    if selection.tag_choice:
        keep &= chosen
    nodes = {name: node for name, node in graph.nodes.items() if name in keep or _is_facts(node)}
    # Facts are gathered for other nodes, unless only they are named.
    for_others = not selection.only or not all(_is_facts(node) for node in nodes.values())
    if selection.hosts:
        nodes = _narrowed_to_hosts(nodes, selection.hosts, graph, bag)
    if for_others and all(_is_facts(node) for node in nodes.values()):
        nodes = {}
    if not nodes and not bag.has_errors:
        bag.error(
            "selection-matches-nothing",
            f"no node matches all of {_options(selection)}",
            detail="Each option narrows the result of the others.",
            hint="`wt plan` lists the nodes with their hosts; drop one of the options",
        )
    selected = _part(graph, dag, nodes, _left_out(dag, nodes))
    return selected, {name: how for name, how in cut.items() if name in nodes}


def _part(
    graph: ExecutionGraph,
    dag: Dag,
    nodes: dict[str, Node],
    left_out: dict[str, tuple[str, ...]],
) -> ExecutionGraph:
    """Return the part of ``graph`` with ``nodes``, ordered across the others."""
    rest = dag.subgraph(nodes, along=weaker, beside=stricter)
    return ExecutionGraph(
        pipeline=graph.pipeline,
        nodes=nodes,
        edges=tuple(Edge(before=a, after=b, kind=edge_kind(kind)) for a, b, kind in rest.edges),
        left_out=left_out,
    )


def _without(graph: ExecutionGraph, never: set[str]) -> ExecutionGraph:
    """Return ``graph`` without steps with the tag ``never``, as if they were not there.

    Facts are gathered for other nodes.
    """
    nodes = {name: node for name, node in graph.nodes.items() if name not in never}
    if all(_is_facts(node) for node in nodes.values()):
        nodes = {}
    return _part(graph, graph.dag, nodes, {})


def _report_never(
    graph: ExecutionGraph, selection: Selection, never: set[str], bag: DiagnosticBag
) -> bool:
    """Report patterns that match nothing but steps with the tag ``never``; whether one does."""
    found = False
    for option in ("only", "since", "until"):
        for pattern in getattr(selection, option):
            hits = [name for name in graph.nodes if matches_pattern(name, pattern)]
            if hits and never.issuperset(hits):
                found = True
                tags = [tag for tag in graph.nodes[hits[0]].tags if tag != NEVER]
                bag.error(
                    "selection-matches-nothing",
                    f"--{option} {pattern}: every matching node has the tag `never`",
                    detail="Such steps run only where --tags names one of their tags.",
                    hint=f"add `--tags {(tags or [NEVER])[0]}`",
                )
    return found


def _left_out(dag: Dag, kept: Collection[str]) -> dict[str, tuple[str, ...]]:
    """Return each node not in ``kept`` with those of ``kept`` that come next after it, if any."""
    order = dag.topological_order()
    following: dict[str, dict[str, None]] = {}
    for name in reversed(order):
        if name not in kept:
            found = following[name] = {}
            for after in dag.successors(name):
                found.update({after: None} if after in kept else following[after])
    return {name: tuple(following[name]) for name in order if following.get(name)}


def _is_facts(node: Node) -> bool:
    return node.kind == FACTS_KIND


def _options(selection: Selection) -> str:
    given = {one.name.replace("_", "-"): getattr(selection, one.name) for one in fields(selection)}
    return ", ".join(f"--{name} {','.join(values)}" for name, values in given.items() if values)


def _nodes_matching(
    graph: ExecutionGraph, option: str, patterns: Iterable[str], bag: DiagnosticBag
) -> set[str]:
    found: set[str] = set()
    for pattern in patterns:
        hits = {name for name in graph.nodes if matches_pattern(name, pattern)}
        if not hits:
            bag.error(
                "selection-matches-nothing",
                f"{option} {pattern}: no node matches `{pattern}`",
                detail="A pattern is a node id, or the part of it that starts at the module; `*` "
                "matches any text.",
                hint=unmatched_pattern_hint(graph.nodes, pattern),
            )
        found |= hits
    return found


def _narrowed_to_hosts(
    nodes: dict[str, Node],
    hosts: tuple[str, ...],
    graph: ExecutionGraph,
    bag: DiagnosticBag,
) -> dict[str, Node]:
    """Return ``nodes`` on ``hosts`` only, which are hosts of ``graph``.

    Facts are gathered on them only, too: no other host is contacted, as with Ansible's ``--limit``.
    """
    with_work = {host for node in nodes.values() for host in node.hosts}
    for host in hosts:
        if host not in with_work:
            known = dict.fromkeys(h for node in graph.nodes.values() for h in node.hosts)
            bag.error(
                "selection-matches-nothing",
                f"--hosts {host}: no selected node runs on `{host}`; hosts: "
                f"{and_more(list(known), _MAX_HOSTS)}",
                hint="`wt plan` lists the hosts of every node",
            )
    wanted = set(hosts)
    narrowed: dict[str, Node] = {}
    for name, node in nodes.items():
        rest = tuple(host for host in node.hosts if host in wanted)
        if rest:
            words = node.host_pattern if rest == node.hosts else None
            narrowed[name] = node.model_copy(update={"hosts": rest, "host_pattern": words})
    return narrowed
