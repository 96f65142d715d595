"""Every pass against its cases, which are data: ``cases/<pass>/<case>.yaml``.

A case has two YAML documents. The first says what the pass gets:

- ``why``: one sentence;
- ``spec``: the cluster document's (one local host ``w1`` unless given), and ``files`` beside it;
- ``pipeline``, ``parameters``, ``selection``;
- ``nodes`` (id -> fields) and ``edges`` (``a -> b (kind)``): a graph in place of the one that the
  passes before would make.

The second says what comes out: the fields that the pass changes, and its diagnostics. With
``WORLDTREE_UPDATE_GOLDEN=1`` it is rewritten, for a person to review.
"""

from __future__ import annotations

import dataclasses
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml

from unit.compile.state_text import shown_state
from worldtree.ansible import steps as step_kinds
from worldtree.catalog.pipeline_registry import pipeline_named
from worldtree.compile.pass_order import BUNDLE_PASSES, PLAN_PASSES
from worldtree.compile.selection import Selection
from worldtree.compile.state import CompileState, Pass
from worldtree.core.errors import DiagnosticBag
from worldtree.plan.execution_graph import ExecutionGraph
from worldtree.plan.fragment import Fragment
from worldtree.plan.node import Edge, Node
from worldtree.plan.policy import DEFAULT_POLICY
from worldtree.spec.load import load_file
from worldtree.spec.resolve import resolve
from worldtree.spec.validate import validate

HOME = Path(__file__).parent / "cases"
CASES = sorted(HOME.glob("*/*.yaml"))
PASSES: Mapping[str, Pass] = {one.name: one for one in (*PLAN_PASSES, *BUNDLE_PASSES)}
HEAD = {"apiVersion": "worldtree.io/v1alpha1", "kind": "Cluster", "metadata": {"name": "shop"}}
HOSTS = [{"name": "w1", "connection": "local"}]


def before(given: Mapping[str, Any], name: str, directory: Path) -> CompileState:
    """Return what pass ``name`` gets: ``given`` after all passes before it."""
    for path, text in given.get("files", {}).items():
        (directory / path).parent.mkdir(parents=True, exist_ok=True)
        (directory / path).write_text(text)
    file = directory / "cluster.yaml"
    file.write_text(yaml.safe_dump({**HEAD, "spec": {"hosts": HOSTS, **given.get("spec", {})}}))
    (document,) = load_file(file)
    validated = validate(document)
    assert validated.model is not None
    assert validated.diagnostics == ()
    bag = DiagnosticBag()
    state = CompileState.of(
        document,
        validated.model,
        resolve(validated.model, document, bag, normalise=step_kinds.normalise),
        pipeline_named(given.get("pipeline", "create-cluster")),
        parameters=given.get("parameters", {}),
        selection=Selection(**{k: tuple(v) for k, v in given.get("selection", {}).items()}),
    )
    for one in PASSES.values():
        if one.name == name:
            break
        state = one.run(state, bag)
    assert [d.summary for d in bag.items if d.is_error] == [], "a pass before it finds errors"
    return with_graph(state, given) if "nodes" in given else state


def with_graph(state: CompileState, given: Mapping[str, Any]) -> CompileState:
    """Return ``state`` with the nodes and edges of ``given``."""
    nodes = {
        name: Node.model_validate(
            {"id": name, "hosts": ["w1"], "policy": DEFAULT_POLICY, **(fields or {})}
        )
        for name, fields in given["nodes"].items()
    }
    edges = []
    for text in given.get("edges", ()):
        ends, _, kind = text.partition(" (")
        first, _, then = ends.partition(" -> ")
        edges.append(
            Edge.model_validate(
                {"before": first, "after": then, "kind": kind.rstrip(")") or "barrier"}
            )
        )
    graph = ExecutionGraph(pipeline=state.pipeline.name, nodes=nodes, edges=tuple(edges))
    return dataclasses.replace(state, fragment=Fragment(nodes, frozenset(edges)), graph=graph)


@pytest.mark.parametrize("case", CASES, ids=lambda path: f"{path.parent.name}/{path.stem}")
def test_a_pass_makes_what_stands_in_its_case(case: Path, tmp_path: Path) -> None:
    name = case.parent.name
    first, _, second = case.read_text(encoding="utf-8").partition("\n---\n")
    state, bag = before(yaml.safe_load(first), name, tmp_path), DiagnosticBag()
    after = PASSES[name].run(state, bag)
    found = yaml.safe_dump(
        shown_state(after, PASSES[name].changes, bag.items, tmp_path),
        sort_keys=False,
        allow_unicode=True,
        width=100,
    )
    if os.environ.get("WORLDTREE_UPDATE_GOLDEN"):
        case.write_text(f"{first.rstrip()}\n---\n{found}", encoding="utf-8")
        second = found
    assert found == second
    fields = {field.name for field in dataclasses.fields(state)} - {*PASSES[name].changes}
    changed = [field for field in fields if getattr(state, field) is not getattr(after, field)]
    assert changed == [], "a pass changes only the fields that it declares"


@pytest.mark.parametrize("name", PASSES)
def test_every_pass_has_a_case_and_a_reason(name: str) -> None:
    assert list((HOME / name).glob("*.yaml"))
    assert PASSES[name].reason.endswith(".")
