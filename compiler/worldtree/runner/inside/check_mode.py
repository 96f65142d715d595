"""Leaves out, in check mode, the team's tasks that it cannot show: all others are checked.

Two kinds are left out. A task that runs for real (`check_mode: false`) and can change a host would
change it. A task that reads a result which check mode did not produce, such as the output of a
skipped command, would fail or report a change that is none, also where only the template file that
it renders reads it; what it registers or sets with ``set_fact`` is unknown as well. A task that its
own condition skips anyway is not touched.

Used within ansible-playbook, so imports are kept light.
"""

from __future__ import annotations

import functools
import re
import sys
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from ansible.errors import AnsibleError

from worldtree.core.check_mode_rules import (
    LEFT_OUT_MARK,
    OWN_RESULT_KEYWORDS,
    QUIETLY_LEFT_OUT_MARK,
    SKIPPED_BY_CHECK_MODE,
    WRITTEN_TASKS_VARIABLE,
    can_change,
    is_false,
    is_left_out,
    is_skipped_by_check_mode,
)
from worldtree.runner.inside.ansible_patches import FULL_RESULT
from worldtree.runner.inside.template_files import template_texts

_WORD = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
#: Keywords whose text reads no variable.
_NAMES_ONLY = frozenset({"name", "register"})
#: Stands for a variable whose value check mode does not know.
UNKNOWN_VALUE: Mapping[str, Any] = {"skipped": True, "worldtree_unknown": True}


def leave_out_unknown_tasks() -> None:
    """Have this process's workers leave out what check mode cannot show; only under ``--check``."""
    executor = getattr(sys.modules.get("ansible.executor.task_executor"), "TaskExecutor", None)
    items = getattr(executor, "_get_loop_items", None)
    if not _is_check() or items is None or hasattr(items, "__wrapped__"):
        return

    @functools.wraps(items)
    def get_loop_items(self: Any) -> Any:
        task, variables = self._task, _variables(self)
        unknown = unknown_names(variables)
        reason = _reason(task, unknown, self._loader) if _is_theirs(task, variables) else None
        if reason is None:
            return items(self)
        _skip(task, reason, unknown)
        return None

    executor._get_loop_items = get_loop_items  # type: ignore[union-attr]  # found above


def note_unknown_facts(manager: Any, result: Any) -> None:
    """Mark the facts of a ``set_fact`` that was left out as unknown for later tasks."""
    task = result._task
    if manager is None or not task.action.endswith("set_fact") or not is_left_out(result._result):
        return
    names = [name for name in task.args if name != "cacheable"]
    manager.set_nonpersistent_facts(result._host.get_name(), dict.fromkeys(names, UNKNOWN_VALUE))


def mark_unchecked(said: dict[str, Any], result: Any, action: str, delegate_to: object) -> None:
    """Note in ``said``, the visible part of ``result``, that check mode left work of it out.

    That is a task, or an item of its loop, that could have changed a host: a command, or a module
    without check mode.
    """
    if not _is_check() or not can_change(action, result._task.changed_when, delegate_to):
        return
    if any(is_skipped_by_check_mode(one) and not is_left_out(one) for one in _skipped(result)):
        said[SKIPPED_BY_CHECK_MODE] = True


def _skipped(result: Any) -> Iterator[Mapping[str, Any]]:
    """Yield the whole results of a skipped task, or of the skipped items of its loop.

    The results for callbacks do not say that they were skipped, and `no_log` hides why.
    """
    data = getattr(result, FULL_RESULT, None)
    if isinstance(data, Mapping):
        items = data.get("results")
        yield from items if isinstance(items, list) and items else [data]
        return
    unified = getattr(result, "_CallbackTaskResult__utr", None)
    for one in getattr(unified, "loop_results", None) or [unified]:
        if getattr(one, "skipped", None):
            yield {**one.as_result_dict(for_callback=True), "skipped": True}


def _is_check() -> bool:
    context = sys.modules.get("ansible.context")
    return bool((getattr(context, "CLIARGS", None) or {}).get("check"))


def unknown_names(variables: Mapping[str, Any]) -> frozenset[str]:
    """Return the variables whose values check mode did not produce."""
    return frozenset(
        name
        for name, value in variables.items()
        if isinstance(value, dict) and is_skipped_by_check_mode(value)
    )


def _variables(executor: Any) -> Mapping[str, Any]:
    """Return the variables of the task; core 2.21 has them in a context of its own."""
    found = getattr(executor, "_job_vars", None)
    if found is None:
        module: Any = sys.modules["ansible.executor.task_executor"]
        found = module.TaskContext.current().task_vars
    return found or {}


def _is_theirs(task: Any, variables: Mapping[str, Any]) -> bool:
    """Whether the task is the team's; generated ones know check mode."""
    return getattr(task, "_role", None) is not None or WRITTEN_TASKS_VARIABLE in variables


def _reason(task: Any, unknown: frozenset[str], loader: Any) -> str | None:
    """Return why the task is left out, for its result; None where it is checked."""
    action = getattr(task, "resolved_action", None) or task.action
    changes = can_change(action, task.changed_when, task.delegate_to)
    if is_false(task.check_mode):
        return f"{LEFT_OUT_MARK}`check_mode: false` would run it for real" if changes else None
    read = sorted(unknown & frozenset(_words(task)))
    if not read and unknown:
        texts = template_texts(task, loader)
        read = sorted(unknown.intersection(_WORD.findall(" ".join(texts))))
    if not read:
        return None
    mark = LEFT_OUT_MARK if changes or "include_" in action else QUIETLY_LEFT_OUT_MARK
    return f"{mark}it reads `{read[0]}`, which only a real run knows"


def _words(task: Any) -> Iterator[str]:
    written = task.get_ds()
    for key, value in written.items() if isinstance(written, Mapping) else ():
        if key not in _NAMES_ONLY and key not in OWN_RESULT_KEYWORDS:
            yield from _WORD.findall(str(value))
    # Conditions of blocks and imports are not in its own text.
    yield from _WORD.findall(str(task.when))


def _skip(task: Any, reason: str, unknown: frozenset[str]) -> None:
    """Have the conditions of ``task`` end with ``reason``, unless one is false without it."""

    known = [text for text in task.when if not unknown & frozenset(_WORD.findall(str(text)))]
    # The methods of core 2.21 and of 2.19.
    for name, with_item in (
        ("_resolve_conditional_with_item", True),
        ("_resolve_conditional", False),
    ):
        original = getattr(task, name, None)
        if original is not None:
            setattr(task, name, _conditional(original, known, reason, with_item=with_item))


def _conditional(
    original: Callable[..., Any], known: list[Any], reason: str, *, with_item: bool
) -> Callable[..., Any]:
    def resolve(_conditions: Any, variables: Any, **more: Any) -> Any:
        for text in known:
            try:
                found = original([text], variables, **more)
            except AnsibleError:  # Such as an undefined item of the loop, which is not run.
                break
            if not (found[0] if with_item else found):
                return found
        if with_item:
            return False, reason
        if more.get("result_context") is not None:
            more["result_context"].update(false_condition=reason)
        return False

    return resolve
