"""What Ansible's parser refuses in a list of tasks, as far as it shows without running it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from worldtree.ansible.model.keywords import TASK_KEYWORDS
from worldtree.core.suggestions import did_you_mean, nearest
from worldtree.spec.models.base import describe

_BLOCK_PARTS = ("block", "rescue", "always")
#: Keywords that only tasks have, which a block does not.
_NOT_OF_BLOCKS = frozenset(
    {"action", "args", "async", "changed_when", "failed_when", "local_action", "loop"}
    | {"loop_control", "poll", "register", "retries", "until", "delay"}
)


@dataclass(frozen=True, slots=True)
class TaskProblem:
    """One thing that is wrong, and where in the list it is."""

    keys: tuple[str | int, ...]
    summary: str
    detail: str
    hint: str = ""


def task_problems(data: object, keys: tuple[str | int, ...] = ()) -> Iterator[TaskProblem]:
    """Yield what is wrong in a list of tasks, blocks included."""
    if not isinstance(data, list | tuple):
        yield TaskProblem(
            keys,
            f"{describe(data)} is not a list of Ansible tasks",
            "Tasks are the items of a list.",
            "begin each task with `- `",
        )
        return
    for number, item in enumerate(data):
        here = (*keys, number)
        if not isinstance(item, Mapping):
            yield TaskProblem(
                here,
                f"{describe(item)} is not an Ansible task",
                "A task is a mapping with an action and keywords.",
                "write `- ansible.builtin.debug: {msg: hello}`",
            )
        elif "hosts" in item or "import_playbook" in item:
            yield TaskProblem(
                here,
                "this is a play, not a task",
                "The step itself is the play; its file has tasks only.",
                "write the play's tasks into the file, and its keywords in the step",
            )
        elif any(part in item for part in _BLOCK_PARTS):
            yield from _block_problems(item, here)
        else:
            yield from _action_problems(item, here)


def _block_problems(
    item: Mapping[str, object], keys: tuple[str | int, ...]
) -> Iterator[TaskProblem]:
    if "block" not in item:
        part = next(part for part in _BLOCK_PARTS if part in item)
        yield TaskProblem(
            (*keys, part), f"`{part}` has no `block`", "It belongs to a block.", "add `block: […]`"
        )
    for key in item:
        if key not in TASK_KEYWORDS or key in _NOT_OF_BLOCKS:
            yield TaskProblem(
                (*keys, key),
                f"a block does not have `{key}`",
                "Ansible refuses it.",
                did_you_mean(str(key), TASK_KEYWORDS - _NOT_OF_BLOCKS)
                or "write it on the tasks of the block",
            )
    for part in _BLOCK_PARTS:
        if item.get(part) is not None:
            yield from task_problems(item[part], (*keys, part))


def _action_problems(
    item: Mapping[str, object], keys: tuple[str | int, ...]
) -> Iterator[TaskProblem]:
    actions = [
        key
        for key in item
        if key in ("action", "local_action")
        or (key not in TASK_KEYWORDS and not str(key).startswith("with_"))
    ]
    if not actions:
        yield TaskProblem(
            keys,
            "this task has no action",
            "Ansible finds no module or action in it.",
            "add one, such as `ansible.builtin.debug: {msg: hello}`",
        )
    elif len(actions) > 1:
        listed = ", ".join(f"`{key}`" for key in actions)
        typos = [(key, near) for key in actions if (near := nearest(str(key), TASK_KEYWORDS))]
        yield TaskProblem(
            (*keys, str(typos[0][0]) if typos else actions[1]),
            f"this task has {len(actions)} actions: {listed}",
            "A task has one action, and keywords of Ansible.",
            f"did you mean `{typos[0][1]}`?" if typos else "write one task for each",
        )
