"""The context of one task: plan, directories, executor and secrets."""

from __future__ import annotations

from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from worldtree.app.documents.secret_locations import LocateSecret, secret_locator
from worldtree.app.documents.secret_uses import (
    inventory_uses_secrets,
    private_key_references,
    secret_uses,
    tasks_hide_values,
    vaults_are_open,
)
from worldtree.app.ports import Ports
from worldtree.app.tasks.kept_files import KeptFiles
from worldtree.app.tasks.task_source import read_task_source
from worldtree.app.tasks.vault_preflight import refuse_locked_files, team_directories
from worldtree.core.settings import Settings
from worldtree.plan.plan import Plan

if TYPE_CHECKING:
    from worldtree.runner.control.executor import RunnerExecutor
    from worldtree.secrets.broker_process import BrokerProcess
    from worldtree.store.task_record import TaskRecord


@dataclass(frozen=True)
class TaskContext:
    """What one task runs, and where its files are."""

    plan: Plan
    task: str
    #: The task's own directory.
    directory: Path
    #: The frozen bundle in it.
    bundle: Path
    #: The document's directory: a base of relative paths of secrets.
    base: Path | None = None


def task_context(record: TaskRecord, plan: Plan) -> TaskContext:
    """Return the context of an existing task."""
    source = read_task_source(record.directory)
    base = None if source is None else source.base
    return TaskContext(plan, record.id, record.directory, record.directory / "bundle", base)


def task_executor(
    settings: Settings, ports: Ports, context: TaskContext, broker: BrokerProcess | None
) -> RunnerExecutor:
    """Return the executor of a task; without ``broker`` it has no secrets."""
    from worldtree.runner.control.executor import RunnerExecutor
    from worldtree.runner.process.private_apis import CHECKED_FILE

    # The cluster's known_hosts file; hosts with a file of their own use that.
    directory = settings.home / "known_hosts"
    directory.mkdir(mode=0o700, parents=True, exist_ok=True)
    return RunnerExecutor(
        context.plan,
        directory=context.directory,
        known_hosts=directory / context.plan.cluster,
        environ={**ports.environ, "WORLDTREE_HOME": str(settings.home)},
        broker=broker,
        inventory_ignores=KeptFiles(settings.home, context.plan.cluster).inventory_names(
            context.bundle
        ),
        checked_file=settings.home / CHECKED_FILE,
        warm=bool(settings.warm),
    )


def task_secrets(
    ports: Ports, context: TaskContext, *, runs: bool = True
) -> AbstractContextManager[BrokerProcess | None]:
    """Return a broker with all secrets of the task; None if it has none, and hides none.

    ``runs`` says whether Ansible will load the variable files of the bundle.

    Raises ``InputError`` for secrets that cannot be resolved, and for variable files that stay
    encrypted.
    """
    if runs:
        source = read_task_source(context.directory)
        places = team_directories(context.base, {} if source is None else source.inventories)
        refuse_locked_files(context.plan, context.bundle, ports.environ, places)
    makes = any(o.secret for n in context.plan.graph.nodes.values() for o in n.outputs.values())
    refers = (
        secret_uses(context.plan)
        or private_key_references(context.plan)
        or inventory_uses_secrets(context.bundle)
        or tasks_hide_values(context.bundle)
        or vaults_are_open(context.bundle, ports.environ)
    )
    if not makes and not refers:
        return nullcontext()
    from worldtree.app.tasks.secret_preflight import open_secrets

    return open_secrets(
        context.plan,
        environ=ports.environ,
        directories=[path for path in (context.base, context.bundle) if path is not None],
        ask=ports.ask_secret,
        locate=_secret_locator(ports, context),
    )


def _secret_locator(ports: Ports, context: TaskContext) -> LocateSecret | None:
    """Return a function that finds references in the task's document; None without one."""
    source = read_task_source(context.directory)
    if source is None or source.file is None:
        return None
    return secret_locator(source.file, context.plan.cluster, ports.working_directory)
