"""An executor for what was left of a task, while its cluster is held and its files are here."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from worldtree.app.ports import Ports
from worldtree.app.shared_files.cluster_files import cluster_files
from worldtree.app.tasks.cluster_lock import hold_cluster
from worldtree.app.tasks.task_context import TaskContext, task_executor
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
) -> Iterator[tuple[RunnerExecutor, Lease]]:
    """Yield an executor to finish the runs of a task with, and the lease of its cluster.

    ``wait`` says whether to wait for another holder. Raises as ``hold_cluster`` and
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
        cluster_files(settings, store, lease, observer.notify),
    ):
        yield executor, lease
