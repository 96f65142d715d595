"""Modes of a run: check mode, diffs, step by step."""

from __future__ import annotations

from dataclasses import replace

from worldtree.app.tasks.task_requests import Mode
from worldtree.core.check_mode_rules import (
    SKIPPED_BY_CHECK_MODE,
    changes_memory_only,
    is_unchecked,
)
from worldtree.core.errors import RefusedError
from worldtree.core.text import and_more
from worldtree.engine.cancellation import Cancellation
from worldtree.engine.debugger import Breakpoints, Console, Debugger
from worldtree.engine.executors.protocol import Executor
from worldtree.engine.executors.stepping import SteppingExecutor, stepping_options
from worldtree.engine.prior_results import PriorResult, PriorResults
from worldtree.engine.run_options import RunOptions
from worldtree.plan.node import Node
from worldtree.plan.plan import Plan
from worldtree.results.host_reason import HostReason
from worldtree.results.status import HostStatus
from worldtree.results.task_command import TaskCommand
from worldtree.results.tree import HostResult, PlayTaskResult

#: Ansible tasks left out of a check that are named.
_MAX_NAMES = 3
#: Last parts of the names of actions that run a command line or a script.
_COMMANDS = frozenset(
    ("command", "expect", "raw", "script", "shell", "win_command", "win_powershell", "win_shell")
)


class RunMode:
    """Runs a plan normally; base of the other modes."""

    #: The command of the task; None keeps the caller's.
    command: TaskCommand | None = None
    #: Changes nothing and wants a result for every pair: no failure and no lost host ends the run.
    every_pair = False

    def known(self, plan: Plan, known: PriorResults) -> PriorResults:
        """Return the prior results: ``known`` plus what this mode leaves out."""
        del plan
        return known

    def check(self, plan: Plan) -> None:
        """Raise ``InputError`` where the mode does not fit ``plan``."""

    def set_up(
        self, plan: Plan, executor: Executor, options: RunOptions, cancellation: Cancellation
    ) -> tuple[Executor, RunOptions]:
        """Return the executor and the options for the run."""
        del plan, cancellation
        return executor, replace(options, every_pair=self.every_pair)


class DiffMode(RunMode):
    """Runs normally and reports diffs of files."""

    def set_up(
        self, plan: Plan, executor: Executor, options: RunOptions, cancellation: Cancellation
    ) -> tuple[Executor, RunOptions]:
        """Run Ansible with `--diff`."""
        del plan, cancellation
        return executor, replace(options, diff=True)


class CheckMode(RunMode):
    """Ansible's check mode; nodes that do not support it are left out."""

    command = TaskCommand.CHECK

    def __init__(self, *, diff: bool) -> None:
        self._diff = diff

    def known(self, plan: Plan, known: PriorResults) -> PriorResults:
        """Mark nodes that cannot be checked as skipped, so that later nodes are still checked.

        A node whose every host is in ``known`` publishes what it published before.
        """
        why: dict[str, str] = {}
        # In graph order: readers of a node that is left out cannot be checked either.
        for node in plan.graph.nodes.values():
            if all((node.id, host) in known.results for host in node.hosts):
                continue
            source = next((use.node for use in node.reads if use.node in why), None)
            if not node.check_mode:
                why[node.id] = _uncheckable_reason(node)
            elif source is not None:
                why[node.id] = f"it reads what {source.partition('/')[2]} publishes"
        reason = HostReason.UNKNOWN_UNTIL_RUN
        unknown = {
            (name, host): PriorResult(HostStatus.SKIPPED, f"{reason.text}: {words}", reason=reason)
            for name, words in why.items()
            for host in plan.graph.nodes[name].hosts
        }
        return replace(known, results={**unknown, **known.results})

    def set_up(
        self, plan: Plan, executor: Executor, options: RunOptions, cancellation: Cancellation
    ) -> tuple[Executor, RunOptions]:
        """Run Ansible with `--check`."""
        executor, options = super().set_up(plan, executor, options, cancellation)
        return executor, replace(options, check=True, diff=self._diff)


class StepMode(RunMode):
    """Runs one node at a time; a person or a script decides on each."""

    def __init__(self, console: Console | None, stops: Breakpoints, *, diff: bool = False) -> None:
        self._console, self._stops, self._diff = console, stops, diff

    def check(self, plan: Plan) -> None:
        """Refuse breakpoints that match nothing."""
        self._stops.check(plan)

    def set_up(
        self, plan: Plan, executor: Executor, options: RunOptions, cancellation: Cancellation
    ) -> tuple[Executor, RunOptions]:
        """Put the debugger between the scheduler and the executor."""
        if self._console is None:
            raise RefusedError(
                "a run step by step needs somebody who decides",
                code="nobody-to-ask",
                hint="run it in a terminal: `wt apply --step`",
            )
        debugger = Debugger(plan, self._console, self._stops, cancellation)
        self._console.watch(cancellation)
        options = replace(options, diff=self._diff)
        return SteppingExecutor(executor, debugger), stepping_options(options, debugger)


def run_mode(mode: Mode, console: Console | None = None) -> RunMode:
    """Return the mode that a request names; ``console`` decides where it stops."""
    if mode.check:
        return CheckMode(diff=mode.diff)
    if mode.step:
        return StepMode(console, Breakpoints(mode.break_nodes, mode.break_hosts), diff=mode.diff)
    return DiffMode() if mode.diff else RunMode()


def _uncheckable_reason(node: Node) -> str:
    what = f"role `{node.role}`" if node.role else f"`{node.work_label}`"
    return f"{what} does not support check mode"


def would_change(result: HostResult) -> bool:
    """Return whether a check found a change of the host, not only of what Ansible knows of it."""
    if result.status is not HostStatus.CHANGED and not result.changed:
        return False
    return bool(changing_tasks(result)) or not any(task.changed for task in result.tasks)


def changing_tasks(result: HostResult) -> list[str]:
    """Return the names of the Ansible tasks that a check found to change the host."""
    return [task.name for task in result.tasks if is_difference(task)]


def is_difference(task: PlayTaskResult) -> bool:
    """Return whether an Ansible task would change the host, not only what Ansible knows of it."""
    return task.changed and not changes_memory_only(task.action or "")


def left_out_text(result: HostResult) -> str:
    """Return which Ansible tasks that could change the host a check left out; empty for none."""
    names: list[str] = []
    commands: list[str] = []
    blind: list[str] = []
    for task in result.tasks:
        if SKIPPED_BY_CHECK_MODE in task.result:
            is_command = (task.action or "").rpartition(".")[2] in _COMMANDS
            (commands if is_command else blind).append(f"`{task.name}`")
        elif is_unchecked(task.result):
            names.append(task.name)
    what = "1 Ansible task was" if len(names) == 1 else f"{len(names)} Ansible tasks were"
    found = (
        (f"{what} left out of the check", names),
        ("Command would have run", commands),
        ("Module without check mode would have run", blind),
    )
    return "; ".join(f"{what}: {and_more(names, _MAX_NAMES)}" for what, names in found if names)
