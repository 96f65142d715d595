"""What is loaded for every run costs every user, so what a run has no use for stays out."""

from __future__ import annotations

import subprocess
import sys

import pytest

#: The only modules of ours that ansible-playbook loads, besides those in ``runner.inside``.
INSIDE = {
    "worldtree.core",
    "worldtree.core.check_mode_rules",
    "worldtree.core.errors",
    "worldtree.core.journal_events",
    "worldtree.core.shown_results",
    "worldtree.core.signals",
    "worldtree.core.worker_times",
    "worldtree.runner",
    "worldtree.secrets",
    "worldtree.secrets.broker_client",
    "worldtree.secrets.event_structure",
    "worldtree.secrets.live_redactor",
    "worldtree.secrets.redact",
    "worldtree.secrets.text_index",
}


def test_ansible_loads_no_module_of_ours_but_the_named_ones() -> None:
    plugins = "worldtree.runner.inside.plugins"
    code = (
        f"import sys, {plugins}.callback.worldtree_journal, {plugins}.cache.worldtree_facts;"
        "print(*[name for name in sys.modules if name.startswith('worldtree.')])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    inside = "worldtree.runner.inside"
    loaded = {name for name in done.stdout.split() if not name.startswith(inside)}
    assert loaded == INSIDE


@pytest.mark.parametrize(
    ("module", "unwanted"),
    [
        (
            "worldtree.runner.process.launcher",
            ["pydantic", "networkx", "sqlalchemy", "alembic", "click", "rich"],
        ),
        ("worldtree.engine.run_plan", ["networkx", "ansible"]),
        ("worldtree.store.store", ["networkx"]),
        ("worldtree.ansible.bundle.emit.build, worldtree.plan.graph_labels", ["networkx"]),
        (
            "worldtree.app.documents.document_service",
            [
                "networkx",
                "sqlalchemy",
                "worldtree.app.tasks.task_runner",
                "worldtree.results.events",
            ],
        ),
        ("worldtree.cli.plan_table", ["worldtree.results.tree", "worldtree.results.events"]),
        ("worldtree.app.tasks.task_state", ["jinja2", "worldtree.ansible", "yaml"]),
        ("worldtree.runner.control.executor", ["ansible", "ansible_runner"]),
    ],
)
def test_loads_no_more_than_it_needs(module: str, unwanted: list[str]) -> None:
    code = f"import sys, {module}; print(*[name for name in {unwanted} if name in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split() == []
