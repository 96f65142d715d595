"""Ways to carry a plan out other than simply: only look, or go step by step."""

from __future__ import annotations

from dataclasses import replace

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


class RunMode:
    """Carries a plan out as it is."""

    #: What the task is called; None leaves it to the command.
    command: TaskCommand | None = None
    #: It changes nothing, and every pair is wanted, whatever became of others: no failure and no
    #: lost host ends it.
    every_pair = False

    def known(self, plan: Plan, known: PriorResults) -> PriorResults:
        """Return what is not to be run, ``known`` included."""
        del plan
        return known

    def check(self, plan: Plan) -> None:
        """Raise ``InputError`` where what was asked for does not fit ``plan``."""

    def set_up(
        self, plan: Plan, executor: Executor, options: RunOptions, cancellation: Cancellation
    ) -> tuple[Executor, RunOptions]:
        """Return what is to run the plan, and how."""
        del plan, cancellation
        return executor, replace(options, every_pair=self.every_pair)


class DiffMode(RunMode):
    """As it is, but telling what changes within files."""

    def set_up(
        self, plan: Plan, executor: Executor, options: RunOptions, cancellation: Cancellation
    ) -> tuple[Executor, RunOptions]:
        """Let Ansible tell differences."""
        del plan, cancellation
        return executor, replace(options, diff=True)


class CheckMode(RunMode):
    """Ansible's check mode where nodes declare that they know it; the others are left out."""

    command = TaskCommand.CHECK

    def __init__(self, *, diff: bool) -> None:
        self._diff = diff

    def known(self, plan: Plan, known: PriorResults) -> PriorResults:
        """Take nodes that cannot be checked for skipped, so that what comes after is checked."""
        why: dict[str, str] = {}
        # In the order of the graph: what is read of a node that is left out is not known either.
        for node in plan.graph.nodes.values():
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
        """Let Ansible only look."""
        executor, options = super().set_up(plan, executor, options, cancellation)
        return executor, replace(options, check=True, diff=self._diff)


class StepMode(RunMode):
    """One node at a time, with somebody who says what becomes of it."""

    def __init__(self, console: Console, stops: Breakpoints, *, diff: bool = False) -> None:
        self._console, self._stops, self._diff = console, stops, diff

    def check(self, plan: Plan) -> None:
        """Refuse breakpoints at which nothing would stop."""
        self._stops.check(plan)

    def set_up(
        self, plan: Plan, executor: Executor, options: RunOptions, cancellation: Cancellation
    ) -> tuple[Executor, RunOptions]:
        """Put the debugger between the scheduler and the runs."""
        debugger = Debugger(plan, self._console, self._stops, cancellation)
        self._console.watch(cancellation)
        options = replace(options, diff=self._diff)
        return SteppingExecutor(executor, debugger), stepping_options(options, debugger)


def _uncheckable_reason(node: Node) -> str:
    what = f"role `{node.role}`" if node.role else f"`{node.kind}`"
    return f"{what} does not tell in check mode"
