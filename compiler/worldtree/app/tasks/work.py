"""What is to be carried out, and what it takes: its secrets, its way to the hosts."""

from __future__ import annotations

import os
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from worldtree.app.documents.secret_locations import Locate, located_in
from worldtree.app.documents.secret_uses import inventory_refers, private_keys, secret_uses
from worldtree.app.tasks.task_source import read_origin
from worldtree.app.tasks.terminal_prompt import terminal_asker
from worldtree.core.settings import Settings
from worldtree.plan.plan import Plan

if TYPE_CHECKING:
    from worldtree.runner.control.executor import RunnerExecutor
    from worldtree.secrets.broker_process import Broker
    from worldtree.store.tasks import TaskRecord


@dataclass(frozen=True)
class Work:
    """What is to be carried out."""

    plan: Plan
    task: str
    #: The task's own directory.
    directory: Path
    #: The frozen bundle in it.
    bundle: Path
    #: Where relative paths of secrets start besides; the document's directory.
    base: Path | None = None


def work_of(record: TaskRecord, plan: Plan) -> Work:
    """Return the work of a task that was begun before."""
    origin = read_origin(record.directory)
    base = None if origin is None else origin.base
    return Work(plan, record.id, record.directory, record.directory / "bundle", base)


def executor_of(settings: Settings, work: Work, broker: Broker | None) -> RunnerExecutor:
    """Return what runs ``work`` and knows its hosts; without ``broker`` it has no secrets."""
    from worldtree.runner.control.executor import RunnerExecutor

    # The cluster's own file of host keys; hosts with one of their own use that.
    directory = settings.home / "known_hosts"
    directory.mkdir(mode=0o700, parents=True, exist_ok=True)
    return RunnerExecutor(
        work.plan,
        directory=work.directory,
        known_hosts=directory / work.plan.cluster,
        environ={**os.environ, "WORLDTREE_HOME": str(settings.home)},
        broker=broker,
    )


def secrets_of(work: Work) -> AbstractContextManager[Broker | None]:
    """Return what has all secrets of the work; None where it has no secrets.

    Raises ``InputError`` for those that cannot be resolved.
    """
    makes = any(o.secret for n in work.plan.graph.nodes.values() for o in n.outputs.values())
    refers = secret_uses(work.plan) or private_keys(work.plan) or inventory_refers(work.bundle)
    if not makes and not refers:
        return nullcontext()
    from worldtree.app.tasks.secrets import open_secrets

    return open_secrets(
        work.plan,
        environ=os.environ,
        directories=[path for path in (work.base, work.bundle) if path is not None],
        ask=terminal_asker(),
        locate=_places(work),
    )


def _places(work: Work) -> Locate | None:
    """Return what says where in the task's document a secret is asked for."""
    origin = read_origin(work.directory)
    if origin is None or origin.file is None:
        return None
    return located_in(origin.file, work.plan.cluster)
