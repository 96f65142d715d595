"""Which artifacts a run needs in the cache: those of nodes that run and may send them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from unit.cli.conftest import write_document
from worldtree.ansible.bundle import emit
from worldtree.app.artifacts.artifact_senders import may_send
from worldtree.app.artifacts.run_artifacts import needed
from worldtree.compile.compiler import compile_plan, plan_document
from worldtree.engine.prior_results import PriorResults
from worldtree.plan.pinned_artifact import read_artifacts
from worldtree.plan.plan import Plan
from worldtree.spec.load import load_file

SHA = {"sha256": {"any": "0" * 64}}
SHOP = {"name": "shop", "version": "1", "sources": ["./shop"], **SHA}
ROLE = {
    "main.yml": "- ansible.builtin.include_tasks: install.yml",
    "install.yml": "- worldtree.core.artifact: {name: shop}",
    "other.yml": "- ansible.builtin.debug:",
    "named.yml": "- ansible.builtin.include_tasks: '{{ which }}.yml'",
}


def bundle_of(path: Path, *steps: dict[str, Any], **more: Any) -> tuple[Path, Plan]:
    """Compile a document with these steps, whose role is beside it."""
    tasks = path / "roles" / "app" / "tasks"
    tasks.mkdir(parents=True)
    for name, text in ROLE.items():
        (tasks / name).write_text(text)
    named = [{"name": f"s{number}", **step} for number, step in enumerate(steps)]
    modules = [{"name": "m", "tasks": [{"name": "t", "steps": named}]}]
    hosts = [{"name": "h1", "connection": "local"}]
    content = {"hosts": hosts, "artifacts": [SHOP], "rolesPath": ["./roles"], "modules": modules}
    write_document(path / "cluster.yaml", {**content, **more})
    compiled = compile_plan(plan_document(load_file(path / "cluster.yaml")[0]))
    emit(compiled.bundle, path / "bundle")
    return path / "bundle", compiled.plan


def test_nodes_that_may_send_are_found_by_their_texts(tmp_path: Path) -> None:
    steps = [
        {"artifact": {"name": "shop", "dest": "/x"}},
        {"command": {"argv": ["true"]}},
        {"role": "app"},
        {"role": "app", "entry": "install"},
        {"role": "app", "entry": "other"},
        {"role": "app", "entry": "named"},
    ]
    bundle, plan = bundle_of(tmp_path, *steps)
    found = {
        name.rpartition("/")[2]: may_send(bundle, node)
        for name, node in plan.graph.nodes.items()
        if node.kind != "facts"
    }
    assert found == {"s0": True, "s1": False, "s2": True, "s3": True, "s4": False, "s5": True}


@pytest.mark.parametrize(
    ("architecture", "machine", "is_needed"),
    [("any", "x86_64", True), ("arm64", "x86_64", False), ("arm64", "aarch64", True)],
)
def test_a_file_for_another_machine_is_not_needed(
    tmp_path: Path, architecture: str, machine: str, is_needed: bool
) -> None:
    """By the facts of the host, where it has no label; what is done already needs nothing."""
    artifact = {**SHOP, "architectures": [architecture], "sha256": {architecture: "0" * 64}}
    step = {"artifact": {"name": "shop", "dest": "/x"}}
    bundle, plan = bundle_of(tmp_path, step, artifacts=[artifact])
    facts = {"h1": {"ansible_architecture": machine}}

    def wanted(known: PriorResults) -> bool:
        return bool(needed(read_artifacts(bundle), plan, known, facts, lambda _: True))

    assert wanted(PriorResults()) is is_needed
    done = frozenset((name, "h1") for name in plan.graph.nodes)
    assert not wanted(PriorResults(left_out=done))
