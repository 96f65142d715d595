"""Saves the state before a change in the same call as the module that makes the change.

Plays save it in a task of its own, ``worldtree.core.snapshot``, just before the task that changes
it. Here such a task is left out, and the first module of the next task records the state before it
does anything else: a line that calls ``before_module.py`` of the collection is added to its
source, and what to record to its parameters. See ADR 13.

Whatever differs from what is known here stays two tasks, or becomes two calls in one task: with the
same effect, as under plain Ansible. Used within ansible-playbook, so imports are kept light.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from functools import cache
from pathlib import Path
from typing import Any

from worldtree.runner.inside.method_wrapping import wrap_method

SNAPSHOT = "worldtree.core.snapshot"
#: Directory below Ansible's local temporary one for the modules with that line, beside those
#: without it: Ansible remembers packed modules by their names.
CACHE_DIRECTORY = "with-undo"
#: Actions that change nothing before they run a module, and nothing but by modules.
ACTIONS = frozenset(
    f"ansible.builtin.{name}"
    for name in (
        *("apt", "blockinfile", "copy", "cron", "deb822_repository", "dnf", "dnf5", "file"),
        *("get_url", "group", "hostname", "known_hosts", "lineinfile", "package", "replace"),
        *("service", "systemd", "systemd_service", "template", "user"),
    )
) | {"ansible.posix.sysctl", "ansible.posix.authorized_key", "ansible.posix.mount"}
#: Keywords in which the two tasks may differ: they say nothing of where, when and as whom it runs,
#: nor what counts as a failure.
_MAY_DIFFER = frozenset(
    {"action", "args", "changed_when", "loop_control", "name", "notify", "register", "tags"}
)
#: Strategies that run actions as Ansible does; others may run modules in a way of their own.
_STRATEGIES = frozenset({"linear", "free", "host_pinned", "debug"})
#: ``before_module.PARAMETER``.
_PARAMETER = "_worldtree_before"
_UTILS = "ansible_collections.worldtree.core.plugins.module_utils"
_CALL = (
    f"from {_UTILS} import before_module as _worldtree_before; _worldtree_before.run()\n".encode()
)
#: The start of a module's source up to the imports that have to come first.
_START = re.compile(rb"(?:[ \t]*(?:#.*)?\n)*from __future__ import [A-Za-z_, ]+\n")
_LATER_START = re.compile(rb"^from __future__ ", re.MULTILINE)

#: Id of a task -> the snapshot that was left out before it. A worker has them from its start.
_left_out: dict[str, Any] = {}
#: In a worker: what the module that is about to run has to record.
_record: dict[str, Any] | None = None
#: In a worker: tasks whose state was recorded.
_recorded: set[str] = set()


class CannotJoinError(Exception):
    """The module is of another kind than those that can record something."""


def join_snapshots() -> None:
    """Have this ansible-playbook save states in the calls of the modules that change them."""
    from ansible.executor import module_common
    from ansible.playbook.block import Block
    from ansible.plugins.action import ActionBase

    wrap_method(Block, "filter_tagged_tasks", filter_tagged_tasks)
    wrap_method(ActionBase, "_execute_module", _execute_module)
    wrap_method(module_common, "_find_module_utils", _find_module_utils)


def filter_tagged_tasks(original: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
    """Leave snapshots out of a block, which is a copy of what was loaded."""
    block = original(*args, **kwargs)
    if str(block._play.strategy).removeprefix("ansible.builtin.") in _STRATEGIES:
        _leave_out(block)
    return block


def _leave_out(block: Any) -> None:
    for part in ("block", "rescue", "always"):
        tasks = getattr(block, part)
        kept = []
        for task, following in zip(tasks, [*tasks[1:], None], strict=False):
            if hasattr(task, part):
                _leave_out(task)
            if can_join(task, following) and _has_counterpart() and _is_ansibles_own("copy"):
                _left_out[following._uuid] = task
            else:
                kept.append(task)
        setattr(block, part, kept)


def can_join(task: Any, following: Any) -> bool:
    """Whether ``task`` saves a state, and ``following`` can do so in its place."""
    if getattr(task, "action", None) != SNAPSHOT or getattr(following, "action", None) is None:
        return False
    return (
        following.action in ACTIONS
        and task._parent is following._parent
        and not any((task.loop, task.loop_with, task.async_val, task.delegate_to))
        # A failure to save must be a failure of the task, which then changes nothing.
        and not any((task.ignore_errors, task.failed_when, task.until, task.retries))
        and not any((task.notify, task.register, task.changed_when, task.module_defaults))
        and "_variable_params" not in task.args
        and _keywords(task) == _keywords(following)
    )


def _keywords(task: Any) -> dict[str, Any]:
    """Return what a task has, its own and inherited, but for what may differ."""
    return {name: getattr(task, name) for name in task.fattributes if name not in _MAY_DIFFER}


@cache
def _has_counterpart() -> bool:
    """Whether the collection that the plays use has what records; that of old bundles has not."""
    from ansible.plugins.loader import module_loader

    found = module_loader.find_plugin_with_context(SNAPSHOT).plugin_resolved_path
    file = "module_utils/before_module.py"
    return bool(found) and (Path(found).parents[1] / file).is_file()


def _is_ansibles_own(action: str) -> bool:
    """Whether a team has no action of its own in place of one that other actions call."""
    from ansible.plugins.loader import action_loader

    paths = [
        action_loader.find_plugin_with_context(f"ansible.{place}.{action}").plugin_resolved_path
        for place in ("builtin", "legacy")
    ]
    return bool(paths[0] == paths[1])


def _execute_module(
    original: Callable[..., Any],
    self: Any,
    module_name: str | None = None,
    module_args: Any = None,
    *more: Any,
    **kwargs: Any,
) -> Any:
    """Run a module of a task, which records the state first unless that was done.

    A module that failed may not have come to it: the next one of the task records again, which
    replaces nothing, as a task of WorldTree records a state only once.
    """
    global _record
    task = self._task
    snapshot = _left_out.get(task._uuid)
    if snapshot is None or task._uuid in _recorded:
        return original(self, module_name, module_args, *more, **kwargs)
    args = self._templar.template(snapshot.args)
    outer, _record = _record, dict(args)
    try:
        result = original(self, module_name, module_args, *more, **kwargs)
    except CannotJoinError:
        _record = outer
        task_vars = kwargs.get("task_vars") or dict(*more[1:2])
        saved = original(self, module_name=SNAPSHOT, module_args=dict(args), task_vars=task_vars)
        if saved.get("failed"):
            return saved
        _recorded.add(task._uuid)
        return original(self, module_name, module_args, *more, **kwargs)
    finally:
        _record = outer
    if not result.get("failed"):
        _recorded.add(task._uuid)
    return result


def _find_module_utils(original: Callable[..., Any], **kwargs: Any) -> Any:
    """Pack a module; one that has to record something with the line that does."""
    if _record is None:
        return original(**kwargs)
    from ansible import constants
    from ansible.executor import module_common

    source = kwargs["b_module_data"]
    if not module_common.NEW_STYLE_PYTHON_MODULE_RE.search(source):
        raise CannotJoinError
    source = with_call(source)
    parameters: Mapping[Any, Any] = kwargs["module_args"]
    directory = constants.DEFAULT_LOCAL_TMP
    constants.DEFAULT_LOCAL_TMP = f"{directory}/{CACHE_DIRECTORY}"
    try:
        return original(
            **{
                **kwargs,
                "b_module_data": source,
                "module_args": {**parameters, _PARAMETER: _record},
            }
        )
    finally:
        constants.DEFAULT_LOCAL_TMP = directory


def with_call(source: bytes) -> bytes:
    """Return a module's source with the line that records.

    Raises ``CannotJoinError`` for one that is not written as Ansible wants modules to be: Python
    that begins with ``from __future__ import``, after comments.
    """
    start = _START.match(source)
    if start is None or _LATER_START.search(source, start.end()):
        raise CannotJoinError
    return source[: start.end()] + _CALL + source[start.end() :]
