"""`wt serve` as its users run it: a process, a token, requests over HTTP, signals."""

from __future__ import annotations

import json
import re
import signal
import socket
import subprocess
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx2
import pytest

from acceptance.test_apply_local import sh
from acceptance.test_worker_local import one_host, wait_for
from acceptance.workspace import COMMAND, Workspace
from worldtree.core.errors import ExitCode


@dataclass
class Served:
    """A running `wt serve`."""

    client: httpx2.Client

    def submit(self, text: str) -> str:
        """Send a new document; return the id of its task."""
        answer = self.client.post(
            "/clusters", content=text, headers={"Content-Type": "application/yaml"}
        )
        assert answer.status_code == 202, answer.text
        found: str = answer.json()["task_id"]
        return found

    def follow(self, task: str, after: int = 0) -> Iterator[tuple[str, int, Any]]:
        """Yield kind, number and data of each frame of a task's events."""
        place = f"/tasks/{task}/events/stream"
        headers = {"Last-Event-ID": str(after)} if after else {}
        with self.client.stream("GET", place, headers=headers) as stream:
            assert stream.status_code == 200
            kind, number, data = "", 0, ""
            for line in stream.iter_lines():
                name, _, value = line.partition(": ")
                if name == "event":
                    kind = value
                elif name == "id":
                    number = int(value)
                elif name == "data":
                    data = value
                elif not line and data:
                    yield kind, number, json.loads(data)
                    kind, number, data = "", 0, ""


@contextmanager
def serve(workspace: Workspace, header: str, *options: str) -> Iterator[Served]:
    """Run the service until the end of the block; it has to end with 0 by SIGTERM."""
    # A file, because processes of tasks write to it after the service has ended; one for each
    # service, as those of the first one still do when the second one begins.
    log = workspace.path / f"serve-{len(list(workspace.path.glob('serve-*')))}.log"
    with log.open("w", encoding="utf-8") as file:
        running = subprocess.Popen(
            [*COMMAND, "serve", "--port", "0", "--policy", "policy.toml", *options],
            cwd=workspace.path,
            env=workspace.environment,
            stderr=file,
        )

    def address() -> re.Match[str] | None:
        assert running.poll() is None, log.read_text("utf-8")
        return re.search(r"serving (\S+)", log.read_text("utf-8"))

    wait_for(lambda: address() is not None)
    found = address()
    assert found is not None
    with httpx2.Client(
        base_url=found[1], headers={"Authorization": header}, trust_env=False, timeout=120
    ) as client:
        try:
            yield Served(client)
        finally:
            running.send_signal(signal.SIGTERM)
            code = running.wait(timeout=60)
    said = log.read_text("utf-8")
    assert code == 0, said
    assert "Traceback" not in said
    # After the first lines, which are for people, each is an entry of the log.
    entries = [json.loads(line) for line in said.splitlines() if line.startswith("{")]
    assert len(entries) == len(said.splitlines()) - 2
    assert all("event" in one for one in entries)


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    """A workspace with a policy that allows its documents to use this machine."""
    made = Workspace(tmp_path)
    made.write({})
    (tmp_path / "policy.toml").write_text("[policy]\nlocal_work = true\n", encoding="utf-8")
    return made


@pytest.fixture
def header(workspace: Workspace) -> str:
    """The header of an administrator's token."""
    assert workspace.wt("user", "create", "ann").code == 0
    assert workspace.wt("user", "grant", "ann", "admin", "--all-projects").code == 0
    token = workspace.wt("token", "create", "--user", "ann")
    assert token.code == 0, token.err
    return f"Bearer {token.out.strip()}"


@pytest.mark.once
def test_a_deployment_and_its_reader_survive_a_restart_of_the_service(
    workspace: Workspace, header: str, tmp_path: Path
) -> None:
    """The task runs once, and the reader gets each event once."""
    counter, gate = tmp_path / "counter", tmp_path / "gate"
    line = f"echo one >> {counter}; while ! test -e {gate}; do sleep 0.1; done"
    text = workspace.write(one_host(sh(line), sh(f"echo two >> {counter}"))).read_text("utf-8")
    seen: list[int] = []
    with serve(workspace, header) as first:
        task = first.submit(text)
        for _, number, _ in first.follow(task):
            seen += [number] if number else []
            if len(seen) > 3:
                break
        wait_for(counter.exists)
    gate.touch()
    with serve(workspace, header) as second:
        kinds = []
        for kind, number, data in second.follow(task, after=seen[-1]):
            seen += [number] if number else []
            kinds.append((kind, data.get("status")))
        assert kinds[-1] == ("end", "succeeded")
        metrics = second.client.get(f"{str(second.client.base_url).rpartition('/api')[0]}/metrics")
        assert 'worldtree_tasks_total{status="succeeded"} 1' in metrics.text
    assert seen == list(range(1, seen[-1] + 1))
    assert counter.read_text(encoding="utf-8").split() == ["one", "two"]
    shown = workspace.wt("tasks", "show", "-o", "json").json
    assert (shown["status"], shown["actor"]["name"]) == ("succeeded", "ann")


@pytest.mark.parametrize(
    ("options", "code", "words"),
    [
        (["--host", "0.0.0.0"], ExitCode.REFUSED, "insecure-listener"),
        (["--tls-certificate", "policy.toml"], ExitCode.INPUT, "belong together"),
        (
            ["--tls-certificate", "policy.toml", "--tls-key", "policy.toml"],
            ExitCode.FAILED,
            "certificate-unusable",
        ),
        (["--trusted-proxy", "the proxy"], ExitCode.INPUT, "--trusted-proxy the proxy"),
        (["--policy", "cluster.yaml"], ExitCode.INPUT, "cluster.yaml:"),
        (["--port", "70000"], ExitCode.INPUT, "--port"),
        (["--host", "no.such.host.invalid", "--insecure-http"], ExitCode.FAILED, "cannot listen"),
    ],
)
@pytest.mark.once
def test_what_cannot_be_served_is_refused(
    workspace: Workspace, options: list[str], code: ExitCode, words: str
) -> None:
    found = workspace.wt("serve", *options)
    assert (found.code, words in found.err) == (code, True), found.err
    assert "Traceback" not in found.err


@pytest.mark.once
def test_a_port_that_is_taken_is_reported(workspace: Workspace) -> None:
    with closing(socket.create_server(("127.0.0.1", 0))) as taken:
        found = workspace.wt("serve", "--port", str(taken.getsockname()[1]))
    assert found.code == ExitCode.FAILED
    assert "listener-unavailable" in found.err
