"""Groups that a playbook's tasks make, in each way in which Ansible lets a task be written."""

from __future__ import annotations

from pathlib import Path

import pytest

from unit.ansible.content.roles.trees import write_tree
from worldtree.ansible.content.playbooks.follow import follow_playbooks
from worldtree.ansible.content.playbooks.runtime_groups import MadeGroup, made_groups


@pytest.mark.parametrize(
    "task",
    [
        'group_by: {key: "os_{{ family }}"}',
        "ansible.legacy.group_by: key=os_{{ family }}",
        "action: group_by key=os_{{ family }}",
        'action: {module: group_by, key: "os_{{ family }}"}',
        'group_by:\n      args: {key: "os_{{ family }}"}',
        'block: [{block: [{meta: noop}], rescue: [{group_by: {key: "os_{{ family }}"}}]}]',
    ],
)
def test_each_way_to_write_a_task(tmp_path: Path, task: str) -> None:
    text = f"- hosts: all\n  tasks:\n    - {task}\n"
    role = "- add_host: {name: new, groups: 'a,b'}\n"
    root = write_tree(tmp_path, {"site.yml": text, "roles/app/tasks/main.yml": role})
    ((play,), _) = follow_playbooks([root / "site.yml"])
    assert made_groups(play, [root / "roles/app"]) == [
        MadeGroup("os_{{ family }}", new_hosts=False),
        MadeGroup("a", new_hosts=True),
        MadeGroup("b", new_hosts=True),
    ]


def test_groups_around_a_group(tmp_path: Path) -> None:
    """The parents are groups too, with their hosts; every host is in `all` anyway."""
    text = """\
- hosts: all
  tasks:
    - group_by: {key: "odd_{{ x }}", parents: [parity, "of {{ y }}"]}
    - group_by: {key: one, parents: many}
    - group_by: {key: two, parents: all}
"""
    root = write_tree(tmp_path, {"site.yml": text})
    ((play,), _) = follow_playbooks([root / "site.yml"])
    names = [group.written for group in made_groups(play, [])]
    assert names == ["odd_{{ x }}", "parity", "of-{{ y }}", "one", "many", "two"]


def test_tasks_of_included_files(tmp_path: Path) -> None:
    """Beside the file or beside the playbook; files that include each other end."""
    files = {
        "site.yml": "- {hosts: all, tasks: [{import_tasks: tasks/a.yml}]}\n",
        "tasks/a.yml": "- include_tasks: {file: b.yml}\n- include_tasks: more/c.yml\n",
        "tasks/b.yml": "- group_by: {key: beside}\n- import_tasks: a.yml\n",
        "more/c.yml": "- group_by: {key: below}\n",
    }
    root = write_tree(tmp_path, files)
    ((play,), _) = follow_playbooks([root / "site.yml"])
    assert [group.written for group in made_groups(play, [])] == ["beside", "below"]
