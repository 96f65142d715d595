"""Which nodes say that they can be run in check mode."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from worldtree.app.documents.document_request import DocumentRequest
from worldtree.app.documents.document_service import DocumentService
from worldtree.plan.plan import Plan

SAFE = [{"name": "Write it", "ansible.builtin.copy": {"dest": "/tmp/x", "content": "x"}}]
# It steps out of check mode.
BLIND = [{"name": "Run it", "ansible.builtin.command": "true", "check_mode": False}]
STEPS = [
    {"copy": {"dest": "/tmp/x", "content": "x"}},
    {"command": {"argv": ["true"]}},
    {"wait": {"port": 80}},
    {"role": "safe"},
    {"role": "blind"},
    {"role": "brings-blind"},
    {"role": "brings-none"},
    {"role": "includes-none"},
]


@pytest.fixture
def plan(tmp_path: Path) -> Plan:
    """A plan with a step of each sort, roles among them."""
    roles = {"safe": SAFE, "blind": BLIND, "brings-blind": [*SAFE]}
    roles["brings-none"] = [{"import_role": {"name": "gone"}}]
    roles["includes-none"] = [{"include_role": {"name": "gone"}, "when": "false"}]
    for name, tasks in roles.items():
        (tmp_path / "roles" / name / "tasks").mkdir(parents=True)
        (tmp_path / "roles" / name / "tasks" / "main.yml").write_text(yaml.safe_dump(tasks))
    meta = tmp_path / "roles" / "brings-blind" / "meta"
    meta.mkdir()
    (meta / "main.yml").write_text(yaml.safe_dump({"dependencies": [{"role": "blind"}]}))
    document = {
        "apiVersion": "worldtree.io/v1alpha1",
        "kind": "Cluster",
        "metadata": {"name": "shop"},
        "spec": {
            "rolesPath": ["./roles"],
            "hosts": [{"name": "a", "connection": "local"}],
            "modules": [{"name": "m", "tasks": [{"name": "t", "steps": STEPS}]}],
        },
    }
    (tmp_path / "cluster.yaml").write_text(yaml.safe_dump(document))
    return DocumentService().plan(DocumentRequest(tmp_path / "cluster.yaml")).plan


def test_kinds_and_roles_declare_check_mode(plan: Plan) -> None:
    """The run leaves out single tasks of a role, so that only a missing role counts."""
    assert {node.step: node.check_mode for node in plan.graph.nodes.values()} == {
        "setup": True,
        "copy": True,
        "command": False,
        "wait": False,
        "safe": True,
        "blind": True,
        "brings-blind": True,
        "brings-none": False,
        "includes-none": True,
    }
