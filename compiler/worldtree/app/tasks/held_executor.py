"""An executor for what was left of a task, while its cluster is held and its files are here."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from typing import TYPE_CHECKING

from worldtree.app.ports import Ports
from worldtree.app.shared_files.cluster_files import cluster_files
from worldtree.app.tasks.cluster_lock import hold_cluster
from worldtree.app.tasks.task_context import TaskContext, task_executor
from worldtree.core.errors import WorldTreeError
from worldtree.core.settings import Settings

if TYPE_CHECKING:
    from worldtree.app.tasks.task_runner import TaskObserver
    from worldtree.runner.control.executor import RunnerExecutor
    from worldtree.secrets.broker_process import BrokerProcess
    from worldtree.store.lease import Lease
    from worldtree.store.store import Store


@contextmanager
def held_executor(
    settings: Settings,
    ports: Ports,
    store: Store,
    context: TaskContext,
    broker: BrokerProcess | None,
    observer: TaskObserver,
    *,
    wait: bool = False,
    needs_files: bool = True,
) -> Iterator[tuple[RunnerExecutor, Lease]]:
    """Yield an executor to finish the runs of a task with, and the lease of its cluster.

    ``wait`` says whether to wait for another holder. Without ``needs_files`` the cluster's files
    are used where they can be had, and a message says why not. Raises as ``hold_cluster`` and
    ``cluster_files``.
    """
    with (
        task_executor(settings, ports, context, broker) as executor,
        hold_cluster(
            store,
            context.plan.cluster,
            context.task,
            cancellation=observer.cancellation,
            wait=wait,
            notify=observer.notify,
        ) as lease,
        ExitStack() as stack,
    ):
        try:
            stack.enter_context(cluster_files(settings, store, lease, observer.notify))
        except WorldTreeError as problem:
            if needs_files:
                raise
            observer.notify(f"warning: known hosts are those of this machine: {problem.message}")
        yield executor, lease
