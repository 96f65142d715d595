"""Which texts of Ansible tasks are conditions."""

from __future__ import annotations

from worldtree.spec.checks.play_tasks import expressions_of_tasks

TASKS = [
    {
        "ansible.builtin.uri": {"body": {"until": "{{ day }}T06:00:00Z"}},
        "until": "found.status == 200",
    },
    {"ansible.builtin.set_fact": {"when": "{{ day }} 10:00", "that": "x"}, "when": ["a", "b"]},
    {
        "block": [{"debug": {"msg": "x"}, "changed_when": False, "failed_when": "c"}],
        "rescue": [{"assert": {"that": ["d", "e"], "fail_msg": "{{ f }} g"}}],
        "always": [{"assert": None, "args": {"that": "h"}}],
        "vars": {"that": "{{ day }} 11:00"},
    },
    "not a task",
]


def test_keywords_are_conditions_and_arguments_of_the_same_name_are_not() -> None:
    found = {
        ".".join(map(str, path)): text for path, text in expressions_of_tasks(TASKS, ("tasks",))
    }
    assert found == {
        "tasks.0.until": "found.status == 200",
        "tasks.1.when.0": "a",
        "tasks.1.when.1": "b",
        "tasks.2.block.0.failed_when": "c",
        "tasks.2.rescue.0.assert.that.0": "d",
        "tasks.2.rescue.0.assert.that.1": "e",
        "tasks.2.always.0.args.that": "h",
    }
