"""Keywords of Ansible's plays and tasks."""

from __future__ import annotations


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
