"""Who reads what of whom: edges, types, secrets, and what cannot be."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest

from worldtree.compile.output_links import link_outputs
from worldtree.core.errors import DiagnosticBag
from worldtree.plan.fragment import Fragment
from worldtree.plan.node import Node
from worldtree.plan.outputs import Output, OutputType, OutputUse, has_output_type

PIPELINE = "create-cluster"
ONE = ("h1",)
TWO = ("h1", "h2")


def node(name: str, hosts: Sequence[str] = ONE, **more: Any) -> Node:
    """A node whose id is ``name`` within the pipeline."""
    return Node(id=f"{PIPELINE}/{name}", kind="command", hosts=tuple(hosts), **more)


def publisher(name: str = "m/t/init", hosts: Sequence[str] = ONE, **more: Any) -> Node:
    """A node that publishes a token."""
    outputs = {"token": Output(value="{{ result.stdout }}", type="str")}
    return node(name, hosts, outputs=outputs, **more)


def reader(text: str, name: str = "m/t/join", hosts: Sequence[str] = ONE) -> Node:
    """A node whose parameters hold ``text``."""
    return node(name, hosts, params={"argv": ["join", text]})


def linked(*nodes: Node, pipeline: str = PIPELINE) -> tuple[Fragment, list[str]]:
    """Return the linked fragment and the slugs of what was reported."""
    bag = DiagnosticBag()
    found = link_outputs(Fragment({n.id: n for n in nodes}), pipeline, bag)
    return found, [f"{d.slug}: {d.summary}" for d in bag.items]


@pytest.mark.parametrize(
    "text",
    [
        "{{ outputs['m/t/init'].token }}",
        '{{ outputs["t/init"].token }}',
        "{{ outputs['init']['token'] }}",
        "{{ outputs['create-cluster/m/t/init'].token }}",
        "x {% if outputs[ 'init' ] . token %}y{% endif %}",
    ],
)
def test_a_reader_waits_for_its_publisher(text: str) -> None:
    """By its whole name, or any end of it that is unique."""
    found, problems = linked(publisher(), reader(text))
    assert problems == []
    [edge] = found.edges
    assert (edge.before, edge.after, edge.kind) == (
        f"{PIPELINE}/m/t/init",
        f"{PIPELINE}/m/t/join",
        "host",
    )
    [use] = found.nodes[f"{PIPELINE}/m/t/join"].reads
    assert (use.node, use.names) == (f"{PIPELINE}/m/t/init", ("token",))


def test_outputs_are_read_in_the_templates_that_a_step_fills_in() -> None:
    bag = DiagnosticBag()
    nodes = {n.id: n for n in (publisher(), node("m/t/join"), node("m/t/other"))}
    texts = {f"{PIPELINE}/m/t/join": ["token: {{ outputs['init'].token }}"]}
    found = link_outputs(Fragment(nodes), PIPELINE, bag, lambda node: texts.get(node.id, ()))
    assert not bag.items
    assert [edge.after for edge in found.edges] == [f"{PIPELINE}/m/t/join"]


def test_outputs_are_read_in_conditions_variables_environments_and_outputs() -> None:
    use = "outputs['init'].token"
    nodes = [
        node("m/t/a", when=f"{use} == 'x'"),
        node("m/t/b", vars={"deep": [{"x": f"{{{{ {use} }}}}"}]}),
        node("m/t/c", environment={"TOKEN": f"{{{{ {use} }}}}"}),
        node("m/t/d", outputs={"x": Output(value=f"{{{{ {use} }}}}")}),
    ]
    found, problems = linked(publisher(), *nodes)
    assert problems == []
    assert {edge.after[-1] for edge in found.edges} == set("abcd")


@pytest.mark.parametrize(
    ("publishing", "reading", "kind"),
    [(TWO, TWO, "host"), (TWO, ONE, "host"), (ONE, TWO, "barrier"), (ONE, ("h2",), "barrier")],
)
def test_a_host_reads_its_own_value_else_that_of_the_only_publisher(
    publishing: Sequence[str], reading: Sequence[str], kind: str
) -> None:
    text = "{{ outputs['init'].token }}"
    found, problems = linked(publisher(hosts=publishing), reader(text, hosts=reading))
    assert problems == []
    assert [edge.kind for edge in found.edges] == [kind]


def test_one_of_several_publishers_cannot_be_meant() -> None:
    _, problems = linked(publisher(hosts=TWO), reader("{{ outputs['init'].token }}", hosts=("h3",)))
    assert problems == [
        "output-of-several-hosts: `m/t/join` reads an output of `init` on `h3`, and 2 other hosts "
        "publish it"
    ]


@pytest.mark.parametrize(
    ("nodes", "summary"),
    [
        (
            [reader("{{ outputs['nobody'].token }}")],
            "`m/t/join` reads an output of `nobody`, which does not exist",
        ),
        (
            [publisher(), reader("{{ outputs['init'].tokn }}")],
            "`m/t/join` reads the output `tokn` of `init`, which it does not publish",
        ),
        (
            [publisher("m/a/init"), publisher("m/b/init"), reader("{{ outputs['init'].token }}")],
            "`m/t/join` reads an output of `init`, and several steps have that name",
        ),
        (
            [publisher(params={"cmd": "{{ outputs['init'].token }}"})],
            "`m/t/init` reads its own outputs",
        ),
    ],
)
def test_dangling_references_are_reported(nodes: list[Node], summary: str) -> None:
    assert linked(*nodes)[1] == [f"dangling-output: {summary}"]


def test_a_built_in_step_gives_a_value_and_a_role_does_not() -> None:
    missing = node("m/t/a", outputs={"x": Output()})
    role = node("m/t/b", outputs={"x": Output(value="{{ y }}")}).model_copy(
        update={"kind": "role", "role": "r"}
    )
    assert [text.partition(":")[0] for text in linked(missing, role)[1]] == ["invalid-output"] * 2


def test_what_comes_of_a_secret_is_a_secret() -> None:
    """Unless the document says that the step's output may be seen."""
    passed = {"cmd": "login ${env:PASSWORD}"}
    found, _ = linked(publisher(params=passed), publisher("m/t/open", params=passed, no_log=False))
    outputs = {name: one.outputs["token"].secret for name, one in found.nodes.items()}
    assert outputs == {f"{PIPELINE}/m/t/init": True, f"{PIPELINE}/m/t/open": False}


def test_a_variable_of_that_name_is_the_teams_own() -> None:
    own = node("m/t/x", vars={"outputs": {"a": 1}}, params={"cmd": "{{ outputs['a'].b }}"})
    assert linked(own) == (Fragment({own.id: own}), [])


def test_other_pipelines_read_what_creation_published() -> None:
    found, problems = linked(reader("{{ outputs['m/t/init'].token }}"), pipeline="verify")
    [use] = found.nodes[f"{PIPELINE}/m/t/join"].reads
    assert (use.node, problems) == ("create-cluster/m/t/init", [])
    assert isinstance(use, OutputUse)


@pytest.mark.parametrize(
    ("value", "fits"),
    [
        (True, {"any", "bool"}),
        (1, {"any", "int", "float"}),
        (1.5, {"any", "float"}),
        ("x", {"any", "str"}),
        ([1], {"any", "list"}),
        ({"a": 1}, {"any", "dict"}),
        (None, {"any"}),
    ],
)
def test_types(value: object, fits: set[OutputType]) -> None:
    types: tuple[OutputType, ...] = ("any", "str", "int", "float", "bool", "list", "dict")
    assert {name for name in types if has_output_type(value, name)} == fits


def test_readers_know_secrets_and_what_they_publish_is_secret_too() -> None:
    text = "{{ outputs['init'].token }}"
    first = publisher(hosts=TWO, params={"cmd": "login ${env:PASSWORD}"})
    second = reader(text, hosts=TWO).model_copy(update={"outputs": {"x": Output(value=text)}})
    third = reader("{{ outputs['join'].x }}", "m/t/last")
    found, problems = linked(third, second, first)
    assert problems == []
    reads = {name[-4:]: one.reads for name, one in found.nodes.items()}
    assert [(use.secret, use.hosts) for use in reads["join"]] == [(("token",), TWO)]
    assert [(use.secret, use.hosts) for use in reads["last"]] == [(("x",), TWO)]
