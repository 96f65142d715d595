"""Finds which node reads which output of which other node: the work of pass ``outputs``."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from worldtree.compile.built_in_steps import Templates, no_templates
from worldtree.core.errors import DiagnosticBag
from worldtree.core.suggestions import did_you_mean
from worldtree.plan.fragment import Fragment
from worldtree.plan.ids import without_pipeline
from worldtree.plan.node import Edge, Node
from worldtree.plan.outputs import Output, OutputUse
from worldtree.plan.pipeline_names import CREATE_CLUSTER
from worldtree.plan.specs import EdgeKind
from worldtree.spec.secret_references import has_secret, texts_in

#: ``outputs['step'].name`` and ``outputs['step']['name']``, with either quotes.
_USE = re.compile(
    r"""\boutputs\s*\[\s*(?P<q>['"])(?P<step>[^'"]*)(?P=q)\s*\]"""
    r"""\s*(?:\.\s*(?P<name>[A-Za-z_]\w*)|\[\s*(?P<q2>['"])(?P<key>[^'"]*)(?P=q2)\s*\])"""
)

#: Step as written -> names of its outputs.
_Uses = dict[str, set[str]]


def link_outputs(
    fragment: Fragment, pipeline: str, bag: DiagnosticBag, templates: Templates = no_templates
) -> Fragment:
    """Return ``fragment`` with ``reads`` filled in, and an edge from every output to its readers.

    The edge is per host where every reading host publishes too, else a barrier. An output of a node
    that is given a secret is secret. ``templates`` returns the texts of the templates that a
    node's step fills in, which read outputs like anything else of it. Reports ``dangling-output``,
    ``output-of-several-hosts`` and ``invalid-output``.
    """
    uses = {name: _uses(node, templates(node)) for name, node in fragment.nodes.items()}
    if not any(node.outputs or uses[name] for name, node in fragment.nodes.items()):
        return fragment
    linking = _OutputLinker(fragment, pipeline, bag, uses)
    nodes = {name: linking.linked(node) for name, node in fragment.nodes.items()}
    return Fragment(_with_secret_outputs(nodes), fragment.edges).linked(linking.edges)


def _with_secret_outputs(nodes: Mapping[str, Node]) -> dict[str, Node]:
    """Return ``nodes`` with readers marked with the outputs that are secret.

    Outputs of a node that reads a secret are secret, too, unless its ``no_log`` is false.
    """
    found = dict(nodes)
    todo = True
    while todo:
        todo = False
        for name, node in found.items():
            reads = tuple(_with_secret_names(use, found) for use in node.reads)
            outputs = node.outputs
            if node.no_log is not False and any(use.secret for use in reads):
                outputs = {k: v.model_copy(update={"secret": True}) for k, v in outputs.items()}
            if reads != node.reads or outputs != node.outputs:
                found[name] = node.model_copy(update={"reads": reads, "outputs": outputs})
                todo = True
    return found


def _with_secret_names(use: OutputUse, nodes: Mapping[str, Node]) -> OutputUse:
    source = nodes.get(use.node)
    if source is None:
        return use
    secret = tuple(name for name in use.names if source.outputs[name].secret)
    update = {"secret": secret, "hosts": source.hosts if secret else ()}
    return use.model_copy(update=update)


def _uses(node: Node, templates: Iterable[str]) -> _Uses:
    """Return the outputs that ``node`` and its ``templates`` name."""
    if "outputs" in node.vars:
        return {}  # The team's own variable.
    values = [node.params, node.vars, node.keyword_values, *_play_values(node)]
    found: _Uses = {}
    own = [node.when, *(output.value for output in node.outputs.values())]
    for text in (*texts_in(values), *(t for t in own if t), *templates):
        for use in _USE.finditer(text) if "outputs" in text else ():
            found.setdefault(use["step"], set()).add(use["name"] or use["key"])
    return found


def _play_values(node: Node) -> list[object]:
    """Return what the step of a play writes out: conditions of its roles among it."""
    if node.play is None:
        return []
    return [*node.play.values, *(one.when for one in node.play.roles if one.when)]


@dataclass
class _OutputLinker:
    fragment: Fragment
    pipeline: str
    bag: DiagnosticBag
    #: Node -> what it names.
    uses: Mapping[str, _Uses]

    def __post_init__(self) -> None:
        self.edges: list[Edge] = []
        #: Every name of a node -> ids of the nodes that have it.
        self._called: dict[str, list[str]] = {}
        for name in self.fragment.nodes:
            parts = name.split("/")
            for start in range(len(parts)):
                self._called.setdefault("/".join(parts[start:]), []).append(name)

    def linked(self, node: Node) -> Node:
        outputs = {name: self._checked(node, name, out) for name, out in node.outputs.items()}
        reads = [
            use
            for written, names in sorted(self.uses[node.id].items())
            if (use := self._use(node, written, names)) is not None
        ]
        if not outputs and not reads:
            return node
        return node.model_copy(update={"outputs": outputs, "reads": tuple(reads)})

    def _checked(self, node: Node, name: str, output: Output) -> Output:
        where = (*(node.source or ()), "outputs", name)
        if node.calls_team_code and output.value is not None:
            what = "role" if node.role is not None else "play"
            self.bag.error(
                "invalid-output",
                f"a {what} publishes `{name}` itself, so the step gives it no value",
                detail=f"Results of a {what}'s tasks are not visible outside the {what}.",
                hint=f"write `{name}: {{type: str}}` here, and in the {what} use "
                "ansible.builtin.set_stats, or worldtree.core.publish where it is secret",
                path=where,
            )
        if not node.calls_team_code and output.value is None:
            self.bag.error(
                "invalid-output",
                f"the output `{name}` has no value",
                detail="A built-in step publishes the value of a template over its `result`.",
                hint=f"write `{name}: '{{{{ result.stdout }}}}'`",
                path=where,
            )
        given = [node.params, node.vars, node.environment, *_play_values(node)]
        passed = node.no_log is not False and has_secret(given)
        return output.model_copy(update={"secret": output.secret or passed})

    def _use(self, node: Node, written: str, names: Iterable[str]) -> OutputUse | None:
        found = self._called.get(written, [])
        names = tuple(sorted(names))
        if self.pipeline != CREATE_CLUSTER and not found:
            # What was published when the cluster was created.
            node_id = f"{CREATE_CLUSTER}/{written.removeprefix(f'{CREATE_CLUSTER}/')}"
            return OutputUse(written=written, node=node_id, names=names)
        if len(found) != 1:
            self._dangling(node, written, found)
            return None
        source = self.fragment.nodes[found[0]]
        if not self._publishes(node, source, written, names):
            return None
        kind: EdgeKind = "host" if set(node.hosts) <= set(source.hosts) else "barrier"
        if kind == "barrier" and len(source.hosts) > 1:
            outside = [host for host in node.hosts if host not in source.hosts]
            self.bag.error(
                "output-of-several-hosts",
                f"`{without_pipeline(node.id)}` reads an output of `{written}` on "
                f"`{outside[0]}`, and {len(source.hosts)} other hosts publish it",
                detail="A host reads its own value; a host without one can only read from a single "
                "publishing host.",
                hint="limit the publishing step to one host with `hosts`",
                path=node.source,
            )
            return None
        self.edges.append(Edge(before=source.id, after=node.id, kind=kind))
        return OutputUse(written=written, node=source.id, names=names)

    def _publishes(self, node: Node, source: Node, written: str, names: tuple[str, ...]) -> bool:
        missing = [name for name in names if name not in source.outputs]
        if source.id == node.id:
            self._report(
                node, f"`{without_pipeline(node.id)}` reads its own outputs", "", "read `result`"
            )
            return False
        for name in missing:
            known = ", ".join(f"`{one}`" for one in source.outputs)
            self._report(
                node,
                f"`{without_pipeline(node.id)}` reads the output `{name}` of `{written}`, "
                "which it does not publish",
                f"It publishes {known}." if known else "It publishes nothing.",
                did_you_mean(name, source.outputs)
                or f"add `outputs: {{{name}: …}}` to the step `{without_pipeline(source.id)}`",
            )
        return not missing

    def _dangling(self, node: Node, written: str, found: list[str]) -> None:
        reader = f"`{without_pipeline(node.id)}` reads an output of `{written}`"
        if found:
            listed = ", ".join(f"`{without_pipeline(name)}`" for name in found)
            self._report(
                node,
                f"{reader}, and several steps have that name",
                f"They are {listed}.",
                "write module/task/step",
            )
            return
        publishing = _publishing_nodes(self.fragment.nodes)
        hint = did_you_mean(written, [*publishing, *(p.rpartition("/")[2] for p in publishing)])
        self._report(
            node,
            f"{reader}, which does not exist",
            "A step is named as module/task/step, or by its name where that is unique.",
            hint,
        )

    def _report(self, node: Node, summary: str, detail: str, hint: str) -> None:
        self.bag.error("dangling-output", summary, detail=detail, hint=hint, path=node.source)


def _publishing_nodes(nodes: Mapping[str, Node]) -> list[str]:
    return [without_pipeline(name) for name, node in nodes.items() if node.outputs]
