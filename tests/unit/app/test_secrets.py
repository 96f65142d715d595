"""Secrets that are not there are told before anything is touched."""

from __future__ import annotations

from pathlib import Path

import pytest

from worldtree.app.secrets import SecretsMissingError, demand_secrets
from worldtree.errors import ExitCode
from worldtree.plan.execution_graph import ExecutionGraph
from worldtree.plan.node import Node
from worldtree.plan.plan import Plan


def plan(**more: object) -> Plan:
    """A plan of one node."""
    node = Node.model_validate({"id": "p/m/t/s", "kind": "copy", "hosts": ("a",), **more})
    graph = ExecutionGraph(pipeline="p", nodes={node.id: node})
    return Plan(cluster="c", pipeline="p", hosts=(), graph=graph)


def test_all_that_are_missing_are_named_at_once(tmp_path: Path) -> None:
    """Unset and empty variables and files that are not there, each with its reason; exit code 2."""
    file = tmp_path / "key"
    wanted = plan(params={"content": "${env:A}${env:B}"}, vars={"x": [f"${{file:{file}}}"]})
    with pytest.raises(SecretsMissingError) as caught:
        demand_secrets(wanted, {"B": ""})
    assert "${env:A}: the environment variable is not set" in caught.value.message
    assert "${env:B}: the environment variable is empty" in caught.value.message
    assert f"${{file:{file}}}: there is no such file" in caught.value.message
    assert caught.value.exit_code == ExitCode.INPUT


def test_what_is_there_is_enough(tmp_path: Path) -> None:
    """Set variables, readable files, files beside the bundle and texts without references pass."""
    file = tmp_path / "key"
    file.write_text("x")
    texts = ["${env:A}", f"${{file:{file}}}", "${file:keys/own}", "$${env:B}"]
    demand_secrets(plan(vars={"x": texts}), {"A": "1"})
