"""Pass ``facts``: one fact-gathering node in front of everything, when something needs facts."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Literal

from worldtree.compile.assets import Templates, no_templates
from worldtree.plan.digests import canonical
from worldtree.plan.fragment import Fragment
from worldtree.plan.ids import node_id
from worldtree.plan.node import FACTS_KIND, Edge, Node
from worldtree.plan.policy import DEFAULT_POLICY

#: Texts in a template that mean a fact is read: one's own or a peer's.
_FACT_MARKERS = (b"ansible_facts", b"ansible_", b"hostvars")


def add_fact_gathering(
    fragment: Fragment,
    *,
    pipeline: str,
    hosts: tuple[str, ...],
    mode: Literal["auto", "always", "never"],
    params: Mapping[str, Any],
    needs_facts: Callable[[Node], bool],
    templates: Templates = no_templates,
) -> Fragment:
    """Return ``fragment`` behind a node that gathers the facts of every host of the inventory.

    Of every host, since roles read their peers' facts. Each host goes on by itself from there.
    ``templates`` returns the texts of the templates that a node's step fills in.
    """
    wanted = mode == "always" or (
        mode == "auto"
        and any(_reads_facts(n, needs_facts, templates) for n in fragment.nodes.values())
    )
    if not wanted or not len(fragment):
        return fragment
    node = Node(
        id=node_id(pipeline, "facts", "gather", "setup"),
        kind=FACTS_KIND,
        params=dict(params),
        hosts=hosts,
        policy=DEFAULT_POLICY,
        # Whatever part is selected by tags in plain Ansible reads facts too.
        tags=("always",),
        reversibility="read-only",
    )
    edges = [Edge(before=node.id, after=name, kind="host") for name in fragment.entries]
    return Fragment.beside((Fragment.of(node), fragment)).linked(edges)


def _reads_facts(node: Node, needs_facts: Callable[[Node], bool], templates: Templates) -> bool:
    if node.kind == "role" or needs_facts(node):
        return True
    own = canonical([node.params, node.vars, node.when, node.environment])
    texts = (own, *(text.encode() for text in templates(node)))
    return any(sign in text for text in texts for sign in _FACT_MARKERS)
