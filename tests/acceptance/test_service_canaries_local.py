"""Secrets stay inside the service: no answer, log, notice, mail, trace, export or table has one.

Documents get secrets from every provider, channels have secrets of their own, users have passwords
and tokens. Each value is searched for in all forms that programs write, also after failures, a
retry, a drift detection and a rollback.
"""

from __future__ import annotations

import re
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import httpx2
import pytest

from acceptance.remote_service import Serving, serve
from acceptance.secret_leaks import ProcessScanner, encoded_variants, files_containing
from acceptance.service_canaries import (
    PROVIDERS,
    Canaries,
    Heard,
    channels,
    database_contents,
    mail_sink,
    make_canaries,
    read_everything,
    webhook_sink,
)
from acceptance.test_apply_local import module, task
from acceptance.test_secret_leaks import bao as bao
from acceptance.test_secret_leaks import read_secret
from acceptance.test_service_local import Served
from acceptance.test_worker_local import wait_for
from acceptance.workspace import Workspace
from unit.secrets.bao import Bao
from unit.store import postgres
from unit.worker.otlp_sink import OtlpSink, otlp_sink
from worldtree.secrets.redact import MASK

_PASSWORD = "c4nary-password-of-a-user/+ 'x"


@pytest.fixture(params=["sqlite", "postgresql"])
def database(request: pytest.FixtureRequest) -> Iterator[str]:
    """The address of a server's database; empty for a file."""
    if request.param == "sqlite":
        yield ""
        return
    with postgres.server_or_skip("canaries in its database") as socket:
        yield postgres.make_database(socket, "canaries")


@pytest.mark.once
@pytest.mark.long  # A minute and a half.
def test_no_secret_leaves_the_service(bao: Bao, database: str, tmp_path: Path) -> None:
    """With a file and a JSON log, and with a server and a text log."""
    canaries, heard = make_canaries(tmp_path / "given", bao), Heard()
    environment = {**canaries.environment, "HOME": str(tmp_path)}
    with ExitStack() as stack:
        short = stack.enter_context(tempfile.TemporaryDirectory(prefix="wt-", dir="/tmp"))
        stack.enter_context(webhook_sink(heard, environment, canaries.values["url"]))
        mail_port = stack.enter_context(mail_sink(heard, canaries.values["mail"]))
        traces = stack.enter_context(otlp_sink())
        environment |= {"TMPDIR": short, "OTEL_EXPORTER_OTLP_ENDPOINT": traces.address}
        if database:
            environment["WORLDTREE_DATABASE_URL"] = database
        (tmp_path / "service").mkdir()
        workspace = Workspace(tmp_path / "service", environment)
        values = [*canaries.values.values(), _PASSWORD, *([postgres.PASSWORD] if database else [])]
        needles = encoded_variants(values)
        watch = stack.enter_context(ProcessScanner(needles))
        log_format = "text" if database else "json"
        with serve(workspace, "--log-format", log_format, policy=canaries.policy) as serving:
            needles += encoded_variants([serving.token])
            needles += encoded_variants(_work(serving, canaries, heard, mail_port))
            wait_for(lambda: len(traces.bodies) > 1)
        _export(workspace, heard, traces)
        for place, text in database_contents(
            database or f"sqlite:///{workspace.home}/worldtree.db"
        ):
            heard.add(place, text)
        assert heard.containing(needles) == []

        def own(file: Path) -> bool:
            return workspace.target in file.parents or "given" in file.parts

        bases = (tmp_path, Path(short), Path("/dev/shm"))
        assert files_containing(needles, bases, own) == []
    # The processes of the service got their environment from its operator.
    assert [one for one in watch.found if not _is_environment_of_the_service(one)] == []
    for name in PROVIDERS:
        assert (workspace.target / name).read_text("utf-8") == canaries.values[name]


def _is_environment_of_the_service(found: str) -> bool:
    return found.startswith("environment of ") and " -m worldtree." in found


def _work(serving: Serving, canaries: Canaries, heard: Heard, mail_port: int) -> list[str]:
    """Use all parts of the service; return the secrets that it made."""
    workspace = serving.workspace
    secret = workspace.path.parent / "given" / "typed"
    secret.write_text(_PASSWORD, "utf-8")
    with secret.open("rb") as stdin:
        set_password = ("user", "password", "ann", "--stdin")
        assert workspace.start(*set_password, stdin=stdin.fileno()).finish().code == 0
    headers = {"Authorization": f"Bearer {serving.token}"}
    with httpx2.Client(
        base_url=f"{serving.url}/api/v1", headers=headers, trust_env=False, timeout=120
    ) as client:
        made = _log_in(serving, heard)
        for body in channels(mail_port):
            _ask(client, "/notifications/channels", body, heard, 201)
            _ask(client, f"/notifications/channels/{body['name']}/test", None, heard)
        # `made` has the token that was shown once, in the answer alone.
        given = client.post("/me/tokens", json={})
        assert given.status_code == 201, given.text
        made.append(given.json()["token"])
        served = Served(client)
        failed = served.submit(_document(workspace, canaries))
        _follow(served, failed, heard)
        _ask(client, "/plans", {"cluster": "cluster"}, heard, 201)
        plan = client.get("/plans").json()["items"][0]["id"]
        detected = _ask(client, "/clusters/cluster/drift", {}, heard)["task_id"]
        _follow(served, detected, heard)
        retried = _ask(client, f"/tasks/{failed}/retry", {}, heard)["task_id"]
        _follow(served, retried, heard)
        undone = _ask(client, f"/tasks/{failed}/rollback", None, heard)["task_id"]
        _follow(served, undone, heard)
        bad = client.post(
            "/validate",
            content=_document(workspace, canaries).replace("kv/app#key", "kv/nowhere#key"),
            headers={"Content-Type": "application/yaml"},
        )
        heard.add("validate", bad.content)
        wait_for(lambda: heard.count("webhook") > 1 and heard.count("mail") > 1)
        wait_for(lambda: client.get("/tasks", params={"status": "running"}).json()["items"] == [])
        found = client.get(f"/tasks/{failed}/logs").text
        assert found.count(f"plain {MASK}") >= len(PROVIDERS), found
        places = {
            "name": "cluster",
            "task": failed,
            "task_id": failed,
            "other": retried,
            "plan": plan,
            "host": "a",
            "channel": "hook",
            "code": "secret-missing",
            "version": "1",
        }
        read_everything(client, heard, places)
        heard.add("metrics", client.get(f"{serving.url}/metrics").content)
    return made


def _log_in(serving: Serving, heard: Heard) -> list[str]:
    """Begin a session with the password, and fail with another one; return the cookies."""
    place = f"{serving.url}/api/v1/session"
    with httpx2.Client(trust_env=False, timeout=120) as browser:
        login = browser.post(place, json={"name": "ann", "password": _PASSWORD})
        assert login.status_code == 201, login.text
        wrong = browser.post(place, json={"name": "ann", "password": f"{_PASSWORD}2"})
        assert wrong.status_code in (401, 403), wrong.text
    heard.add("wrong password", wrong.content)
    made = re.findall(r"session=([\w-]{20,})", login.headers["set-cookie"])
    assert made
    return list(made)


def _ask(
    client: httpx2.Client, place: str, body: Any, heard: Heard, status: int = 202
) -> dict[str, Any]:
    answer = client.post(place, json=body) if body is not None else client.post(place)
    assert answer.status_code == status, (place, answer.text)
    heard.add(f"POST {place}", str(answer.headers).encode() + answer.content)
    found: dict[str, Any] = answer.json()
    return found


def _follow(served: Served, task: str, heard: Heard) -> None:
    """Read the stream of a task to its end."""
    for kind, _, data in served.follow(task):
        heard.add(f"stream of {task}", f"{kind} {data}".encode())
        if kind == "end":
            return


def _document(workspace: Workspace, canaries: Canaries) -> str:
    """A document whose steps use each secret, show it, and fail with it."""
    workspace.target.mkdir(exist_ok=True)
    shown = 'read -r v; echo plain $v; printf %s "$v" | base64 -w0'
    tasks = [
        task(
            name,
            read_secret(f'printf %s "$(cat)" > {workspace.target}/{name}', reference),
            read_secret(shown, reference, noLog=False),
            read_secret("read -r v; echo cannot use $v >&2; exit 9", reference, noLog=False),
        )
        for name, reference in canaries.references.items()
    ]
    file = workspace.write(
        {
            "hosts": [{"name": "a", "connection": "local"}],
            "policy": {"onFailure": "ignore"},
            "modules": [module("shown", *tasks)],
        }
    )
    return file.read_text("utf-8")


def _export(workspace: Workspace, heard: Heard, traces: OtlpSink) -> None:
    """Keep what commands at home and the collector got."""
    # The first task: the last one may have been refused, and has no log then.
    first = workspace.wt("tasks", "list", "-o", "json").json["items"][-1]["id"]
    for words in (
        ("audit",),
        ("audit", "export"),
        ("tasks", "list", "-o", "json"),
        ("tasks", "show", first, "-o", "json"),
        ("tasks", "logs", first, "-o", "json"),
        ("notify", "log"),
        ("notify", "channel", "list"),
        ("workers",),
    ):
        said = workspace.wt(*words)
        assert said.code == 0, (words, said.err)
        heard.add(f"wt {' '.join(words)}", f"{said.out}{said.err}".encode())
    for body in traces.bodies:
        heard.add("trace", body)
    assert len(traces.spans()) > len(PROVIDERS)
