"""Runs one task: lock the cluster, check connections, run the plan, store facts."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, ExitStack, contextmanager, nullcontext, suppress
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING

from worldtree.app.hosts.fact_store import facts_outside, reuse_fresh_facts, save_gathered_facts
from worldtree.app.ports import Ports
from worldtree.app.shared_files.cluster_files import cluster_files
from worldtree.app.tasks.cluster_lock import hold_cluster
from worldtree.app.tasks.cluster_work import current_outputs, other_successes
from worldtree.app.tasks.connection_notice import keep_connections
from worldtree.app.tasks.kept_files import KeptFiles
from worldtree.app.tasks.left_handlers import notified_events
from worldtree.app.tasks.run_modes import RunMode
from worldtree.app.tasks.run_reasons import Reasons
from worldtree.app.tasks.task_context import TaskContext, task_executor, task_secrets
from worldtree.core.errors import WorldTreeError
from worldtree.core.settings import Settings
from worldtree.engine.cancellation import Cancellation
from worldtree.engine.debugger import Console
from worldtree.engine.executors.notified_handlers import NotifiedHandlersExecutor
from worldtree.engine.executors.outputs import OutputsExecutor, without_lost_secrets
from worldtree.engine.executors.task_memory import TaskMemoryExecutor
from worldtree.engine.notices import Notices
from worldtree.engine.prior_results import PriorResult, PriorResults
from worldtree.engine.run_options import RunOptions
from worldtree.plan.pinned_artifact import has_artifacts
from worldtree.plan.plan import Plan
from worldtree.results.events import Event
from worldtree.results.status import HostStatus, TaskStatus
from worldtree.results.task_command import READ_ONLY_COMMANDS
from worldtree.results.tree import TaskResult

if TYPE_CHECKING:
    from worldtree.engine.executors.protocol import Executor
    from worldtree.runner.connect.connection_check import HostConnection
    from worldtree.runner.control.executor import RunnerExecutor
    from worldtree.secrets.broker_process import BrokerProcess
    from worldtree.store.lease import Lease
    from worldtree.store.store import Store

#: Parallel runs that every machine can bear, since most of them wait for hosts.
_MIN_PARALLEL_RUNS = 4
_RUNS_PER_CORE = 2


class ConnectionCheckError(WorldTreeError):
    """The connection check failed for some hosts; nothing was changed."""

    def __init__(self, lost: int, hosts: int) -> None:
        super().__init__(
            f"{lost} of {hosts} hosts failed the connection check; nothing was changed",
            code="connection-check-failed",
            hint="fix the problems listed above, then run the command again",
        )


@dataclass(frozen=True)
class TaskObserver:
    """Callbacks and switches of the caller: progress, messages, cancellation."""

    #: Gets every event after it is recorded.
    on_event: Callable[[Event], None]
    #: Gets the result of the connection check, before anything is changed.
    on_connections: Callable[[tuple[HostConnection, ...]], None]
    cancellation: Cancellation = field(default_factory=Cancellation)
    #: Messages for people, also from other threads; a task keeps those about it as events.
    notices: Notices = field(default_factory=lambda: Notices(lambda _words: None))
    #: Pauses the progress display for a question. Ctrl-C then raises ``KeyboardInterrupt``, because
    #: no work has started that would have to be ended.
    question: Callable[[], AbstractContextManager[object]] = nullcontext
    #: Gets why work runs, where a request is for what has changed.
    on_reasons: Callable[[Reasons], None] = lambda _reasons: None
    #: Whether to wait while another task holds the cluster.
    wait: bool = False
    #: Decides on nodes in a run step by step; None where nobody can.
    console: Console | None = None
    #: Whether the result contains every Ansible task with its output.
    keep_tasks: bool = True

    def notify(self, words: str) -> None:
        """Show a message for people, and keep it."""
        self.notices.say(words)


class TaskRunner:
    """Runs the plan of one task."""

    def __init__(self, settings: Settings, ports: Ports, open_store: Callable[[], Store]) -> None:
        self._settings, self._ports = settings, ports
        self._open_store = open_store

    def run(
        self,
        context: TaskContext,
        observer: TaskObserver,
        *,
        before: Callable[[Store, Lease, RunnerExecutor], PriorResults],
        asked: Callable[[], None] = lambda: None,
        options: RunOptions | None = None,
        mode: RunMode | None = None,
        expects_work: bool = True,
        then: Callable[[TaskResult], TaskResult] = lambda result: result,
        fetches: bool = False,
    ) -> TaskResult:
        """Run the plan of ``context`` and return its result, as changed by ``then``.

        With ``fetches``, artifacts that the cache lacks are downloaded; otherwise they refuse it.
        ``asked`` is called once the secrets are known, ``before``, which returns the prior results,
        and ``then`` while the cluster is locked; their exceptions propagate. Without
        ``expects_work`` Ansible is loaded only once there is something to run. Unreachable hosts
        are isolated if the plan's policy is to ignore failures; otherwise, and if no host is left,
        this raises ``ConnectionCheckError``. Raises ``LeaseHeldError``, and ``InputError`` for
        secrets that cannot be resolved, before anything is changed.
        """
        plan = context.plan
        with observer.question():
            secrets = task_secrets(self._ports, context)
        with (
            secrets as broker,
            task_executor(self._settings, self._ports, context, broker) as executor,
        ):
            if expects_work:
                # Ansible loads in the background while the database is opened.
                executor.prepare(context.bundle)
            store = self._open_store()
            asked()
            cancellation = observer.cancellation
            with (
                hold_cluster(
                    store,
                    plan.cluster,
                    context.task,
                    cancellation=cancellation,
                    wait=observer.wait,
                    notify=observer.notify,
                ) as lease,
                _keeping(observer.notices, store, lease, context.task),
            ):
                with (
                    cluster_files(self._settings, store, lease, observer.notify) as files,
                    ExitStack() as held,
                ):
                    known = without_lost_secrets(context.plan, before(store, lease, executor))
                    facts_dir = context.directory / "facts"
                    known = reuse_fresh_facts(context.plan, store, facts_dir, known)
                    if words := facts_outside(context.plan, store):
                        observer.notices.say(words)
                    read_only = mode is not None and mode.command in READ_ONLY_COMMANDS
                    if not read_only and has_artifacts(context.bundle):
                        from worldtree.app.artifacts.run_artifacts import RunArtifacts

                        artifacts = RunArtifacts(self._settings, self._ports, context)
                        held.enter_context(artifacts.held(known, store, observer, fetches=fetches))
                    known = self._check_hosts(
                        store, context, observer, executor, known, mode or RunMode()
                    )
                    known = replace(known, others=other_successes(store, plan))
                    executor.ensure_supported()
                    with self._kept_files(context, observer, read_only=read_only):
                        watched = observer if broker is None else _watching(broker, observer)
                        runs: Executor = executor
                        if files is not None:
                            runs = files.executor(executor)
                        self._run(
                            store, lease, context, watched, runs, known, options, mode or RunMode()
                        )
                    self._save_facts(store, context, observer, facts_dir, known)
                return then(store.result(context.task, keep_tasks=observer.keep_tasks))

    def _run(
        self,
        store: Store,
        lease: Lease,
        context: TaskContext,
        observer: TaskObserver,
        executor: Executor,
        known: PriorResults,
        options: RunOptions | None,
        mode: RunMode,
    ) -> None:
        from worldtree.ansible.bundle.manifest import read_bundle
        from worldtree.app.tasks.play_reads import PlayReads
        from worldtree.engine.run_plan import run_plan

        options = options or RunOptions(
            concurrency=max_parallel_runs(context.plan),
            forks=self._settings.forks or None,
            verbosity=self._settings.verbosity,
        )
        memory = store.last_memory(context.plan.cluster)
        inner: Executor = NotifiedHandlersExecutor(
            executor, notified_events(store, context.plan, context.task)
        )
        reads = PlayReads(lambda: read_bundle(context.bundle))
        inner = TaskMemoryExecutor(
            inner, context.plan, memory, known.results, reads, task=context.task
        )
        if any(node.reads or node.outputs for node in context.plan.graph.nodes.values()):
            inner = OutputsExecutor(inner, context.plan, current_outputs(store, context.plan))
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
            notices=observer.notices,
        )

    @contextmanager
    def _kept_files(
        self, context: TaskContext, observer: TaskObserver, *, read_only: bool
    ) -> Iterator[None]:
        """Keep what roles write beside playbook and inventory; say where when it is new."""
        kept = KeptFiles(self._settings.home, context.plan.cluster)
        before = kept.files()
        with kept.connected(context.directory, read_only=read_only, document=context.base):
            yield
        after = kept.files()
        if {file.path for file in after} - {file.path for file in before}:
            observer.notify(
                f"files that roles wrote beside the playbook are kept in {kept.directory};"
                f" `wt files {context.plan.cluster}` lists them"
            )

    def _save_facts(
        self,
        store: Store,
        context: TaskContext,
        observer: TaskObserver,
        facts_dir: Path,
        known: PriorResults,
    ) -> None:
        from worldtree.store.busy import wait_while_busy

        wait_while_busy(
            lambda: save_gathered_facts(context.plan, store, facts_dir, known),
            tell=observer.notify,
            hurried=lambda: observer.cancellation.requested,
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
        """Check the connections to the needed hosts; return ``known`` plus the lost ones."""
        from worldtree.runner.connect.connection_check import check_connections
        from worldtree.runner.connect.host_probes import HostProbes

        needed = _needed_hosts(context.plan, known)
        if not needed:
            return known
        executor.prepare(context.bundle)
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
            # Import while waiting for hosts: the engine loads the graph library, which is slow.
            import worldtree.engine.run_plan  # noqa: F401

            connections = checked.result()
        if observer.cancellation.requested:
            return known  # A check that was cut short says nothing about a host.
        keep_connections(observer.notices, connections, executor.broker_environment)
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
        return replace(known, unreached={found.host for found in lost if not found.reached})


@contextmanager
def _keeping(notices: Notices, store: Store, lease: Lease, task: str) -> Iterator[None]:
    """Record the messages of the block that no run has recorded."""
    try:
        yield
    except BaseException:  # Also Ctrl-C: what was said is kept.
        with suppress(WorldTreeError):  # What ends the block matters more.
            store.recorder(task, lease).record(notices.take())
        raise
    store.recorder(task, lease).record(notices.take())


def mark_unreachable(plan: Plan, known: PriorResults, lost: Mapping[str, str]) -> PriorResults:
    """Mark the work on the ``lost`` hosts (host to reason) as unreachable.

    In a rollback, and where every pair is wanted, nodes do not wait for the success of others, so
    each would be tried on a lost host.
    """
    tried = {
        (node.id, host): PriorResult(HostStatus.UNREACHABLE, lost[host])
        for node in plan.graph.nodes.values()
        for host in node.hosts
        if host in lost
    }
    return replace(known, results={**tried, **known.results})


def _needed_hosts(plan: Plan, known: PriorResults) -> set[str]:
    """Return the hosts with work to run, and their bastions."""
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
    """Return the maximum of parallel Ansible runs for the plan and this machine.

    Two per core, since each run waits for its hosts at least half the time; this is an estimate,
    not measured.
    """
    bearable = max(_MIN_PARALLEL_RUNS, _RUNS_PER_CORE * (os.cpu_count() or 1))
    return min(plan.policy.concurrency or bearable, bearable)


def _watching(broker: BrokerProcess, observer: TaskObserver) -> TaskObserver:
    """Return ``observer``, which also says, once, that the secrets broker has died.

    The run continues without it: stopping hosts in the middle of their work would be worse.
    """
    said = False

    def on_event(event: Event) -> None:
        nonlocal said
        if not said and broker.has_ended:
            said = True
            observer.notify(
                "warning: the secrets broker of this task was killed: the run continues, its output"
                " is hidden from here on, and what needs a secret fails; `wt resume` repeats that"
            )
        observer.on_event(event)

    return replace(observer, on_event=on_event)
