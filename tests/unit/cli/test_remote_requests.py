"""What commands with `--server` send to a service, and what they need of it."""

from __future__ import annotations

import io
import json
import re
import tarfile
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from unit.api.service import Service, document, serve
from unit.cli.conftest import Wt
from unit.remote.scripted_server import Answer, Asked, scripted
from unit.store.tasks import queue_task
from worldtree.app.authorized.archives import AuthorizedArchives
from worldtree.app.content.content_request import AskedContent, AskedRepository, ContentSource
from worldtree.app.tasks.submission import new_run
from worldtree.app.tasks.task_places import Places
from worldtree.app.tasks.task_requests import TaskRequest
from worldtree.cli.remote.content import known_content
from worldtree.core.actor import Actor
from worldtree.core.errors import ExitCode, RefusedError
from worldtree.remote.client import ApiClient, Connection
from worldtree.remote.results import read_places, with_document_name
from worldtree.remote.server_url import read_server_url
from worldtree.remote.service import RemoteService, StoredDocument


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory, no_service_log: None) -> Iterator[Service]:
    """A service with the cluster `shop`."""
    del no_service_log
    with serve(tmp_path_factory.mktemp("remote-requests") / "home") as found:
        found.store.put_document("shop", document(), None)
        yield found


@pytest.fixture
def there(wt: Wt, service: Service, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Wt:
    """Commands at the service, in a directory without a document."""
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    monkeypatch.setenv("WORLDTREE_TOKEN", "everywhere")
    monkeypatch.setenv("WORLDTREE_SERVER", str(service.client.base_url).rstrip("/"))

    return wt


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The tasks that commands ask for; they stop where they would follow one."""
    found: list[str] = []

    def ask_and_stop(_service: RemoteService, ask: Callable[[], str], **_more: object) -> None:
        found.append(ask())
        raise RefusedError("stopped here", code="task-finished")

    monkeypatch.setattr("worldtree.cli.remote.run.run_and_follow", ask_and_stop)
    monkeypatch.setattr("worldtree.cli.remote.hosts.follow_to_end", ask_and_stop)
    return found


@pytest.mark.parametrize(
    "command", [["apply", "--yes"], ["verify", "--yes"], ["drift"]], ids=" ".join
)
def test_a_document_of_the_service_replaces_none(
    there: Wt,
    service: Service,
    asked: list[str],
    monkeypatch: pytest.MonkeyPatch,
    command: list[str],
) -> None:
    """What somebody else stores meanwhile stays; the task has the document that was read."""
    name, store, read = f"read-{command[0]}", service.store, RemoteService.wanted_document
    first = store.put_document(name, document(name), None)

    def read_before_another(self: RemoteService, cluster: str) -> StoredDocument | None:
        found = read(self, cluster)
        if len(store.documents(name)) == 1:
            store.put_document(name, document(name, "h2"), first.digest)
        return found

    monkeypatch.setattr(RemoteService, "wanted_document", read_before_another)
    found = there(*command, "--cluster", name)
    assert "stopped here" in found.err
    assert [store.task(task).request["stored_document"] for task in asked] == [first.digest]
    wanted = store.wanted_document(name)
    assert wanted is not None
    assert wanted.version == 2


def test_a_document_of_the_service_is_asked_for_with_its_last_content(
    there: Wt, service: Service, asked: list[str]
) -> None:
    """The archive of the newest task that had any with this document; of git the commit."""
    name, store = "with-content", service.store
    digest = store.put_document(name, document(name), None).digest
    other = store.put_document(name, document(name, "h2"), digest).digest
    archive, _ = store.add_archive("roles", b"tar", Actor("token", "ci"))
    repository = AskedRepository(url="https://git.example/roles", revision="v1")
    fetched = ContentSource(repository=repository, commit="c" * 40)
    for stored, content in (
        (other, AskedContent(archive=archive).source()),
        (digest, fetched),
        (other, None),
    ):
        request = TaskRequest(stored_document=stored, content=content)
        store.enqueue_task(new_run(name, request, Actor("token", "ci")))
    # Nothing is compiled: the policy of this service allows no content.
    url = read_server_url(str(service.client.base_url).rstrip("/"))
    with closing(ApiClient(Connection(url, "everywhere"))) as client:
        asked_for = RemoteService(client)
        assert known_content(asked_for, name, other) == {"archive": archive}
        assert known_content(asked_for, name, digest) == {
            "repository": {"url": repository.url, "revision": "c" * 40, "directory": ""}
        }
        assert known_content(asked_for, name, "none") is None
    refused = there("drift", "--cluster", name)
    assert (refused.code, asked) == (ExitCode.REFUSED, [])
    assert "content-refused" in refused.err


@pytest.mark.parametrize("command", [["validate"], ["apply", "--yes"], ["plan"]], ids=" ".join)
def test_two_documents_of_one_cluster_are_refused_here(
    there: Wt, service: Service, tmp_path: Path, asked: list[str], command: list[str]
) -> None:
    """A service gets one document at a time, and cannot know of the other one."""
    text = document("twice")
    (tmp_path / "cluster.yaml").write_text(f"{text}---\n{document('twice', 'h2')}")
    found = there(*command)
    assert (found.code, asked) == (ExitCode.INPUT, [])
    assert "the cluster `twice` is already described at " in found.err
    assert "duplicate-cluster" in found.err
    assert service.store.wanted_document("twice") is None


def test_the_files_beside_a_document_are_sent_once(
    there: Wt, service: Service, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Those that it uses, whatever else lies there; a service that has them gets none again."""
    text = document("beside").replace(
        'command: {argv: ["true"]}', "copy: {src: page, dest: /tmp/page}"
    )
    (tmp_path / "cluster.yaml").write_text(text, encoding="utf-8")
    for name in ("page", "secret"):
        (tmp_path / name).write_text(name, encoding="utf-8")
    # The policy of this service allows no archives, so that it keeps and compiles nothing.
    assert "content-refused" in there("validate").err
    assert [one for one in service.store.archive_page(10) if one.name == "beside"] == []
    monkeypatch.setattr(AuthorizedArchives, "_require_archives", lambda _: None)
    for _ in range(2):
        found = there("validate")
        assert (found.code, "content-refused" in found.err) == (ExitCode.REFUSED, True), found.err
    [kept] = [one for one in service.store.archive_page(10) if one.name == "beside"]
    with tarfile.open(fileobj=io.BytesIO(service.store.archive_content(kept.digest))) as archive:
        assert archive.getnames() == ["page"]
    added = [one for one in service.store.audit_export() if one.detail == f"{kept.digest} beside"]
    assert len(added) == 1


def test_the_audit_log_is_checked_and_exported_there(there: Wt, service: Service) -> None:
    """The same output as on the machine of the database."""
    found = there("audit", "verify")
    assert (found.code, found.out[:4]) == (ExitCode.OK, "ok: ")
    report = json.loads(there("audit", "verify", "-o", "json").out)
    assert report["intact"] is True
    assert there("audit", "verify", "--head", report["head"]).code == ExitCode.OK
    assert there("audit", "verify", "--head", "x").code == ExitCode.INPUT
    lost = there("audit", "verify", "--head", "0" * 64)
    assert (lost.code, "audit-log-changed" in lost.err) == (ExitCode.FAILED, True)
    lines = [json.loads(line) for line in there("audit", "export").out.splitlines()]
    assert [one["id"] for one in lines] == [one.id for one in service.store.audit_export()]


def test_a_project_has_a_quota_of_archives(
    there: Wt, service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Here and there the same words."""
    sides = []
    for server in ("", str(service.client.base_url).rstrip("/")):
        monkeypatch.setenv("WORLDTREE_SERVER", server)
        said = [
            there("project", "archives"),
            there("project", "archives", "--count", "7", "--bytes", "1048576", "-o", "json"),
            there("project", "archives", "--default"),
            there("project", "archives", "--count", "7"),
            there("project", "archives", "--default", "--count", "7", "--bytes", "1"),
        ]
        assert [one.code for one in said] == [0, 0, 0, ExitCode.INPUT, ExitCode.INPUT]
        sides.append([re.sub(r"^\d+ of|used.*", "", one.out, flags=re.S) for one in said])
    assert sides[0] == sides[1]


def test_a_password_is_set_there(
    there: Wt, service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is read as on the machine of the service, and never shown."""
    service.store.create_user("ann", "root")
    for said, code in (("four random words\n", ExitCode.OK), ("short", ExitCode.REFUSED)):
        monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(said.encode())))
        found = there("user", "password", "ann", "--stdin")
        assert found.code == code, found.err
        assert said.strip() not in found.out + found.err
    assert service.store.password_hash("ann") is not None
    assert there("user", "password", "ann", "--remove").code == ExitCode.OK
    assert service.store.password_hash("ann") is None
    assert "user-unknown" in there("user", "password", "nobody", "--remove").err


@pytest.mark.parametrize(
    ("command", "is_asked"),
    [(["verify", "--yes"], True), (["drift"], True), (["destroy", "--yes"], False)],
    ids=["verify", "drift", "destroy"],
)
def test_what_changes_nothing_needs_no_right_to_compile(
    there: Wt,
    asked: list[str],
    monkeypatch: pytest.MonkeyPatch,
    command: list[str],
    is_asked: bool,
) -> None:
    monkeypatch.setenv("WORLDTREE_TOKEN", "runner")
    found = there(*command, "--cluster", "shop")
    assert ("stopped here" in found.err, len(asked)) == (is_asked, is_asked), found.err
    assert ("permission-missing" in found.err) == (not is_asked), found.err


def test_facts_compile_nothing(
    there: Wt, service: Service, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The names of hosts are those of the document."""
    service.store.save_facts("shop", {"h1": {"ansible_kernel": "6.1"}}, 5e8)
    text = document().replace("name: h1\n      address: 10.0.0.1", "name: h[1:2]")
    (tmp_path / "cluster.yaml").write_text(text, encoding="utf-8")
    monkeypatch.setenv("WORLDTREE_TOKEN", "runner")
    found = there("facts")
    assert found.code == ExitCode.OK, found.err
    assert [line.split()[:2] for line in found.out.splitlines()[1:]] == [
        ["h1", "6.1"],
        ["h2", "unknown"],
    ]
    unknown = there("facts", "h3")
    assert "the cluster has no host `h3`" in unknown.err


def test_a_schedule_is_sent_as_earlier_services_take_it(there: Wt) -> None:
    """They know no `drift`."""
    sent: list[Any] = []

    def answer(asked: Asked) -> Answer:
        sent.append(json.loads(asked.body))
        return Answer(status=400)

    with scripted(answer) as server:
        for more in ((), ("--drift",)):
            there(
                *("--server", server.url, "schedule", "create", "shop", "nightly"),
                *("--cron", "0 2 * * *", *more),
            )
    assert [one["task"].get("drift") for one in sent] == [None, True]


def test_the_policy_of_a_project(there: Wt, tmp_path: Path) -> None:
    """As on the machine of the service."""
    assert there("project", "policy").out == (
        "none of its own: the policy of the service is in effect\n"
    )
    file = tmp_path / "policy.toml"
    file.write_text("[policy]\nfilters = []\n", encoding="utf-8")
    for _ in range(2):  # The second one replaces the first one.
        made = there("project", "policy", str(file))
        assert (made.code, made.out) == (ExitCode.OK, "nothing is allowed\n"), made.err
    assert there("project", "policy", "-o", "json").json["filters"] == []
    assert "none of its own" in there("project", "policy", "--none").out
    both = there("project", "policy", str(file), "--none")
    assert (both.code, "exclude each other" in both.err) == (ExitCode.INPUT, True)


def test_places_name_the_document_that_was_sent() -> None:
    hosts = {
        "a": {"status": "failed", "place": "cluster.yaml:7:9", "error_place": "roles/x.yml:3"},
        "b": {"status": "ok"},
        "c": {"status": "failed", "place": "cluster.yaml", "error_place": None},
    }
    view = {"task_id": "t", "nodes": [{"id": "n", "hosts": hosts}]}
    named = with_document_name(view, "mine.yaml")
    assert read_places(named) == {
        ("n", "a"): Places("mine.yaml:7:9", "roles/x.yml:3"),
        ("n", "c"): Places("mine.yaml", None),
    }
    assert named["nodes"][0]["hosts"]["b"] == {"status": "ok"}
    assert with_document_name(view, None) == view


def test_tasks_of_a_service_are_sorted_as_those_of_this_machine(
    there: Wt, service: Service
) -> None:
    for number in range(2):
        queue_task(service.store, f"sorted-{number}", "sorted")

    def listed(*options: str) -> list[str]:
        found = there("tasks", "list", "--cluster", "sorted", *options, "-o", "json").json
        return [one["id"] for one in found["items"]]

    assert listed() == ["sorted-1", "sorted-0"]
    assert listed("--sort", "asked", "--limit", "1") == ["sorted-0"]


@pytest.mark.parametrize(("host", "hosts"), [((), []), (("h1",), ["h1"])])
def test_facts_are_gathered_by_the_service(
    there: Wt, service: Service, asked: list[str], host: tuple[str, ...], hosts: list[str]
) -> None:
    """Of the version that the service has."""
    found = there("facts", "--cluster", "shop", *host, "--refresh")
    assert found.code == ExitCode.REFUSED
    assert "stopped here" in found.err
    task = service.store.task(asked[-1])
    wanted = service.store.wanted_document("shop")
    assert wanted is not None
    assert task.command == "facts"
    assert task.request is not None
    assert task.request["stored_document"] == wanted.digest
    assert task.request["selection"]["hosts"] == hosts
