"""Where each keyword of Ansible's plays and roles goes in a document."""

from __future__ import annotations


def camel_case(name: str) -> str:
    """Return the document's form of a keyword: `become_user` becomes `becomeUser`."""
    first, *rest = name.split("_")
    return first + "".join(word.capitalize() for word in rest)


def _keys(names: str) -> dict[str, str]:
    return {name: camel_case(name) for name in names.split()}


#: Keywords that plays and roles of plays have in common.
_SHARED = _keys(
    """
    any_errors_fatal become become_exe become_flags become_method become_user check_mode
    collections connection diff environment ignore_errors ignore_unreachable module_defaults
    no_log port remote_user run_once throttle timeout
    """
)

#: Keyword of a play -> key of a step, for those whose value stays as it is.
PLAY_KEYS = _SHARED | _keys(
    """
    fact_path force_handlers gather_subset gather_timeout max_fail_percentage order strategy
    vars_files
    """
)
#: Another name of `remote_user` in old playbooks.
PLAY_KEYS["user"] = PLAY_KEYS["remote_user"]

#: Keywords that hold tasks.
TASK_LISTS = ("pre_tasks", "tasks", "post_tasks", "handlers")

#: Keyword of a role -> key of the role in a document.
ROLE_KEYS = _SHARED | _keys("when tags delegate_to delegate_facts")

#: Keywords of plays that a document does not have -> what to do.
REFUSED = {
    "debugger": "remove it: `wt apply --step` stops between steps",
    "validate_argspec": "put the arguments into a role with `meta/argument_specs.yml`, which "
    "`wt validate` checks",
}

#: Begins the name of a task that ends a play on hosts outside of a group.
OUTSIDE_TASK = "Only hosts in "
#: Name of the task of a play that only gathers facts.
FACTS_TASK = "Only gather facts"
