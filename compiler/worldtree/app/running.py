"""From a bundle to a result: a frozen copy, a connection check, the engine."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from worldtree.ansible.emit import Bundle, emit, read_plan, verify_bundle
from worldtree.app.secrets import demand_secrets
from worldtree.app.settings import Settings
from worldtree.engine.cancellation import Cancellation
from worldtree.engine.options import RunOptions
from worldtree.errors import Diagnostic, RefusedError, WorldTreeError
from worldtree.plan.plan import Plan
from worldtree.results.events import Event
from worldtree.results.status import TaskStatus
from worldtree.results.tree import TaskResult

if TYPE_CHECKING:
    from worldtree.ansible.connection import HostConnection
    from worldtree.app.authoring import Authoring
    from worldtree.app.requests import Selection
    from worldtree.store.store import Store

#: Runs side by side that every machine bears, since most of them wait for hosts.
_FEWEST_RUNS = 4
_RUNS_PER_CORE = 2
#: Files named in a refusal before they are counted.
_NAMED = 10


@dataclass(frozen=True)
class Prepared:
    """A plan that can be run: checked, and nothing touched yet."""

    plan: Plan
    #: In memory after compiling, or the directory of a reviewed bundle.
    bundle: Bundle | Path
    diagnostics: tuple[Diagnostic, ...] = ()


class HostsLostError(WorldTreeError):
    """The connection check found hosts that cannot be worked on, and nothing was changed."""

    def __init__(self, lost: int, hosts: int) -> None:
        super().__init__(
            f"{lost} of {hosts} hosts cannot be worked on; nothing was changed",
            hint="mend what is said about them above, then run the command again",
        )


class Running:
    """Runs plans, one task at a time, and keeps what happened."""

    def __init__(
        self, settings: Settings, store: Callable[[], Store], authoring: Authoring
    ) -> None:
        self._settings = settings
        self._store = store
        self._authoring = authoring

    def prepare(
        self, file: Path, cluster: str | None, pipeline: str, selection: Selection
    ) -> Prepared:
        """Compile one cluster of ``file``; raises ``InputError``."""
        compiled = self._authoring.compile(self._authoring.plan(file, cluster, pipeline, selection))
        return Prepared(compiled.plan, compiled.bundle, compiled.diagnostics)

    def prepare_bundle(self, directory: Path, document: Path | None) -> Prepared:
        """Take a reviewed bundle as it is.

        Raises ``RefusedError`` naming the files that were edited, or the inputs that have changed
        since in ``document`` (when given), and ``InputError`` when that is not valid any more.
        """
        _refuse_edited(directory)
        plan = read_plan(directory)
        if document is not None:
            self._refuse_stale(plan, document)
        return Prepared(plan, directory)

    def run(
        self,
        prepared: Prepared,
        *,
        command: str = "apply",
        on_event: Callable[[Event], None],
        on_connections: Callable[[tuple[HostConnection, ...]], None],
        cancellation: Cancellation,
    ) -> TaskResult:
        """Carry ``prepared`` out to its end and return what became of it.

        ``on_connections`` is told how every host answered, before anything is changed; ``on_event``
        sees every event once it is recorded. Hosts that did not answer are isolated where the
        plan's policy is to ignore failures; otherwise, and when there is no other host, this
        raises ``HostsLostError``. Raises ``RefusedError`` when the bundle was edited meanwhile, and
        ``SecretsMissingError`` when a secret of the work cannot be read.
        """
        from worldtree.ansible.connection import check_connections
        from worldtree.ansible.runner.executor import RunnerExecutor

        plan = prepared.plan
        demand_secrets(plan, os.environ)
        store = self._store()
        task = store.create_task(plan, command)
        with RunnerExecutor(
            plan,
            directory=task.directory,
            known_hosts=self._known_hosts(plan),
            environ={**os.environ, "WORLDTREE_HOME": str(self._settings.home)},
        ) as executor:
            bundle = _frozen(prepared.bundle, task.directory / "bundle")
            # Loading Ansible takes a moment: beside the check of connections it costs nothing.
            executor.prepare(bundle)
            timeout = self._settings.connect_timeout or None
            with ThreadPoolExecutor(1) as beside:
                checked = beside.submit(check_connections, plan, executor.ssh, timeout=timeout)
                # Beside waiting for hosts; the engine's import of the graph library takes a while.
                from worldtree.engine.run import run_plan

                connections = checked.result()
            on_connections(connections)
            lost = [found for found in connections if found.state == "failed"]
            if lost and (plan.policy.on_failure != "ignore" or len(lost) == len(connections)):
                problem = HostsLostError(len(lost), len(connections))
                store.end_task(task.id, TaskStatus.FAILED, problem.message)
                raise problem
            return run_plan(
                plan,
                task_id=task.id,
                bundle=bundle,
                directory=task.directory / "attempts",
                executor=executor,
                recorder=store.recorder(task.id),
                options=RunOptions(
                    concurrency=runs_at_once(plan), forks=self._settings.forks or None
                ),
                cancellation=cancellation,
                on_event=on_event,
            )

    def _known_hosts(self, plan: Plan) -> Path:
        """Return the cluster's own file of host keys; hosts with one of their own use that."""
        directory = self._settings.home / "known_hosts"
        directory.mkdir(mode=0o700, parents=True, exist_ok=True)
        return directory / plan.cluster

    def _refuse_stale(self, plan: Plan, document: Path) -> None:
        fresh = self._authoring.fresh_digests(document, plan)
        if fresh is None:
            return
        changed = [
            str(document) if name == "document" else name
            for name, old in plan.digests.items()
            if fresh.get(name, "") != old
        ]
        if changed:
            msg = f"the bundle is stale: {_listed(changed)} changed since it was compiled"
            raise RefusedError(msg, hint="compile and review it again: wt compile --dir DIR")


def runs_at_once(plan: Plan) -> int:
    """Return how many runs of Ansible go side by side: what the plan allows and this machine bears.

    Two a core, as each waits for its hosts half the time at best; the number is a judgement, not
    a measurement.
    """
    bearable = max(_FEWEST_RUNS, _RUNS_PER_CORE * (os.cpu_count() or 1))
    return min(plan.policy.concurrency or bearable, bearable)


def _frozen(bundle: Bundle | Path, target: Path) -> Path:
    """Put the bundle where nobody else writes, and make sure that it is whole there."""
    if isinstance(bundle, Path):
        shutil.copytree(bundle, target, symlinks=True)
        _refuse_edited(target)
    else:
        emit(bundle, target)
    return target


def _refuse_edited(directory: Path) -> None:
    problems = verify_bundle(directory)
    if problems:
        msg = f"{directory} is not as it was compiled: {_listed([str(p) for p in problems])}"
        raise RefusedError(msg, hint="compile it again, or put the files back")


def _listed(names: list[str]) -> str:
    more = f" and {len(names) - _NAMED} more" if len(names) > _NAMED else ""
    return ", ".join(names[:_NAMED]) + more
