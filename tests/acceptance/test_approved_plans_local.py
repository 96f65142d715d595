"""Approved plans, run by a worker on this machine: exactly what was stored, or nothing."""

from __future__ import annotations

import time
import zlib
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import update

from acceptance.test_worker_local import LOCAL, Service, one_host
from acceptance.workspace import Workspace
from worldtree.app.approvals.approval_rules import ApprovalRules
from worldtree.app.approvals.plan_requests import AskedApply, AskedDecision, AskedPlan
from worldtree.app.documents.document_request import DocumentRequest
from worldtree.app.documents.document_service import DocumentService
from worldtree.app.service import Application
from worldtree.app.tasks.change_detection import changed_inputs
from worldtree.core.actor import Actor
from worldtree.core.errors import RefusedError
from worldtree.results.status import TaskStatus
from worldtree.store.schema import contents
from worldtree.store.service_tables import proposals
from worldtree.store.store import Store


class Approvals:
    """A service, and two users of it."""

    def __init__(self, workspace: Workspace) -> None:
        self.workspace, self.service = workspace, Service(workspace, LOCAL)
        allowed = self.service.application.with_policy(LOCAL)
        self.ann, self.bob = (allowed.of(Actor("token", n), "default") for n in ("ann", "bob"))
        self.opened = allowed

    @property
    def store(self) -> Store:
        """The state."""
        return self.ann.store

    def put(self, spec: Mapping[str, Any]) -> None:
        """Make a document the wanted one."""
        text = self.workspace.write(spec).read_text(encoding="utf-8")
        before = self.store.wanted_document("cluster")
        self.store.put_document("cluster", text, None if before is None else before.digest)

    def applied(self, **asked: Any) -> tuple[str, str]:
        """Request a plan as ann, approve it as bob, apply it; return the ids of plan and task."""
        plan = self.ann.plans.request(AskedPlan(cluster="cluster", **asked)).id
        self.bob.plans.decide(plan, "approve", AskedDecision())
        return plan, self.ann.plans.apply(plan, AskedApply()).id


@pytest.fixture
def approvals(workspace: Workspace) -> Iterator[Approvals]:
    """A service in whose project one other user has to approve; its worker is not started."""
    found = Approvals(workspace)
    with closing(found.service.application), closing(found.opened):
        found.ann.plans.set_rules(ApprovalRules(required=1))
        try:
            yield found
        finally:
            found.service.worker.stop()


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    """A workspace with a database."""
    made = Workspace(tmp_path)
    made.write({})
    return made


def _spec(workspace: Workspace, text: str) -> Mapping[str, Any]:
    return one_host({"copy": {"dest": str(workspace.path / "out.txt"), "content": text}})


def test_what_runs_is_the_approved_plan(approvals: Approvals, workspace: Workspace) -> None:
    """Plan and bundle of the task are those that were stored, and it can be resumed as usual."""
    approvals.put(_spec(workspace, "approved"))
    with pytest.raises(RefusedError, match="needs a plan") as refused:
        approvals.service.apply(workspace, _spec(workspace, "approved"))
    assert refused.value.code == "approval-required"
    plan, name = approvals.applied()
    approvals.service.worker.start()
    found = approvals.service.ended(name)
    assert found.status is TaskStatus.SUCCEEDED, found.problem
    record = approvals.store.proposal(plan)
    assert record is not None
    assert record.files is not None
    assert found.plan == record.plan
    assert found.document == record.digests["document"]
    for entry in approvals.store.file_tree(record.files).entries:
        if entry.content is not None:
            here = (found.directory / entry.path).read_bytes()
            assert here == approvals.store.file_content(entry.content), entry.path
    assert not list((approvals.ann.settings.home / "plans").iterdir())
    # What was compiled apart has the inputs of what is compiled where tasks run.
    file = approvals.ann.settings.home / "documents" / found.document / "cluster.yaml"
    again = DocumentService().plan(DocumentRequest(file))
    assert changed_inputs(approvals.store.plan(found.plan), again.plan, file) == []


def _other_document(approvals: Approvals, _plan: str) -> None:
    approvals.put(_spec(approvals.workspace, "other"))


def _changed_byte(approvals: Approvals, plan: str) -> None:
    record = approvals.store.proposal(plan)
    assert record is not None
    assert record.files is not None
    for entry in approvals.store.file_tree(record.files).entries:
        if entry.content is not None and entry.path.startswith("bundle/plays"):
            body = approvals.store.file_content(entry.content)
            row = update(contents).where(contents.c.digest == entry.content)
            with approvals.store._writer.begin() as connection:
                other = body.replace(b"approved", b"injected")
                connection.execute(row.values(body=zlib.compress(other)))


def _window_over(approvals: Approvals, plan: str) -> None:
    now = time.time()
    row = update(proposals).where(proposals.c.id == plan)
    with approvals.store._writer.begin() as connection:
        text = f'{{"from": {now - 9}, "until": {now - 1}}}'
        connection.execute(row.values(window=text))


@pytest.mark.long
@pytest.mark.parametrize(
    ("change", "code"),
    [
        (_other_document, "plan-void"),
        (_changed_byte, "plan-damaged"),
        (_window_over, "window-over"),
    ],
)
def test_what_changes_after_applying_is_noticed_by_the_worker(
    approvals: Approvals,
    workspace: Workspace,
    change: Callable[[Approvals, str], None],
    code: str,
) -> None:
    """The task is refused, and nothing was run."""
    approvals.put(_spec(workspace, "approved"))
    plan, name = approvals.applied()
    change(approvals, plan)
    approvals.service.worker.start()
    found = approvals.service.ended(name)
    assert found.status is TaskStatus.REFUSED
    assert found.problem is not None
    assert found.problem["code"] == code
    record = approvals.store.proposal(plan)
    assert record is not None
    assert record.status == ("void" if code == "plan-void" else "applied")
    assert not list(Path(workspace.path).rglob("out.txt"))


@pytest.mark.long
def test_work_that_another_task_did_voids_a_plan_of_changed_work(
    approvals: Approvals, workspace: Workspace
) -> None:
    """What such a plan leaves out depends on what is done."""
    approvals.put(_spec(workspace, "approved"))
    application: Application = approvals.ann
    stale = application.plans.request(AskedPlan(cluster="cluster", only_changed=True)).id
    approvals.bob.plans.decide(stale, "approve", AskedDecision())
    _, name = approvals.applied()
    approvals.service.worker.start()
    assert approvals.service.ended(name).status is TaskStatus.SUCCEEDED
    with pytest.raises(RefusedError, match=name) as refused:
        application.plans.apply(stale, AskedApply())
    assert refused.value.code == "plan-void"
    _, again = approvals.applied(only_changed=True)
    assert approvals.service.ended(again).status is TaskStatus.SUCCEEDED
