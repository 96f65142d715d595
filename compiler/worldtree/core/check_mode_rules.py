"""Which Ansible tasks a check leaves out, for the judge of roles and for the code inside Ansible.

ansible-playbook imports it, so it needs the standard library only.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

#: Begins the condition by which a task that could change a host was left out of a check.
LEFT_OUT_MARK = "not checked: "
#: The same for a task that changes nothing, such as `debug`: the check is complete without it.
QUIETLY_LEFT_OUT_MARK = "left out of the check: "

#: Key of the result of a task that Ansible's check mode did not run, or not all items of, although
#: it could change a host; its value is true.
SKIPPED_BY_CHECK_MODE = "skipped_by_check_mode"

#: Variable of a play that says that its tasks outside of roles are the team's, not generated ones.
WRITTEN_TASKS_VARIABLE = "worldtree_written_tasks"

#: Actions that change no host, whatever their arguments are.
_READ_ONLY = frozenset(
    f"ansible.builtin.{name}"
    for name in (
        *("add_host", "assert", "async_status", "debug", "fail", "fetch", "find", "gather_facts"),
        *("getent", "group_by", "import_role", "import_tasks", "include_role", "include_tasks"),
        *("include_vars", "meta", "pause", "ping", "set_fact", "set_stats", "setup", "slurp"),
        *("stat", "uri", "validate_argument_spec", "wait_for", "wait_for_connection"),
    )
)
#: Those of them that change what Ansible knows in this run, which some report as a change.
_MEMORY_ONLY = frozenset(
    f"ansible.builtin.{name}"
    for name in ("add_host", "group_by", "include_vars", "set_fact", "set_stats")
)
_READ_ONLY_SUFFIXES = ("_info", "_facts")
#: Hosts that mean the machine on which Ansible runs.
_CONTROL_NODE = frozenset({"localhost", "127.0.0.1", "::1"})
#: Messages of `script` and `unarchive` where `creates` or `removes` leaves out a real run, too.
_GUARDED = re.compile(r"matching (creates|removes) option|^skipped, since ")
_FALSE_TEXTS = frozenset({"false", "no", "off", "n", "f", "0"})
#: Keywords that read the result of their own task.
OWN_RESULT_KEYWORDS = frozenset({"until", "changed_when", "failed_when"})


def is_false(value: object) -> bool:
    """Whether a keyword's value is false as Ansible reads it; a template is not."""
    return value is False or (isinstance(value, str) and value.strip().lower() in _FALSE_TEXTS)


def can_change(action: str, changed_when: object, delegate_to: object) -> bool:
    """Whether a task that runs can change a host, by its action and where it runs.

    ``action`` is the full name; ``changed_when`` a value or a list of one.
    """
    if is_false(changed_when) or (
        isinstance(changed_when, list) and len(changed_when) == 1 and is_false(changed_when[0])
    ):
        return False
    name = _full_name(action)
    if name in _READ_ONLY or name.endswith(_READ_ONLY_SUFFIXES):
        return False
    return delegate_to not in _CONTROL_NODE


def changes_memory_only(action: str) -> bool:
    """Whether a change that a task reports is one of what Ansible knows in this run."""
    return _full_name(action) in _MEMORY_ONLY


def _full_name(action: str) -> str:
    name = action.replace("ansible.legacy.", "ansible.builtin.")
    return name if "." in name else f"ansible.builtin.{name}"


def is_skipped_by_check_mode(result: object) -> bool:
    """Whether a result, or one of a loop's items, was skipped where a real run would have run it.

    A condition that does not hold, an empty loop, or a file that `creates` or `removes` names skips
    a task in a real run, too.
    """
    if not isinstance(result, Mapping):
        return False
    items = result.get("results")
    if isinstance(items, list) and items:
        return any(map(is_skipped_by_check_mode, items))
    if result.get("skipped") is not True:
        return False
    if is_left_out(result):
        return True
    if "false_condition" in result or "skipped_reason" in result:
        return False
    return _GUARDED.search(str(result.get("msg", ""))) is None


def is_left_out(result: Mapping[str, Any]) -> bool:
    """Whether the result of an Ansible task says that a check left it out."""
    return str(result.get("false_condition", "")).startswith((LEFT_OUT_MARK, QUIETLY_LEFT_OUT_MARK))


def is_unchecked(result: Mapping[str, Any]) -> bool:
    """Whether a check did not look at all of a task that could have changed a host."""
    left_out = str(result.get("false_condition", "")).startswith(LEFT_OUT_MARK)
    return left_out or SKIPPED_BY_CHECK_MODE in result
