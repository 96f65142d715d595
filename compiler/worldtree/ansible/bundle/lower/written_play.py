"""Plays that a step writes out: several roles, tasks, handlers and keywords of Ansible."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from worldtree.ansible.bundle.lower.host_patterns import HostPatterns
from worldtree.ansible.bundle.lower.lowered import CalledRole
from worldtree.ansible.bundle.lower.outputs import output_check_tasks
from worldtree.ansible.bundle.lower.play_frame import hides_output, node_play
from worldtree.ansible.content.roles.play import import_of
from worldtree.ansible.model.plays import Block, Play, PlayItem, PlayRole, PlayTask, WrittenTask
from worldtree.ansible.model.secret_lookups import with_lookups
from worldtree.core.check_mode_rules import WRITTEN_TASKS_VARIABLE
from worldtree.plan.node import Node
from worldtree.plan.play_work import PlayRoleCall, PlayWork, TaskList


def written_play(node: Node, called: Sequence[CalledRole], patterns: HostPatterns) -> Play:
    """Return the play of ``node`` as its step writes it; ``called`` are its roles in order.

    The condition of the step holds for each role and each section of tasks.
    """
    work = _work(node)
    pairs = list(zip(work.roles, called, strict=True))
    roles = tuple(
        PlayRole(
            role.name,
            _conditions(node, one),
            with_lookups(one.vars),
            with_lookups(one.keywords),
            one.tags,
        )
        for one, role in pairs
        if one.entry == "main"
    )
    entries = tuple(
        _role_block(node, one, role, one.entry, {}) for one, role in pairs if one.entry != "main"
    )
    return node_play(
        node,
        patterns,
        pre_tasks=_section(node, work.pre_tasks),
        roles=roles,
        tasks=(*entries, *_section(node, work.tasks)),
        post_tasks=(*_section(node, work.post_tasks), *_output_checks(node)),
        handlers=tuple(map(WrittenTask, _tasks(work.handlers))),
        # For the checks of `wt drift` and `--check`, which leave out what they cannot show.
        vars={WRITTEN_TASKS_VARIABLE: True} if any(work.sections()) else {},
        **_frame(node, work),
    )


def written_rollback(
    node: Node, called: Sequence[CalledRole], patterns: HostPatterns
) -> Play | None:
    """Return the play that runs the ``rollback`` of each role, the last one first.

    None where the step cannot be undone as a whole.
    """
    if node.reversibility != "compensable":
        return None
    work = _work(node)
    undone = {"worldtree_undone_entry": "main"}
    blocks = tuple(
        _role_block(node, one, role, "rollback", undone)
        for one, role in reversed(list(zip(work.roles, called, strict=True)))
    )
    frame = _frame(node, work)
    return node_play(node, patterns, vars={"worldtree_entry": "rollback"}, tasks=blocks, **frame)


def _role_block(
    node: Node, one: PlayRoleCall, role: CalledRole, entry: str, more: Mapping[str, Any]
) -> Block:
    """Return the block that runs ``entry`` of a role with its variables and keywords."""
    args = {"name": role.name, "tasks_from": entry}
    task = PlayTask(f"Run the entry point {entry}", "ansible.builtin.import_role", args)
    variables = {**with_lookups(one.vars), **more}
    keywords = with_lookups(one.keywords)
    title = f"Run {entry} of the role {role.name}"
    return Block(title, (task,), _conditions(node, one), variables, keywords)


def _work(node: Node) -> PlayWork:
    assert node.play is not None, "the step is a play"
    return node.play


def _frame(node: Node, work: PlayWork) -> dict[str, Any]:
    """Return keywords and variable files, which the play and its undo have in common."""
    keywords = dict(with_lookups(work.keywords))
    found: dict[str, Any] = {"vars_files": work.vars_files}
    if "gather_facts" in keywords:
        found["gather_facts"] = keywords.pop("gather_facts")
    found["no_log"] = hides_output(node) or node.no_log
    return {**found, "keywords": keywords}


def _conditions(node: Node, role: PlayRoleCall) -> str | list[str] | None:
    found = [one for one in (node.when, with_lookups(role.when)) if one is not None]
    return found if len(found) > 1 else next(iter(found), None)


def _tasks(written: TaskList) -> list[dict[str, Any]]:
    return [import_of(written)] if isinstance(written, str) else list(with_lookups(written))


def _output_checks(node: Node) -> tuple[PlayTask, ...]:
    """Return the check of outputs, which runs whichever tasks of the play tags select."""
    return tuple(task.with_keywords(tags=["always"]) for task in output_check_tasks(node))


def _section(node: Node, written: TaskList) -> tuple[PlayItem, ...]:
    tasks = tuple(map(WrittenTask, _tasks(written)))
    if not tasks or node.when is None:
        return tasks
    return (Block("Run if the condition is true", tasks, node.when),)
