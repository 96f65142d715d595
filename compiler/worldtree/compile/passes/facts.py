"""Pass ``facts``: one fact-gathering node in front of everything, when something needs facts."""

from __future__ import annotations

from dataclasses import replace

from worldtree.compile.built_in_steps import BuiltInSteps
from worldtree.compile.state import CompileState
from worldtree.core.errors import DiagnosticBag
from worldtree.plan.digests import canonical
from worldtree.plan.fragment import Fragment
from worldtree.plan.ids import node_id
from worldtree.plan.node import FACTS_KIND, Edge, Node
from worldtree.plan.policy import DEFAULT_POLICY

#: Texts in a template that mean a fact is read: one's own or a peer's.
_FACT_MARKERS = (b"ansible_facts", b"ansible_", b"hostvars")


def facts(state: CompileState, _bag: DiagnosticBag) -> CompileState:
    """Put a node that gathers the facts of every host of the inventory in front of all others.

    Of every host, since roles read their peers' facts, unless the pipeline says that its roles do
    not. Each host goes on by itself from there.
    """
    wanted, fragment = state.cluster.facts, state.fragment
    gathers = wanted.gather == "always" or (
        wanted.gather == "auto"
        and any(_reads_facts(node, state.steps) for node in fragment.nodes.values())
    )
    if not gathers or not len(fragment):
        return state
    local = [host.name for host in state.inventory.local_hosts(fragment.nodes.values())]
    names, pattern = _gathered(state)
    node = Node(
        id=node_id(state.pipeline.name, "facts", "gather", "setup"),
        kind=FACTS_KIND,
        params={"gather_subset": list(wanted.gather_subset)},
        hosts=(*names, *local),
        host_pattern=(*pattern, *local) if local or len(pattern) > 1 else pattern[0],
        policy=DEFAULT_POLICY,
        # Whatever part is selected by tags in plain Ansible reads facts too.
        tags=("always",),
        reversibility="read-only",
    )
    edges = [Edge(before=node.id, after=name, kind="host") for name in fragment.entries]
    return replace(state, fragment=Fragment.beside((Fragment.of(node), fragment)).linked(edges))


def _gathered(state: CompileState) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return the hosts whose facts are gathered, and the pattern that means them."""
    names = tuple(host.name for host in state.context.hosts)
    if not state.pipeline.facts_of_its_hosts:
        return names, ("all",)
    used = {name for node in state.fragment.nodes.values() for name in node.hosts}
    found = tuple(name for name in names if name in used)
    return (found, found) if found else (names, ("all",))


def _reads_facts(node: Node, steps: BuiltInSteps) -> bool:
    if node.calls_team_code or _kind_needs_facts(node, steps):
        return True
    own = canonical([node.params, node.vars, node.when, node.keyword_values])
    texts = (own, *(text.encode() for text in steps.templates(node)))
    return any(marker in text for text in texts for marker in _FACT_MARKERS)


def _kind_needs_facts(node: Node, steps: BuiltInSteps) -> bool:
    found = steps.of(node)
    return found is not None and found[0].needs_facts(found[1])
