"""Runs an approved plan: exactly its stored bundle, or nothing."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from worldtree.ansible.bundle import read_plan
from worldtree.app.approvals.plan_bundles import stored_bundle
from worldtree.app.approvals.plan_requests import window_over
from worldtree.app.approvals.plan_state import changes_since, plan_digests, plan_inputs, void_plan
from worldtree.app.approvals.plans import known_proposal
from worldtree.app.documents.service_policy import ServicePolicy
from worldtree.app.ports import Ports
from worldtree.app.tasks.apply import PreparedRun
from worldtree.app.tasks.run_modes import run_mode
from worldtree.app.tasks.stored_documents import document_file
from worldtree.app.tasks.task_requests import TaskRequest
from worldtree.app.tasks.task_source import TaskSource
from worldtree.core.actor import Actor
from worldtree.core.errors import RefusedError
from worldtree.core.settings import Settings

if TYPE_CHECKING:
    from worldtree.store.proposals import ProposalRecord
    from worldtree.store.store import Store


class ApprovedRuns:
    """Prepares the runs of approved plans, in the project of its store."""

    def __init__(self, settings: Settings, ports: Ports, store: Callable[[], Store]) -> None:
        self._settings, self._store = settings, store
        self._policy = ports.policy or ServicePolicy()

    @contextmanager
    def prepared(self, proposal: str, request: TaskRequest) -> Iterator[PreparedRun]:
        """Yield the run of a plan; its bundle is on disk while the block runs.

        Raises ``RefusedError`` for a plan that is void or damaged, also by the policy of this
        process, and after its window. The same is checked once more when the task holds its
        cluster.
        """
        store, home = self._store(), self._settings.home
        record = known_proposal(store, proposal)
        self._refuse(store, record)
        with stored_bundle(store, proposal, record.files, home / "plans") as bundle:
            inputs = plan_inputs(store, request.pipeline.name, record.cluster)
            document = store.document(record.digests["document"])
            digests = plan_digests(
                store,
                plan := read_plan(bundle),
                document,
                inputs,
                bundle=record.files or "",
                only_changed=request.only_changed,
            )
            bound = ("document", "plan", "bundle", "inventory")
            if other := [name for name in bound if digests[name] != record.digests.get(name)]:
                raise _voided(store, record, [f"{name}: it is another one" for name in other])
            run_mode(request.mode).check(plan)
            source = TaskSource(
                document_file(store, home, document.digest),
                plan.pipeline,
                request.selection,
                inputs.previous_task,
                inputs.facts,
                whole=not request.selection,
            )
            yield PreparedRun(
                plan,
                bundle,
                document=document.body,
                source=source,
                request=request,
                guard=lambda held: self._refuse(held, record),
            )

    def _refuse(self, store: Store, record: ProposalRecord) -> None:
        if record.status == "void":  # A process that died has noticed it.
            raise void_plan(record, record.changes)
        if record.window is not None and time.time() > record.window["until"]:
            raise window_over()
        policy = self._policy.of_project(store.project_settings())
        if changes := changes_since(store, record, policy):
            raise _voided(store, record, changes)


def _voided(store: Store, record: ProposalRecord, changes: list[str]) -> RefusedError:
    """Keep that a plan is void, and return the error that says so."""
    store.void_proposal(record, changes, Actor("system", "worker"))
    return void_plan(record, changes)
