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
