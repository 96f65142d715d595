"""The expressions in Ansible tasks that a document has."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from worldtree.core.errors import DocPath
from worldtree.spec.models.step import Step
from worldtree.spec.secret_references import walk_texts

#: Keywords of Ansible tasks whose value is an expression without braces.
_EXPRESSIONS = frozenset({"when", "until", "changed_when", "failed_when", "that"})


def task_sections(step: Step) -> Iterator[tuple[str, Any]]:
    """Yield the key and the value of each list of Ansible tasks of ``step``."""
    yield "preTasks", step.pre_tasks
    yield "tasks", step.tasks
    yield "postTasks", step.post_tasks
    yield "handlers", step.handlers


def expressions_of_tasks(tasks: Any, path: DocPath) -> Iterator[tuple[DocPath, str]]:
    """Yield path and text of the conditions in a list of tasks at ``path``."""
    for inner, text in walk_texts(tasks, path):
        key = next(key for key in reversed(inner) if isinstance(key, str))
        if key in _EXPRESSIONS:
            yield inner, text
