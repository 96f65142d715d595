"""Roles of an archive and of a repository, run by a worker on this machine."""

from __future__ import annotations

from pathlib import Path

import pytest

from acceptance.test_worker_local import Service, wait_for
from acceptance.workspace import Workspace
from unit.api.archive_uploads import packed
from unit.api.git_server import serve_git
from worldtree.app.content.content_request import AskedContent, AskedRepository
from worldtree.app.documents.document_policy import DocumentPolicy
from worldtree.app.documents.service_policy import RepositoryAccess, ServicePolicy
from worldtree.app.tasks.task_requests import TaskRequest
from worldtree.core.actor import Actor
from worldtree.results.status import TaskStatus


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    """A workspace with a database."""
    made = Workspace(tmp_path / "work")
    made.path.mkdir()
    made.write({})
    return made


@pytest.mark.long  # Two tasks with real plays; the parts have quick tests of their own.
@pytest.mark.once
def test_tasks_run_the_roles_that_they_name(workspace: Workspace, tmp_path: Path) -> None:
    """Each with the files of its request; the commit is kept with the task."""
    out = tmp_path / "out.txt"
    role = f"- ansible.builtin.copy: {{dest: {out}, src: text}}\n"
    files = {"roles/greet/tasks/main.yml": role, "roles/greet/files/text": "archive\n"}
    spec = {
        "hosts": [{"name": "a", "connection": "local"}],
        "facts": {"gather": "never"},
        "rolesPath": ["roles"],
        "modules": [{"name": "m", "tasks": [{"name": "t", "steps": [{"role": "greet"}]}]}],
    }
    root = tmp_path / "git"
    root.mkdir()
    with serve_git(root) as server:
        commit = server.commit("roles", {**files, "roles/greet/files/text": "repository\n"})
        allowed = DocumentPolicy(
            local_work=True,
            archives=True,
            repositories=frozenset({server.url}),
            worker_tags=frozenset({"site"}),
        )
        access = RepositoryAccess(server.url, networks=("127.0.0.0/8",))
        made = Service(workspace, ServicePolicy(allowed, repositories=(access,)), tags=("site",))
        made.worker.start()
        try:
            store = made.caller.store
            text = workspace.write(spec).read_text(encoding="utf-8")
            document = store.put_document("cluster", text, None).digest
            digest, _ = store.add_archive("roles", packed(files, "w"), Actor("token", "ci"))
            repository = AskedRepository(url=f"{server.url}roles")
            contents = (AskedContent(archive=digest), AskedContent(repository=repository))
            for content, written in zip(contents, ("archive\n", "repository\n"), strict=True):
                request = TaskRequest(stored_document=document, content=content.source())
                task = made.caller.submission.submit("cluster", request).id
                wait_for(lambda task=task: store.task(task).ended is not None)  # type: ignore[misc]  # A default.
                assert store.task(task).status is TaskStatus.SUCCEEDED, store.task(task).problem
                assert out.read_text(encoding="utf-8") == written
            kept = store.task(task).request
            assert kept is not None
            assert kept["content"]["commit"] == commit
        finally:
            made.worker.stop()
            made.application.close()
