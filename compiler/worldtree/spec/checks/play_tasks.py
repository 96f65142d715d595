"""The expressions in Ansible tasks that a document has."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from worldtree.core.errors import DocPath
from worldtree.spec.models.step import Step
from worldtree.spec.secret_references import walk_texts

#: Keywords of Ansible tasks whose value is an expression without braces.
_EXPRESSIONS = ("when", "until", "changed_when", "failed_when")
#: Keywords of blocks with lists of tasks.
_LISTS = ("block", "rescue", "always")
#: The module whose argument `that` has expressions.
_ASSERT = ("assert", "ansible.builtin.assert", "ansible.legacy.assert")


def task_sections(step: Step) -> Iterator[tuple[str, Any]]:
    """Yield the key and the value of each list of Ansible tasks of ``step``."""
    yield "preTasks", step.pre_tasks
    yield "tasks", step.tasks
    yield "postTasks", step.post_tasks
    yield "handlers", step.handlers


def expressions_of_tasks(tasks: Any, path: DocPath) -> Iterator[tuple[DocPath, str]]:
    """Yield path and text of the conditions in a list of tasks at ``path``."""
    for index, task in enumerate(tasks if isinstance(tasks, list | tuple) else ()):
        if not isinstance(task, Mapping):
            continue
        here: DocPath = (*path, index)
        for key in _EXPRESSIONS:
            yield from walk_texts(task.get(key), (*here, key))
        for key in _LISTS:
            yield from expressions_of_tasks(task.get(key), (*here, key))
        for action in _ASSERT:
            for key in (action, "args") if action in task else ():
                arguments = task.get(key)
                if isinstance(arguments, Mapping):
                    yield from walk_texts(arguments.get("that"), (*here, key, "that"))
