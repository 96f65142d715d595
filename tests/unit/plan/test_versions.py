"""Plans that older programs wrote are read; ``samples/`` has one of each version."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from worldtree.compile.compiler import plan_document
from worldtree.core.errors import RefusedError
from worldtree.plan.execution_graph import ExecutionGraph
from worldtree.plan.plan import PLAN_VERSION, Plan
from worldtree.plan.versions import PLAN_FORMAT, plan_from_data, plan_from_json
from worldtree.spec.load import load_file

SAMPLES = Path(__file__).parent / "samples"
VERSIONS = range(1, PLAN_VERSION)


@pytest.mark.parametrize("version", VERSIONS)
def test_a_plan_of_an_older_version_is_the_plan_of_today(version: int) -> None:
    """Its work, hosts and digests of nodes are what its document gives now."""
    text = (SAMPLES / f"plan-{version}.json").read_text(encoding="utf-8")
    assert json.loads(text)["version"] == version
    old = plan_from_json(text)
    (document,) = load_file(SAMPLES / f"plan-{version}.yaml")
    new = plan_document(document).plan
    if version < 5:
        new = new.model_copy(update={"graph": _without_host_patterns(new.graph)})
    same = Plan.model_fields.keys() - {"digests"}
    assert {name: getattr(old, name) for name in same} == {
        name: getattr(new, name) for name in same
    }
    # The versions of the tools are inputs, too, and differ.
    assert old.digests["document"] == new.digests["document"]


def _without_host_patterns(graph: ExecutionGraph) -> ExecutionGraph:
    """Return ``graph`` as a plan of a version that has none."""
    nodes = {
        name: node.model_copy(update={"host_pattern": None}) for name, node in graph.nodes.items()
    }
    return graph.model_copy(update={"nodes": nodes})


def test_every_version_has_an_upgrade_to_the_next() -> None:
    assert PLAN_FORMAT.version == PLAN_VERSION


def test_a_plan_of_today_is_read_as_it_was_written() -> None:
    (document,) = load_file(SAMPLES / "plan-1.yaml")
    plan = plan_document(document).plan
    assert plan_from_json(plan.model_dump_json()) == plan


@pytest.mark.parametrize(
    ("data", "message", "hint"),
    [
        ({"version": 99}, "the plan has version 99, and this program reads up to", "upgrade"),
        ({"version": 1}, "the plan cannot be read: 3 problems", "compile"),
        ({"version": []}, "the plan has version", "compile"),
        ([], "the plan cannot be read: it is not a mapping", "compile"),
    ],
)
def test_what_cannot_be_read_is_refused(data: Any, message: str, hint: str) -> None:
    with pytest.raises(RefusedError, match=message) as caught:
        plan_from_data(data)
    assert hint in caught.value.hint


def test_what_is_no_json_is_refused() -> None:
    with pytest.raises(RefusedError, match="the stored plan cannot be read"):
        plan_from_json("{", "the stored plan")
