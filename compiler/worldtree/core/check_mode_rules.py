"""Which Ansible tasks a check leaves out, for the judge of roles and for the code inside Ansible.

ansible-playbook imports it, so it needs the standard library only.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

#: Begins the condition by which a task that could change a host was left out of a check.
LEFT_OUT_MARK = "not checked: "
#: The same for a task that changes nothing, such as `debug`: the check is complete without it.
QUIETLY_LEFT_OUT_MARK = "left out of the check: "

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
    if changed_when is False or changed_when == [False]:
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


def real_run_differs(skipped: Mapping[str, Any]) -> bool:
    """Whether a real run would have run the task of a skipped result, such as a command.

    A condition that does not hold, or an empty loop, skips the task in a real run, too.
    """
    return is_left_out(skipped) or not ("false_condition" in skipped or "skipped_reason" in skipped)


def is_left_out(result: Mapping[str, Any]) -> bool:
    """Whether the result of an Ansible task says that a check left it out."""
    return str(result.get("false_condition", "")).startswith((LEFT_OUT_MARK, QUIETLY_LEFT_OUT_MARK))


def is_unchecked(result: Mapping[str, Any]) -> bool:
    """Whether a check left out a task that could have changed a host."""
    return str(result.get("false_condition", "")).startswith(LEFT_OUT_MARK)
