"""Imports runs of a bundle that ansible-runner recorded elsewhere: each becomes a task."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from worldtree.ansible.bundle import read_plan
from worldtree.app.ports import Ports
from worldtree.app.tasks.cluster_lock import hold_cluster
from worldtree.app.tasks.cluster_work import other_successes
from worldtree.app.tasks.frozen_bundle import refuse_edited
from worldtree.app.tasks.new_task import NewTask, NewTasks
from worldtree.app.tasks.recording_fit import hosts_seen, refuse_other_run
from worldtree.app.tasks.task_context import TaskContext, task_secrets
from worldtree.app.tasks.task_requests import ImportRequest
from worldtree.core.errors import Diagnostic, InputError
from worldtree.core.settings import Settings
from worldtree.engine.cancellation import Cancellation
from worldtree.plan.plan import Plan
from worldtree.results.run import RunOutcome
from worldtree.results.task_command import TaskCommand
from worldtree.results.tree import TaskResult

if TYPE_CHECKING:
    from worldtree.engine.recorded_task import EndedRun
    from worldtree.runner.control.recorded_run import RecordedRun
    from worldtree.store.store import Store

#: The directory of the playbooks in ansible-runner's private data directory.
_PROJECT = "project"
_MANIFEST = "plan.json"
#: The variable that names another inventory than that of the bundle's ansible.cfg.
_INVENTORY_VARIABLE = "ANSIBLE_INVENTORY"

Redact = Callable[[bytes], bytes]


@dataclass(frozen=True, slots=True)
class ImportedRun:
    """A recorded run, and the task that it is."""

    directory: Path
    result: TaskResult
    #: An earlier import made the task; nothing was changed.
    was_known: bool
    #: Hosts with events that the bundle does not have; their results are left out.
    other_hosts: tuple[str, ...] = ()


class ImportService:
    """Imports runs."""

    def __init__(self, settings: Settings, ports: Ports, store: Callable[[], Store]) -> None:
        self._ports, self._store = ports, store
        self._new_tasks = NewTasks(settings, ports, store)

    def run(
        self, directory: Path, bundle: Path | None, notify: Callable[[str], None]
    ) -> Sequence[ImportedRun]:
        """Import each run at ``directory``, the one that started first first.

        ``bundle`` is None for the one in the private data directory. A run that was imported before
        is not imported again. Raises ``InputError`` for a recording that cannot be read or does not
        fit, before any of them is imported, ``RefusedError`` for an edited bundle, and
        ``LeaseHeldError``.
        """
        from worldtree.runner.control.recorded_run import find_runs, read_run

        runs = [read_run(path) for path in find_runs(directory)]
        bundle = bundle or _bundle_of(runs[0].directory)
        refuse_edited(bundle)
        plan = read_plan(bundle)
        for run in runs:
            refuse_other_run(run, bundle, plan)
        runs.sort(key=lambda run: str(run.events[0].get("created")))
        return [self._import(run, bundle, plan, notify) for run in runs]

    def _import(
        self, run: RecordedRun, bundle: Path, plan: Plan, notify: Callable[[str], None]
    ) -> ImportedRun:
        store = self._store()
        known = store.task_of_attempt(run.attempt)
        if known is not None:
            return ImportedRun(run.directory, store.result(known), was_known=True)
        request = ImportRequest(directory=run.directory, bundle=bundle)
        with self._new_tasks.new(plan, TaskCommand.IMPORT, request) as task:
            context = TaskContext(plan, task.id, task.directory, bundle)
            with task_secrets(self._ports, context, runs=False) as broker:
                ended = _ended_run(
                    run, bundle, plan, {} if broker is None else broker.environment()
                )
            task.ask()
            self._record(store, task, context, ended, notify)
        names = {host.name for host in plan.hosts}
        others = tuple(host for host in hosts_seen(run) if host not in names)
        return ImportedRun(
            run.directory, store.result(task.id), was_known=False, other_hosts=others
        )

    def _record(
        self,
        store: Store,
        new: NewTask,
        context: TaskContext,
        run: EndedRun,
        notify: Callable[[str], None],
    ) -> None:
        from worldtree.engine.recorded_task import recorded_events

        plan, task = context.plan, context.task
        with hold_cluster(
            store, plan.cluster, task, cancellation=Cancellation(), notify=notify
        ) as lease:
            attempt = context.directory / "attempts" / run.attempt
            events = recorded_events(plan, task, run, other_successes(store, plan), attempt)
            new.begin()
            # In one transaction: a task is never imported in part.
            store.recorder(task, lease, tell=notify).record(events)


def _bundle_of(run: Path) -> Path:
    """Return the bundle in a run's private data directory. Raises ``InputError``."""
    for parent in (run.parent.parent, run.parent):
        if (parent / _PROJECT / _MANIFEST).is_file():
            return parent / _PROJECT
    raise InputError(
        [
            Diagnostic(
                "recording-does-not-fit",
                f"the bundle that {run} is a run of is not known",
                detail=f"{run.parent.parent / _PROJECT} is not a bundle.",
                hint="name the directory that `wt compile` wrote: `--dir DIR`",
            )
        ]
    )


def _ended_run(
    run: RecordedRun, bundle: Path, plan: Plan, broker_environment: dict[str, str]
) -> EndedRun:
    """Return the run with its events, without the secrets that the broker knows."""
    from worldtree.ansible.bundle.play_habits import read_play_habits
    from worldtree.engine.recorded_task import EndedRun
    from worldtree.runner.control.job_events import cut_plays, journal_lines, recorded_outcome
    from worldtree.runner.control.recorded_ends import RunTargets
    from worldtree.runner.control.translate import translate
    from worldtree.secrets.live_redactor import LiveRedactor

    redact = LiveRedactor.of(broker_environment)
    is_limited = "--limit" in run.options
    cut = cut_plays(run) & plan.graph.nodes.keys()
    targets = RunTargets(
        {node.id: node.hosts for node in plan.graph.nodes.values()},
        is_own_inventory="--inventory" not in run.options
        and not run.environment.get(_INVENTORY_VARIABLE),
        is_limited=is_limited,
        cut=cut,
    )
    habits = read_play_habits(bundle, plan.graph.nodes)
    lines = enumerate(journal_lines(run, targets, habits), 1)
    events = [translate(_clean(line, redact), run.attempt, number) for number, line in lines]
    kept = [event for event in events if event is not None]
    end = _clean(recorded_outcome(run, bundle), redact)
    times = [event.time for event in kept]
    return EndedRun(
        run.attempt,
        kept,
        RunOutcome(**{**end, "interrupted_hosts": tuple(end["interrupted_hosts"])}),
        started=min(times),
        ended=max(times),
        limit=frozenset(hosts_seen(run)) if is_limited else None,
        cut={name: run.selection_text for name in plan.graph.nodes if name in cut},
    )


def _clean(data: dict[str, Any], redact: Redact) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(redact(json.dumps(data).encode()))
    return found
