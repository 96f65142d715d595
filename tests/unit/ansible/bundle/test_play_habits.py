"""The habits of plays are found in every file that one may include, wherever it is."""

from __future__ import annotations

from pathlib import Path

import pytest

from unit.ansible.content.roles.trees import write_tree
from worldtree.ansible.bundle.play_habits import PlayHabits, read_play_habits
from worldtree.plan.ids import file_stem

NODES = ("p/m/t/a", "p/m/t/b")


@pytest.mark.parametrize(
    "name", ["more.yml", "site/more.yaml", "tasks/a.yml", "plays/tasks/a.yml", "plays/a.yml"]
)
def test_a_task_file_may_be_used_by_any_play(tmp_path: Path, name: str) -> None:
    plays = {f"plays/{file_stem(node)}.yml": "- hosts: all\n" for node in NODES}
    text = "- meta: end_host\n- debug:\n  run_once: true\n- meta: clear_host_errors\n"
    both = frozenset(NODES)
    bundle = write_tree(tmp_path, {**plays, name: text})
    assert read_play_habits(bundle, NODES) == PlayHabits(both, both, clears_errors=True)


def test_a_play_has_its_own_habits_and_none_of_others(tmp_path: Path) -> None:
    first, second = (f"plays/{file_stem(node)}.yml" for node in NODES)
    files = {
        first: "- hosts: all\n  any_errors_fatal: true\n  roles: [app]\n",
        second: "- hosts: all\n",
        "roles/app/tasks/main.yml": "- meta: end_play\n",
        "site.yml": "- hosts: all\n  tasks: [{pause: {}}]\n",
        "extra_vars.yml": "run_once: true\n",
        "templates/a.yml": "end_host",
    }
    own = frozenset(NODES[:1])
    assert read_play_habits(write_tree(tmp_path, files), NODES) == PlayHabits(own, own)
