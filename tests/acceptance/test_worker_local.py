"""Tasks of the queue, run by a worker with processes of their own on this machine."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import pytest

from acceptance.test_apply_local import module, sh, task
from acceptance.workspace import Workspace, processes
from worldtree.app.documents.document_policy import DocumentPolicy
from worldtree.app.documents.service_policy import ServicePolicy
from worldtree.app.ports import Ports
from worldtree.app.service import Application
from worldtree.app.tasks.cancel_request import request_cancel
from worldtree.app.tasks.task_requests import ResumeRequest, RollbackRequest, TaskRequest
from worldtree.core.actor import Actor
from worldtree.core.settings import Settings
from worldtree.results.status import TaskStatus
from worldtree.store.store import Store, TaskRecord
from worldtree.worker.worker import Worker

#: Allows documents whose hosts are this machine.
LOCAL = ServicePolicy(DocumentPolicy(local_work=True))
#: Seconds for anything to happen on a busy machine.
_TIMEOUT = 120.0


class Service:
    """The application of a service with a worker, in a workspace."""

    def __init__(
        self, workspace: Workspace, policy: ServicePolicy, tags: tuple[str, ...] = ()
    ) -> None:
        environ = workspace.environment
        settings = Settings.load(environ, workspace.path)
        ports = Ports(
            environ=environ,
            working_directory=workspace.path,
            terminate=lambda pid: os.kill(pid, signal.SIGTERM),
            actor=Actor("system", "service"),
            policy=policy,
        )
        self.application = Application(settings, ports)
        self.caller = self.application.of(Actor("token", "ci"), "default")
        self.worker = Worker(
            self.application,
            limit=2,
            policy=policy,
            environ=environ,
            directory=workspace.path,
            tags=tags,
        )

    def apply(self, workspace: Workspace, spec: Mapping[str, Any]) -> TaskRecord:
        """Put a document and ask for its cluster."""
        text = workspace.write(spec).read_text(encoding="utf-8")
        before = self.caller.store.wanted_document("cluster")
        document = self.caller.store.put_document(
            "cluster", text, None if before is None else before.digest
        )
        request = TaskRequest(stored_document=document.digest)
        return self.caller.submission.submit("cluster", request)

    def ended(self, name: str, *, queue: bool = True) -> TaskRecord:
        """Wait for the end of a task, and until nobody works on it."""
        found = ended(self.caller.store, name)
        if queue:
            wait_for(lambda: not self.caller.store.queued_tasks())
        return found

    def process(self, name: str) -> int:
        """Return the id of the process that holds the cluster for a task."""
        lease = self.caller.store.lease("cluster")
        assert lease is not None
        assert lease.task == name
        return lease.holder.pid


def ended(store: Store, name: str) -> TaskRecord:
    """Wait for the end of a task."""
    wait_for(lambda: store.task(name).ended is not None)
    return store.task(name)


def wait_for(is_true: Callable[[], bool]) -> None:
    """Wait until something is true."""
    end = time.monotonic() + _TIMEOUT
    while not is_true():
        assert time.monotonic() < end, "it did not happen in time"
        time.sleep(0.05)


@contextmanager
def service(workspace: Workspace, policy: ServicePolicy = LOCAL) -> Iterator[Service]:
    """A service that works until the end of the block."""
    made = Service(workspace, policy)
    made.worker.start()
    try:
        yield made
    finally:
        made.worker.stop()
        made.application.close()


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    """A workspace with a database."""
    made = Workspace(tmp_path)
    made.write({})
    return made


def one_host(*steps: dict[str, Any]) -> dict[str, Any]:
    """A document of one host with these steps."""
    return {
        "hosts": [{"name": "a", "connection": "local"}],
        "facts": {"gather": "never"},
        "modules": [module("m", task("t", *steps))],
    }


@pytest.mark.long
@pytest.mark.once
def test_asked_work_is_done_undone_and_refused(workspace: Workspace, tmp_path: Path) -> None:
    """With who asked for it; what is wrong in a document is kept with the task."""
    out = tmp_path / "out"
    with service(workspace) as made:
        asked = made.apply(workspace, one_host({"copy": {"dest": str(out), "content": "one"}}))
        assert asked.status is TaskStatus.QUEUED
        done = made.ended(asked.id)
        assert (done.status, done.actor) == (TaskStatus.SUCCEEDED, Actor("token", "ci"))
        assert out.read_text(encoding="utf-8") == "one"
        undo = made.caller.submission.roll_back(RollbackRequest(task=asked.id))
        undone = made.ended(undo.id)
        assert (undone.status, undone.parent) == (TaskStatus.SUCCEEDED, asked.id)
        assert not out.exists()
        wrong = made.apply(workspace, one_host({"copy": {"dst": str(out), "content": "one"}}))
        refused = made.ended(wrong.id)
        assert refused.status is TaskStatus.REFUSED
        assert refused.problem is not None
        (found,) = refused.problem["diagnostics"]
        assert (found["slug"], found["place"].count(":")) == ("unknown-step-parameter", 2), found


@pytest.mark.long
@pytest.mark.once
def test_clusters_of_one_name_in_two_projects_share_nothing(workspace: Workspace) -> None:
    """Neither their tasks nor what their roles keep on this machine."""
    keep = {"local": {"argv": ["touch", "{{ playbook_dir }}/kept"]}, "name": "keep"}
    text = workspace.write(one_host(keep)).read_text(encoding="utf-8")
    with service(workspace) as made:
        team = made.application.store.create_project("team").id
        homes = set()
        for project in ("default", team):
            caller = made.application.of(Actor("token", "ci"), project)
            document = caller.store.put_document("cluster", text, None)
            request = TaskRequest(stored_document=document.digest)
            asked = caller.submission.submit("cluster", request)
            assert ended(caller.store, asked.id).status is TaskStatus.SUCCEEDED
            (kept,) = caller.kept_files("cluster").files()
            homes.add(caller.kept_files("cluster").directory / kept.path)
            assert [one.id for one in caller.store.list_tasks()] == [asked.id]
    assert len(homes) == 2


@pytest.mark.once
def test_a_killed_process_of_a_task_is_replaced(workspace: Workspace, tmp_path: Path) -> None:
    """Its work goes on and runs once."""
    counter, gate = tmp_path / "counter", tmp_path / "gate"
    line = f"echo one >> {counter}; while ! test -e {gate}; do sleep 0.1; done"
    with service(workspace) as made:
        asked = made.apply(workspace, one_host(sh(line), sh(f"echo two >> {counter}")))
        wait_for(counter.exists)
        os.kill(made.process(asked.id), signal.SIGKILL)
        wait_for(lambda: any(row.tries == 2 for row in made.caller.store.queued_tasks()))
        gate.touch()
        assert made.ended(asked.id).status is TaskStatus.SUCCEEDED
    assert counter.read_text(encoding="utf-8").split() == ["one", "two"]


@pytest.mark.long
@pytest.mark.once
def test_a_task_is_cancelled_after_its_process_was_killed(
    workspace: Workspace, tmp_path: Path
) -> None:
    """What it runs on its hosts is ended by a worker."""
    began = tmp_path / "began"
    with service(workspace) as made:
        asked = made.apply(workspace, one_host(sh(f"touch {began}; sleep 971.3")))
        wait_for(began.exists)
        process = made.process(asked.id)
    os.kill(process, signal.SIGKILL)
    os.waitpid(process, 0)
    with closing(Service(workspace, LOCAL).application) as other:
        store = other.store
        request_cancel(store, store.task(asked.id), Actor("token", "ann"))
    assert processes("sleep 971.3")
    with service(workspace) as made:
        wait_for(lambda: made.caller.store.task(asked.id).status is TaskStatus.CANCELLED)
        wait_for(lambda: not made.caller.store.queued_tasks())
    assert processes("sleep 971.3") == []


@pytest.mark.once
def test_a_task_outlives_its_worker(workspace: Workspace, tmp_path: Path) -> None:
    """The next worker takes nothing of it; who asks cancels the next one from elsewhere."""
    began, gate = tmp_path / "began", tmp_path / "gate"
    line = f"touch {began}; while ! test -e {gate}; do sleep 0.1; done"
    with service(workspace) as made:
        asked = made.apply(workspace, one_host(sh(line)))
        wait_for(began.exists)
        process = made.process(asked.id)
    with service(workspace) as made:
        assert made.process(asked.id) == process
        gate.touch()
        assert made.ended(asked.id).status is TaskStatus.SUCCEEDED
        began.unlink()
        gate.unlink()
        second = made.apply(workspace, one_host(sh(line)))
        queued = made.apply(workspace, one_host(sh(line)))
        wait_for(began.exists)
        assert made.caller.store.cancel_task(queued.id, "cancelled before it began")
        made.caller.store.request_cancel(second.id)
        assert made.ended(second.id, queue=False).status is TaskStatus.CANCELLED
        assert made.ended(queued.id).status is TaskStatus.CANCELLED
        gate.touch()
        made.caller.submission.resume(ResumeRequest(task=second.id, if_in_doubt="rerun"))
        wait_for(lambda: made.caller.store.task(second.id).status is TaskStatus.SUCCEEDED)


@pytest.mark.once
def test_a_document_does_what_the_policy_allows(workspace: Workspace, tmp_path: Path) -> None:
    """Nothing is done with one that does more; the problem is kept with its place."""
    out = tmp_path / "out"
    with service(workspace, ServicePolicy()) as made:
        asked = made.apply(workspace, one_host({"copy": {"dest": str(out), "content": "one"}}))
        refused = made.ended(asked.id)
    assert refused.status is TaskStatus.REFUSED
    assert refused.problem is not None
    (found,) = refused.problem["diagnostics"]
    assert found["slug"] == "policy-local-work"
    assert found["place"] == "cluster.yaml:9:17"
    assert not out.exists()
