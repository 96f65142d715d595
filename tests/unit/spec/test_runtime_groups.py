"""A group that a run makes is not reported as a misspelt one, and what makes it is named."""

from __future__ import annotations

from pathlib import Path

import pytest

from unit.spec.documents import document, resolved
from worldtree.spec.checks.runtime_groups import GroupMakers

STEPS = """\
  hosts: [{name: a, connection: local}]
  modules:
    - name: m
      tasks:
        - name: t
          steps:
            - {name: play, tasks: %s}
  hooks:
    before:
      - name: sort
        step: {name: play, preTasks: [{add_host: {name: b, groups: [new, newer]}}]}
"""


def _makers(tasks: str, directory: Path) -> GroupMakers:
    cluster, problems = resolved(document(STEPS % tasks))
    assert cluster is not None, problems
    return GroupMakers(cluster.model_copy(update={"directory": directory}))


@pytest.mark.parametrize("group", ["fast", "os_Debian", "new", "newer"])
def test_tasks_that_a_step_writes_are_seen(group: str, tmp_path: Path) -> None:
    """By name, by a template of it, in a block, and in a hook."""
    tasks = (
        "[{block: [{ansible.builtin.group_by: {key: fast}}]},"
        ' {group_by: "key=os_{{ ansible_facts.distribution }}"}]'
    )
    place = "hooks/before/sort" if group.startswith("new") else "m/t/play"
    assert _makers(tasks, tmp_path).find(group) == f"a task of the step `{place}`"


@pytest.mark.parametrize("group", ["parity", "all_odd", "one_odd", "more_odd"])
def test_parents_and_lists_are_seen(group: str, tmp_path: Path) -> None:
    """Lists of names with a template too, in a step and in a file."""
    tasks = '[{group_by: {key: k, parents: [parity, "all_{{ x }}"]}}, {import_tasks: t.yml}]'
    (tmp_path / "t.yml").write_text(
        "- group_by:\n    key: k\n    parents:\n      - one_{{ x }}\n      - more_{{ x }}\n"
    )
    assert _makers(tasks, tmp_path).find(group) is not None


@pytest.mark.parametrize("group", ["fest", "osDebian", "web"])
def test_another_name_is_not_made(group: str, tmp_path: Path) -> None:
    """Nor by a template alone, which may become anything."""
    tasks = (
        '[{group_by: {key: "os_{{ ansible_facts.distribution }}"}},'
        ' {group_by: {key: "{{ kind }}"}}, {debug: {msg: "fast"}}]'
    )
    assert _makers(tasks, tmp_path).find(group) is None


def test_files_and_what_they_include_are_seen(tmp_path: Path) -> None:
    """Beside the file or beside the document; files that include each other end."""
    (tmp_path / "tasks").mkdir()
    (tmp_path / "tasks" / "site.yml").write_text("- ansible.builtin.import_tasks: sort.yml\n")
    (tmp_path / "tasks" / "sort.yml").write_text(
        "- include_tasks: {file: tasks/site.yml}\n- include_tasks:\n    file: tasks/more.yml\n"
        "- group_by:\n    key: fast\n"
    )
    (tmp_path / "tasks" / "more.yml").write_text("- group_by: key=slow\n")
    makers = _makers("tasks/site.yml", tmp_path)
    assert makers.find("fast") == "tasks/sort.yml"
    assert makers.find("slow") == "tasks/more.yml"
    assert makers.find("other") is None
