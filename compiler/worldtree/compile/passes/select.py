"""Pass ``select``: narrows the graph to the selection."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import fields, replace
from functools import partial

from worldtree.compile.edge_strength import edge_kind, stricter, weaker
from worldtree.compile.selection import Selection
from worldtree.compile.state import CompileState
from worldtree.compile.tags_inside import nodes_with_tag_inside
from worldtree.core.errors import DiagnosticBag
from worldtree.core.suggestions import did_you_mean
from worldtree.core.text import and_more
from worldtree.graph import Dag
from worldtree.plan.execution_graph import ExecutionGraph
from worldtree.plan.ids import without_pipeline
from worldtree.plan.node import FACTS_KIND, Edge, Node
from worldtree.plan.node_patterns import matches_pattern, unmatched_pattern_hint

#: The tag that Ansible always selects.
ALWAYS_TAG = "always"
#: Hosts that a message names.
_MAX_HOSTS = 10
#: Steps that a message names.
_MAX_STEPS = 5
#: Returns the nodes that have a tag where it selects nothing.
TagInside = Callable[[str], Sequence[str]]


def select(state: CompileState, bag: DiagnosticBag) -> CompileState:
    """Narrow the graph to the selection; report parts of it that match nothing."""
    inside = partial(nodes_with_tag_inside, state.graph, state.roles)
    return replace(state, graph=select_nodes(state.graph, state.selection, bag, inside))


def select_nodes(
    graph: ExecutionGraph,
    selection: Selection,
    bag: DiagnosticBag,
    inside: TagInside = lambda _tag: (),
) -> ExecutionGraph:
    """Return the selected part; selected nodes stay ordered across those that are left out.

    ``inside`` returns the nodes that have a tag where it selects nothing.
    """
    if not selection:
        return graph
    dag = Dag(graph.nodes, [(e.before, e.after, e.kind) for e in graph.edges])
    keep = set(graph.nodes)
    if selection.only:
        keep &= _nodes_matching(graph, "--only", selection.only, bag)
    if selection.since:
        found = _nodes_matching(graph, "--since", selection.since, bag)
        keep &= found | dag.descendants(*found)
    if selection.until:
        found = _nodes_matching(graph, "--until", selection.until, bag)
        keep &= found | dag.ancestors(*found)
    if selection.tags:
        keep &= _nodes_with_tags(graph, selection.tags, bag, inside)
    nodes = {name: node for name, node in graph.nodes.items() if name in keep or _is_facts(node)}
    # Facts are gathered for other nodes, unless only they are named.
    for_others = not selection.only or not all(_is_facts(node) for node in nodes.values())
    if selection.hosts:
        known = list(dict.fromkeys(h for node in graph.nodes.values() for h in node.hosts))
        nodes = _narrowed_to_hosts(nodes, selection.hosts, known, bag, for_others=for_others)
    if for_others and all(_is_facts(node) for node in nodes.values()):
        nodes = {}
    if not nodes and not bag.has_errors:
        bag.error(
            "selection-matches-nothing",
            f"no node matches all of {_options(selection)}",
            detail="Each option narrows the result of the others.",
            hint="`wt plan` lists the nodes with their hosts; drop one of the options",
        )
    rest = dag.subgraph(nodes, along=weaker, beside=stricter)
    return ExecutionGraph(
        pipeline=graph.pipeline,
        nodes=nodes,
        edges=tuple(Edge(before=a, after=b, kind=edge_kind(kind)) for a, b, kind in rest.edges),
        left_out=_left_out(dag, nodes),
    )


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
    given = {one.name: getattr(selection, one.name) for one in fields(selection)}
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


def _nodes_with_tags(
    graph: ExecutionGraph, tags: Iterable[str], bag: DiagnosticBag, inside: TagInside
) -> set[str]:
    """Return the nodes with any of ``tags``; as in Ansible, ``always`` goes with every tag."""
    known = {tag for node in graph.nodes.values() for tag in node.tags} - {ALWAYS_TAG}
    wanted = set(tags)
    for tag in tags:
        if tag not in known and tag != ALWAYS_TAG:
            detail, hint = _why_unknown(tag, known, inside(tag))
            bag.error(
                "unknown-tag",
                f"--tags {tag}: no step has the tag `{tag}`",
                detail=detail,
                hint=hint,
            )
    return {name for name, node in graph.nodes.items() if {*wanted, ALWAYS_TAG} & {*node.tags}}


def _why_unknown(tag: str, known: Collection[str], inside: Sequence[str]) -> tuple[str, str]:
    if inside:
        names = [without_pipeline(name) for name in inside]
        return (
            "A step runs as a whole: tags of roles and of tasks inside a step select nothing. "
            f"`{tag}` stands inside of {and_more([f'`{name}`' for name in names], _MAX_STEPS)}.",
            f"select the step: `--only {names[0]}`; or give it `tags: [{tag}]` in the document",
        )
    there = ", ".join(f"`{one}`" for one in sorted(known))
    return (
        f"There are {there}." if known else "No step of the document has tags.",
        did_you_mean(tag, known) or "give steps, tasks or modules `tags` in the document",
    )


def _narrowed_to_hosts(
    nodes: dict[str, Node],
    hosts: tuple[str, ...],
    known: Sequence[str],
    bag: DiagnosticBag,
    *,
    for_others: bool,
) -> dict[str, Node]:
    with_work = {host for node in nodes.values() for host in node.hosts}
    for host in hosts:
        if host not in with_work:
            here = host in known
            what = f"no selected node runs on `{host}`" if here else f"there is no host `{host}`"
            bag.error(
                "selection-matches-nothing",
                f"--hosts {host}: {what}; hosts: {and_more(known, _MAX_HOSTS)}",
                hint=did_you_mean(host, known, "`wt plan` lists the hosts of every node"),
            )
    wanted = set(hosts)
    narrowed: dict[str, Node] = {}
    for name, node in nodes.items():
        # Facts of all hosts stay: roles on the selected hosts may read those of other hosts.
        whole = for_others and _is_facts(node)
        rest = node.hosts if whole else tuple(h for h in node.hosts if h in wanted)
        if rest:
            words = node.host_pattern if rest == node.hosts else None
            narrowed[name] = node.model_copy(update={"hosts": rest, "host_pattern": words})
    return narrowed
