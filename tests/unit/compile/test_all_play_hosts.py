"""Pass ``roles``: `ansible_play_hosts_all` and `clear_host_errors` after a step on the hosts."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from unit.ansible.content.roles.trees import write_tree
from worldtree.compile.compiler import plan_document
from worldtree.core.errors import Diagnostic
from worldtree.spec.load import load_file

READS = "{{ ansible_play_hosts_all | join(',') }}"
FILES = {
    "roles/peers/tasks/main.yml": "- template: {src: peers.j2, dest: /tmp/peers}\n",
    "roles/peers/templates/peers.j2": f"# peers\nlist = {READS}\n",
    "roles/first/tasks/main.yml": "- debug:\n",
    "roles/clears/tasks/main.yml": "- block:\n  - meta: clear_host_errors\n",
    "roles/tested/tasks/main.yml": "- debug:\n",
    "roles/tested/tests/peers.yml": f"- debug: {{msg: '{READS}'}}\n",
    "clear.yml": "- ansible.builtin.meta: clear_host_errors\n",
}


def warnings(
    directory: Path,
    *steps: tuple[str, dict[str, Any]],
    slug: str = "hosts-of-an-earlier-step",
) -> list[Diagnostic]:
    """Compile a task per step, each with its hosts; return the warnings of ``slug``."""
    write_tree(directory, FILES)
    tasks = [
        {
            "name": f"t{n}",
            "hosts": hosts,
            "needs": [f"t{n - 1}"] if n else [],
            "steps": [{"name": "s", **step}],
        }
        for n, (hosts, step) in enumerate(steps)
    ]
    spec = {
        "rolesPath": ["./roles"],
        "hosts": [{"name": "h[1:3]", "connection": "local"}],
        "facts": {"gather": "never"},
        "modules": [{"name": "m", "tasks": tasks}],
    }
    document = {"apiVersion": "worldtree.io/v1alpha1", "kind": "Cluster"}
    file = directory / "cluster.yaml"
    file.write_text(yaml.safe_dump({**document, "metadata": {"name": "c"}, "spec": spec}))
    (loaded,) = load_file(file)
    found = plan_document(loaded).diagnostics
    assert not [one for one in found if one.is_error]
    return [one for one in found if one.slug == slug]


FIRST = ("h1,h2", {"role": "first"})
STEP = ("spec", "modules", 0, "tasks")


def test_a_role_is_named_with_the_place_once(tmp_path: Path) -> None:
    (one,) = warnings(tmp_path, FIRST, ("all", {"role": "peers"}), ("all", {"role": "peers"}))
    assert "m/t0/s" in one.detail
    assert "Read in roles/peers/templates/peers.j2:2:11." in one.detail
    assert "groups['NAME']" in one.hint
    assert one.path == (*STEP, 1, "steps", 0, "role")


def test_tasks_in_the_document_are_pointed_at(tmp_path: Path) -> None:
    """Expressions such as `when` have no braces."""
    tasks = [{"debug": {"msg": READS}}, {"debug": None, "when": "ansible_play_hosts_all"}]
    (one,) = warnings(tmp_path, FIRST, ("all", {"tasks": tasks}))
    assert one.path == (*STEP, 1, "steps", 0, "tasks", 0, "debug", "msg")
    (one,) = warnings(tmp_path, FIRST, ("all", {"tasks": tasks[1:]}))
    assert one.path == (*STEP, 1, "steps", 0, "tasks", 0, "when")


def test_nothing_is_said_where_no_step_runs_on_the_hosts_before(tmp_path: Path) -> None:
    peers = {"role": "peers"}
    assert warnings(tmp_path, ("all", peers)) == []
    assert warnings(tmp_path, FIRST, ("h3", peers)) == []
    assert warnings(tmp_path, ("all", peers), FIRST) == []
    other = {"tasks": [{"debug": {"msg": "{{ ansible_play_hosts }}"}}]}
    assert warnings(tmp_path, FIRST, ("all", other)) == []


@pytest.mark.parametrize(
    ("step", "place"),
    [
        ({"role": "clears"}, "roles/clears/tasks/main.yml:2:11."),
        ({"tasks": "clear.yml"}, "clear.yml:1:25."),
        ({"tasks": [{"meta": "clear_host_errors"}]}, "cluster.yaml:"),
    ],
)
def test_errors_of_an_earlier_step_are_not_cleared(
    tmp_path: Path, step: dict[str, Any], place: str
) -> None:
    """A failed host is in no later play; within the first step the task does what it says."""
    found = warnings(tmp_path, FIRST, ("all", step), ("all", step), slug="errors-not-cleared")
    assert "m/t0/s" in found[0].detail
    assert f"Written in {place}" in found[0].detail
    assert found[0].path == (*STEP, 1, "steps", 0)
    assert warnings(tmp_path, ("all", step), FIRST, slug="errors-not-cleared") == []


def test_tests_of_a_role_are_no_part_of_a_play(tmp_path: Path) -> None:
    assert warnings(tmp_path, FIRST, ("h1,h2", {"role": "tested"})) == []
