"""Plays of nodes that call an entry point of a role."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from worldtree.ansible.bundle.lower.host_patterns import HostPatterns
from worldtree.ansible.bundle.lower.lowered import CalledRole
from worldtree.ansible.bundle.lower.outputs import output_check_tasks
from worldtree.ansible.bundle.lower.play_frame import hides_output, node_play, role_variables
from worldtree.ansible.model.plays import Block, Play, PlayRole, PlayTask
from worldtree.core.journal_events import PRECHECK_DONE_FACT
from worldtree.plan.node import Node

#: Entry points of roles that have nothing to undo.
_ENTRIES_WITHOUT_UNDO = frozenset({"precheck", "rollback", "verify", "remove"})


def role_play(node: Node, role: CalledRole, patterns: HostPatterns) -> Play:
    """Return the play that runs ``node``'s entry of ``role``.

    The main entry point is called through ``roles:``, as in a hand-written playbook, with the
    variables of the step. A block gives them the same precedence for all other tasks: the condition
    and the environment of the step may read them.
    """
    looks = role.has_precheck and node.entry != "precheck"
    hidden = hides_output(node)
    variables = role_variables(node)
    before = _always_selected(role, _precheck(node, role, hidden=hidden)) if looks else ()
    after = _with_variables(_always_selected(role, output_check_tasks(node)), variables)
    more: dict[str, Any] = {"no_log": hidden} if hidden else {}
    if looks:
        more["vars"] = {"worldtree_entry": node.entry}
    if node.entry == "main":
        call = PlayRole(role.name, node.when, variables)
        checks = _with_variables(before, variables)
        return node_play(node, patterns, pre_tasks=checks, roles=(call,), post_tasks=after, **more)
    title = node.entry.replace("_", " ").replace("/", " ")
    task = _import_role(role, node.entry, f"Run the entry point {title}", node.when)
    work = _with_variables((*before, task), variables)
    return node_play(node, patterns, tasks=work, post_tasks=after, **more)


def role_rollback(node: Node, role: CalledRole, patterns: HostPatterns) -> Play | None:
    """Return the play that undoes ``node``, or None when the role cannot undo it.

    The precheck comes first, as before any entry point; ``worldtree_undone_entry`` gives the role
    the entry point that is undone.
    """
    if not role.has_rollback or node.entry in _ENTRIES_WITHOUT_UNDO:
        return None
    if role.undone_entries is not None and node.entry not in role.undone_entries:
        return None
    if node.reversibility == "read-only":
        return None
    hidden = hides_output(node)
    before = _precheck(node, role, hidden=hidden) if role.has_precheck else ()
    more: dict[str, Any] = {"no_log": hidden} if hidden else {}
    more["vars"] = {"worldtree_entry": "rollback", "worldtree_undone_entry": node.entry}
    task = _import_role(role, "rollback", "Undo the entry point", node.when)
    work = _with_variables((*before, task), role_variables(node))
    return node_play(node, patterns, tasks=work, **more)


def reset_done_task() -> PlayTask:
    """Return the task that resets the result of an earlier play's precheck."""
    return PlayTask(
        "Reset the result of the precheck",
        "ansible.builtin.set_fact",
        {PRECHECK_DONE_FACT: False},
    )


def end_host_task() -> PlayTask:
    """Return the task that ends the play for a host whose work is done already."""
    return PlayTask(
        "End the play where nothing is left to do",
        "ansible.builtin.meta",
        "end_host",
        {"when": f"{PRECHECK_DONE_FACT} | bool"},
    )


def _always_selected(role: CalledRole, tasks: tuple[PlayTask, ...]) -> tuple[PlayTask, ...]:
    """Return ``tasks`` of ours so that they run whichever tasks of the role tags select."""
    return tuple(task.with_keywords(tags=["always"]) for task in tasks) if role.has_tags else tasks


def _with_variables(
    tasks: tuple[PlayTask, ...], variables: Mapping[str, Any]
) -> tuple[PlayTask | Block, ...]:
    """Return ``tasks`` in one block with ``variables``, or as they are without any."""
    if not tasks or not variables:
        return tasks
    return (Block("Run with the variables of the step", tasks, vars=variables),)


def _precheck(node: Node, role: CalledRole, *, hidden: bool | str) -> tuple[PlayTask, ...]:
    look = _import_role(role, "precheck", "Check whether anything is left to do", node.when)
    tasks = (reset_done_task(), look, end_host_task())
    if not hidden:
        return tasks
    # The play's `no_log` would hide the result of the precheck.
    show = PlayTask(
        "Show whether anything is left to do",
        "ansible.builtin.set_fact",
        {PRECHECK_DONE_FACT: f"{{{{ {PRECHECK_DONE_FACT} | bool }}}}"},
        {"no_log": False},
    )
    return (*tasks[:2], show, tasks[2])


def _import_role(role: CalledRole, entry: str, name: str, when: str | None) -> PlayTask:
    args: dict[str, Any] = {"name": role.name}
    if entry != "main":
        args["tasks_from"] = entry
    keywords = {} if when is None else {"when": when}
    return PlayTask(name, "ansible.builtin.import_role", args, keywords)
