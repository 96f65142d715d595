"""Tasks of the queue: their documents are compiled in a process of their own."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from unit.api.service import document
from worldtree.app.content.content_request import ContentSource
from worldtree.app.documents.service_policy import ServicePolicy
from worldtree.app.ports import Ports
from worldtree.app.service import Application
from worldtree.app.tasks.apply import ApplyService, PreparedRun
from worldtree.app.tasks.drift import DriftService
from worldtree.app.tasks.isolated_runs import IsolatedDocument
from worldtree.app.tasks.queued_work import RunWork
from worldtree.app.tasks.task_requests import TaskRequest
from worldtree.app.tasks.task_runner import TaskObserver
from worldtree.compile.gathering import GATHER_NODE, gather_selection
from worldtree.core.actor import Actor
from worldtree.core.errors import InputError, RefusedError
from worldtree.core.settings import Settings
from worldtree.results.task_command import TaskCommand

OBSERVER = TaskObserver(on_event=lambda _: None, on_connections=lambda _: None)


@pytest.fixture
def application(tmp_path: Path) -> Iterator[Application]:
    """The application of a service whose documents work on their hosts alone."""
    ports = Ports(
        environ=os.environ,
        working_directory=tmp_path,
        terminate=lambda _pid: None,
        actor=Actor("token", "ann"),
        policy=ServicePolicy(),
    )
    found = Application(Settings(tmp_path / "state"), ports)
    yield found
    found.close()


@pytest.fixture
def runs(monkeypatch: pytest.MonkeyPatch) -> list[tuple[PreparedRun, Any]]:
    """What would run, with the document of drift detection; compiling here is an error."""
    found: list[tuple[PreparedRun, Any]] = []

    def note(_: Any, prepared: PreparedRun, *given: Any, **__: Any) -> None:
        assert isinstance(prepared.bundle, Path)
        assert (prepared.bundle / "site.yml").is_file()
        found.append((prepared, given[0]))

    def refuse(*_: Any, **__: Any) -> None:
        raise AssertionError("it is compiled in this process")

    monkeypatch.setattr(ApplyService, "prepare", refuse)
    monkeypatch.setattr(ApplyService, "run", note)
    monkeypatch.setattr(DriftService, "detect_queued", note)
    return found


def run(application: Application, text: str, **request: Any) -> None:
    """Ask for a task of a document, and do its work."""
    digest = application.store.put_document("shop", text, None).digest
    asked = TaskRequest(stored_document=digest, **request)
    task = application.submission.submit("shop", asked).id
    work = RunWork(request=asked).model_dump(mode="json")
    application.queued_tasks.run(task, work, OBSERVER)


@pytest.mark.parametrize("command", [TaskCommand.APPLY, TaskCommand.DRIFT])
def test_a_document_without_content_is_compiled_in_its_own_process(
    application: Application, runs: list[tuple[PreparedRun, Any]], command: TaskCommand
) -> None:
    run(application, document(), command=command)
    [(prepared, given)] = runs
    assert (prepared.plan.cluster, prepared.document) == ("shop", document())
    assert not Path(prepared.bundle).exists()  # type: ignore[arg-type]  # See `note`.
    assert isinstance(given, IsolatedDocument) == (command is TaskCommand.DRIFT)


def test_facts_are_gathered_whatever_their_age(
    application: Application, runs: list[tuple[PreparedRun, Any]]
) -> None:
    """Of the hosts that are chosen, and nothing else is done; no step of the document needs any."""
    run(application, document(), command=TaskCommand.FACTS, selection=gather_selection(("h1",)))
    [(prepared, _)] = runs
    [node] = prepared.plan.graph.nodes.values()
    assert node.id.endswith(GATHER_NODE)
    assert node.hosts == ("h1",)
    assert prepared.document == document()


def test_what_the_policy_does_not_allow_refuses_the_task(
    application: Application, runs: list[tuple[PreparedRun, Any]]
) -> None:
    """The problem is kept with it, and names the document and no file of this machine."""
    text = document().replace("command:", "local:")
    assert "local:" in text
    with pytest.raises(InputError) as caught:
        run(application, text)
    assert all(one.slug.startswith("policy-local") for one in caught.value.diagnostics)
    [task] = application.store.list_tasks()
    assert task.problem is not None
    assert str(application.settings.home) not in str(task.problem)
    assert runs == []


@pytest.mark.parametrize("content", [None, ContentSource(archive="a" * 64)])
def test_a_request_without_a_document_is_refused(
    application: Application, content: ContentSource | None
) -> None:
    """Programs that made it are of another version."""
    digest = application.store.put_document("shop", document(), None).digest
    task = application.submission.submit("shop", TaskRequest(stored_document=digest)).id
    work = RunWork(request=TaskRequest(content=content)).model_dump(mode="json")
    with pytest.raises(RefusedError) as caught:
        application.queued_tasks.run(task, work, OBSERVER)
    assert caught.value.code == "document-unknown"
