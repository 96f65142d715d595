"""Keywords of Ansible's plays and tasks."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from worldtree.ansible.model.tag_choice import task_tags


def _names(text: str) -> frozenset[str]:
    return frozenset(text.split())


#: Keywords of tasks, blocks, handlers and includes; any other key of a task is its action.
TASK_KEYWORDS = _names(
    """
    action allow_duplicates always any_errors_fatal args async async_val become become_exe
    become_flags become_method become_user block changed_when check_mode collections connection
    debugger delay delegate_facts delegate_to diff environment failed_when ignore_errors
    ignore_unreachable listen local_action loop loop_control loop_with module_defaults name no_log
    notify poll port public register remote_user rescue retries rolespec_validate run_once tags
    throttle timeout until vars when
    """
)

#: Keywords of plays, roles and tasks, and functions of templates: Ansible accepts a variable of
#: such a name with a warning, and templates then see either the one or the other.
PLAY_KEYWORDS = _names(
    """
    action always any_errors_fatal args async become become_exe become_flags become_method
    become_user block changed_when check_mode collections connection cycler debugger delay
    delegate_facts delegate_to dict diff environment fact_path failed_when force_handlers
    gather_facts gather_timeout handlers hosts ignore_errors ignore_unreachable joiner lipsum
    local_action lookup loop loop_control max_fail_percentage module_defaults name namespace no_log
    notify now order poll port post_tasks pre_tasks q query range register remote_user rescue
    retries roles run_once serial strategy tags tasks throttle timeout undef until vars_files
    vars_prompt when with_
    """
)

#: Keywords of a block or an import that hold for the tasks below it.
_INHERITED = _names(
    """
    any_errors_fatal become become_exe become_flags become_method become_user check_mode
    collections connection debugger delegate_facts delegate_to diff environment ignore_errors
    ignore_unreachable module_defaults no_log notify port remote_user run_once tags throttle timeout
    """
)
#: Of these, each level adds to the levels above; of any other keyword the nearest level counts.
_EXTENDED = _names("environment module_defaults tags when")
#: Of these, repetitions say nothing: a file that includes itself adds the same ones each time.
_SETS = _names("tags when")


def inherit_keywords(task: Mapping[str, Any], parent: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return ``task`` with the keywords that a task or block inherits from ``parent``.

    As Ansible does it: `when`, `tags`, `environment` and `module_defaults` of all levels hold,
    those of the outermost first; of any other keyword the nearest value.
    """
    found = {
        key: value for key, value in parent.items() if key in _INHERITED and key not in task
    } | dict(task)
    for key in _EXTENDED & parent.keys():
        outer, own = _as_list(key, parent[key]), _as_list(key, task.get(key))
        found[key] = [*outer, *(one for one in own if key not in _SETS or one not in outer)]
    if isinstance(parent.get("vars"), Mapping):
        values = task.get("vars")
        found["vars"] = {**parent["vars"], **(values if isinstance(values, Mapping) else {})}
    return found


def _as_list(key: str, value: object) -> list[Any]:
    if key == "tags":
        return list(task_tags(value))
    if value is None:
        return []
    return list(value) if isinstance(value, list) else [value]
