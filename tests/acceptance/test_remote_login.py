"""Logins at a real service, and a task that is cancelled by Ctrl-C at a terminal far away."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from acceptance.remote_service import Serving, serve
from acceptance.test_apply_local import sh
from acceptance.test_worker_local import one_host, wait_for
from acceptance.workspace import Outcome, Workspace, processes
from worldtree.core.errors import ExitCode

PASSWORD = "correct horse battery staple"


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Serving]:
    """A service whose user `ann` has a password."""
    with serve(Workspace(tmp_path_factory.mktemp("service"))) as found:
        _typed(found.workspace, PASSWORD, "user", "password", "ann", "--stdin")
        yield found


@pytest.fixture
def client(service: Serving, tmp_path: Path) -> Workspace:
    """A user of the service on another machine, who has not logged in."""
    env = {"WORLDTREE_SERVER": service.url, "XDG_CONFIG_HOME": str(tmp_path / "config")}
    return Workspace(tmp_path, env)


def _typed(workspace: Workspace, text: str, *arguments: str) -> Outcome:
    """Run a command with a text on stdin, from a file."""
    file = workspace.path / "typed"
    file.write_text(text, "utf-8")
    with file.open("rb") as stdin:
        found = workspace.start(*arguments, stdin=stdin.fileno()).finish()
    file.unlink()
    assert "Traceback" not in found.err
    assert text not in found.err + found.out
    return found


@pytest.mark.once
def test_a_login_is_saved_used_and_forgotten(service: Serving, client: Workspace) -> None:
    """With a password, and with a token: both show who it is."""
    by_password = ("login", "--user", "ann", "--password-stdin")
    for text, arguments in ((PASSWORD, by_password), (service.token, ("login", "--token-stdin"))):
        made = _typed(client, text, *arguments)
        assert (made.code, made.err) == (0, f"logged in at {service.url} as ann\n")
        shown = client.wt("whoami")
        assert shown.out.startswith(f"ann at {service.url}\n")
        assert client.wt("whoami", "-o", "json").json["name"] == "ann"
        assert client.wt("logout").code == ExitCode.OK
        assert client.wt("whoami").code == ExitCode.REFUSED


@pytest.mark.once
def test_a_login_that_the_service_refuses_is_not_saved(client: Workspace) -> None:
    wrong = "wtp_" + "a" * 38
    refused = [
        (_typed(client, wrong, "login", "--token-stdin"), "token-invalid"),
        (_typed(client, "two words", "login", "--token-stdin"), "login-failed"),
        (
            _typed(client, "s3cret-of-bob", "login", "--user", "ann", "--password-stdin"),
            "login-refused",
        ),
        (client.wt("login", "--method", "device"), "login-failed"),
        (client.wt("login"), "login-failed"),
    ]
    for found, code in refused:
        assert (found.code, code in found.err) == (ExitCode.REFUSED, True), found.err
    assert "login-missing" in client.wt("tasks", "list").err


@pytest.mark.once
def test_ctrl_c_ends_the_task_at_the_service(
    service: Serving, client: Workspace, tmp_path: Path
) -> None:
    """It is cancelled there, also on its hosts; the command waits for that and can be continued."""
    client.env["WORLDTREE_TOKEN"] = service.token
    began = tmp_path / "began"
    client.write(one_host(sh(f"touch {began}; exec sleep 963.7")), name="ctrl-c")
    running = client.start("apply", "--yes", "-o", "json")
    running.wait_until(began.exists, "the task began")
    running.send_signal(signal.SIGINT)
    found = running.finish()
    assert (found.code, found.json["status"]) == (ExitCode.CANCELLED, "cancelled"), found.err
    assert "SIGINT: ending the task, also on its hosts" in found.err
    assert f"continue: wt resume {found.json['task_id']}" in found.err
    wait_for(lambda: processes("sleep 963.7") == [])


@pytest.mark.long
@pytest.mark.once
def test_another_terminal_cancels_a_task(
    service: Serving, client: Workspace, tmp_path: Path
) -> None:
    client.env["WORLDTREE_TOKEN"] = service.token
    began = tmp_path / "began"
    client.write(one_host(sh(f"touch {began}; exec sleep 964.7")), name="cancel")
    running = client.start("apply", "--yes")
    running.wait_until(began.exists, "the task began")
    ended = client.wt("cancel")
    assert (ended.code, "is cancelled" in ended.err) == (ExitCode.OK, True), ended.err
    assert running.finish().code == ExitCode.CANCELLED


@pytest.mark.once
def test_what_is_not_the_document_of_the_service_is_not_destroyed(
    service: Serving, client: Workspace
) -> None:
    """Nor is a document with a local file applied without being allowed, or a changed one lost."""
    client.env["WORLDTREE_TOKEN"] = service.token
    client.write(one_host(sh("true")), name="other")
    for command in ("verify", "destroy"):
        found = client.wt(command, "--yes")
        assert (found.code, "document-not-stored" in found.err) == (ExitCode.REFUSED, True)
    client.write(one_host({"copy": {"dest": "/tmp/x", "src": "files/page"}}), name="other")
    found = client.wt("apply", "--yes")
    assert found.code == ExitCode.INPUT, found.err
    assert "cluster.yaml:" in found.err
