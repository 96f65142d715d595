"""From a plan and its frozen bundle to a result: hold the cluster, check connections, run."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from worldtree.app.hosts.fact_store import reuse_fresh_facts, save_gathered_facts
from worldtree.app.ports import Ports
from worldtree.app.tasks.cluster_lock import hold_cluster
from worldtree.app.tasks.run_modes import RunMode
from worldtree.app.tasks.task_context import TaskContext, task_executor, task_secrets
from worldtree.core.errors import WorldTreeError
from worldtree.core.settings import Settings
from worldtree.engine.cancellation import Cancellation
from worldtree.engine.executors.outputs import OutputsExecutor, without_lost_secrets
from worldtree.engine.executors.set_facts import SetFactsExecutor
from worldtree.engine.prior_results import PriorResult, PriorResults
from worldtree.engine.run_options import RunOptions
from worldtree.plan.plan import Plan
from worldtree.results.events import Event
from worldtree.results.status import HostStatus, TaskStatus
from worldtree.results.tree import TaskResult

if TYPE_CHECKING:
    from worldtree.engine.executors.protocol import Executor
    from worldtree.runner.connect.connection_check import HostConnection
    from worldtree.runner.control.executor import RunnerExecutor
    from worldtree.store.lease import Lease
    from worldtree.store.store import Store

#: Runs side by side that every machine bears, since most of them wait for hosts.
_MIN_PARALLEL_RUNS = 4
_RUNS_PER_CORE = 2


class ConnectionCheckError(WorldTreeError):
    """The connection check found hosts that cannot be worked on, and nothing was changed."""

    def __init__(self, lost: int, hosts: int) -> None:
        super().__init__(
            f"{lost} of {hosts} hosts cannot be worked on; nothing was changed",
            hint="mend what is said about them above, then run the command again",
        )


@dataclass(frozen=True)
class TaskObserver:
    """Who looks on, and may end it."""

    #: Sees every event once it is recorded.
    on_event: Callable[[Event], None]
    #: Is told how every host answered, before anything is changed.
    on_connections: Callable[[tuple[HostConnection, ...]], None]
    cancellation: Cancellation = field(default_factory=Cancellation)
    #: Words for people, also from other threads.
    notify: Callable[[str], None] = lambda _words: None
    #: Leaves the terminal to a question: nothing is drawn meanwhile, and Ctrl-C raises
    #: ``KeyboardInterrupt``, as nothing was begun that would have to be ended.
    question: Callable[[], AbstractContextManager[object]] = nullcontext
    #: Whether to wait for another task that holds the cluster.
    wait: bool = False
    #: Whether the result is to have every Ansible task, with all that it printed.
    keep_tasks: bool = True


class TaskRunner:
    """Carries one task's work out."""

    def __init__(self, settings: Settings, ports: Ports, open_store: Callable[[], Store]) -> None:
        self._settings, self._ports = settings, ports
        self._open_store = open_store

    def run(
        self,
        context: TaskContext,
        observer: TaskObserver,
        *,
        before: Callable[[Store, Lease, RunnerExecutor], PriorResults],
        options: RunOptions | None = None,
        mode: RunMode | None = None,
        then: Callable[[TaskResult], TaskResult] = lambda result: result,
    ) -> TaskResult:
        """Run ``work`` to its end and return what became of it, or what ``then`` makes of that.

        The cluster is held for ``then``, too.

        ``before`` is called with the cluster held and says what is known already; what it raises
        ends this. Hosts that do not answer are isolated where the plan's policy is to ignore
        failures; otherwise, and when there is no other host, this raises ``ConnectionCheckError``.
        Raises ``LeaseHeldError``, and ``InputError`` for secrets that cannot be resolved, before
        anything is touched.
        """
        plan = context.plan
        with observer.question():
            secrets = task_secrets(self._ports, context)
        with (
            secrets as broker,
            task_executor(self._settings, self._ports, context, broker) as executor,
        ):
            # Loading Ansible takes a moment: beside loading the database it costs nothing.
            executor.prepare(context.bundle)
            store = self._open_store()
            cancellation = observer.cancellation
            with hold_cluster(
                store,
                plan.cluster,
                context.task,
                cancellation=cancellation,
                wait=observer.wait,
                notify=observer.notify,
            ) as lease:
                known = without_lost_secrets(context.plan, before(store, lease, executor))
                facts_dir = context.directory / "facts"
                known = reuse_fresh_facts(context.plan, store, facts_dir, known)
                known = self._check_hosts(
                    store, context, observer, executor, known, mode or RunMode()
                )
                executor.ensure_supported()
                self._run(
                    store, lease, context, observer, executor, known, options, mode or RunMode()
                )
                save_gathered_facts(context.plan, store, facts_dir, known)
                return then(store.result(context.task, keep_tasks=observer.keep_tasks))

    def _run(
        self,
        store: Store,
        lease: Lease,
        context: TaskContext,
        observer: TaskObserver,
        executor: RunnerExecutor,
        known: PriorResults,
        options: RunOptions | None,
        mode: RunMode,
    ) -> None:
        from worldtree.engine.run_plan import run_plan

        options = options or RunOptions(
            concurrency=max_parallel_runs(context.plan),
            forks=self._settings.forks or None,
            verbosity=self._settings.verbosity,
        )
        facts = store.last_set_facts(context.plan.cluster)
        inner: Executor = SetFactsExecutor(executor, context.plan, facts)
        if any(node.reads or node.outputs for node in context.plan.graph.nodes.values()):
            inner = OutputsExecutor(inner, context.plan, store.last_outputs(context.plan.cluster))
        runner, options = mode.set_up(context.plan, inner, options, observer.cancellation)
        run_plan(
            context.plan,
            task_id=context.task,
            bundle=context.bundle,
            directory=context.directory / "attempts",
            executor=runner,
            recorder=store.recorder(
                context.task,
                lease,
                tell=observer.notify,
                hurried=lambda: observer.cancellation.requested,
            ),
            options=options,
            cancellation=observer.cancellation,
            on_event=observer.on_event,
            known=known,
        )

    def _check_hosts(
        self,
        store: Store,
        context: TaskContext,
        observer: TaskObserver,
        executor: RunnerExecutor,
        known: PriorResults,
        mode: RunMode,
    ) -> PriorResults:
        """Look whether the hosts that are needed answer; return what is known then."""
        from worldtree.runner.connect.connection_check import check_connections
        from worldtree.runner.connect.host_probes import HostProbes

        needed = _needed_hosts(context.plan, known)
        if not needed:
            return known
        part = context.plan.model_copy(
            update={"hosts": tuple(h for h in context.plan.hosts if h.name in needed)}
        )
        timeout = self._settings.connect_timeout or None
        probes = HostProbes()
        observer.cancellation.listen(probes.stop)
        with ThreadPoolExecutor(1) as beside:
            checked = beside.submit(
                check_connections,
                part,
                executor.ssh,
                timeout=timeout,
                environment=executor.broker_environment,
                probes=probes,
            )
            # Beside waiting for hosts; the engine's import of the graph library takes a while.
            import worldtree.engine.run_plan  # noqa: F401

            connections = checked.result()
        if observer.cancellation.requested:
            return known  # A host whose answer was not waited for has not failed.
        observer.on_connections(connections)
        lost = [found for found in connections if found.state == "failed"]
        if mode.every_pair:
            return mark_unreachable(
                context.plan, known, {found.host: found.message for found in lost}
            )
        if lost and (context.plan.policy.on_failure != "ignore" or len(lost) == len(connections)):
            problem = ConnectionCheckError(len(lost), len(connections))
            store.end_task(context.task, TaskStatus.FAILED, problem.message)
            raise problem
        if lost and context.plan.undoes is not None:
            observer.notify(f"not undone on {', '.join(found.host for found in lost)}")
            return mark_unreachable(
                context.plan, known, {found.host: found.message for found in lost}
            )
        return known


def mark_unreachable(plan: Plan, known: PriorResults, lost: Mapping[str, str]) -> PriorResults:
    """Take the work on ``lost`` hosts, given with why, for tried in vain.

    Nothing in a rollback, or where every pair is wanted, waits for other work to come through, so
    each node would be tried there.
    """
    tried = {
        (node.id, host): PriorResult(HostStatus.UNREACHABLE, lost[host])
        for node in plan.graph.nodes.values()
        for host in node.hosts
        if host in lost
    }
    return replace(known, results={**tried, **known.results})


def _needed_hosts(plan: Plan, known: PriorResults) -> set[str]:
    """Return the hosts that something is to be run on, and those they are reached through."""
    names = {
        host
        for node in plan.graph.nodes.values()
        for host in node.hosts
        if (node.id, host) not in known.results and (node.id, host) not in known.left_out
    }
    return names | _bastions(plan, names)


def _bastions(plan: Plan, names: Iterable[str]) -> set[str]:
    by_name = {host.name: host for host in plan.hosts}
    found: set[str] = set()
    todo = list(names)
    while todo:
        host = by_name.get(todo.pop())
        if host is not None and host.bastion and host.bastion not in found:
            found.add(host.bastion)
            todo.append(host.bastion)
    return found


def max_parallel_runs(plan: Plan) -> int:
    """Return how many runs of Ansible go side by side: what the plan allows and this machine bears.

    Two a core, as each waits for its hosts half the time at best; the number is a judgement, not
    a measurement.
    """
    bearable = max(_MIN_PARALLEL_RUNS, _RUNS_PER_CORE * (os.cpu_count() or 1))
    return min(plan.policy.concurrency or bearable, bearable)
