"""The service behind nginx and HAProxy with the shipped configurations: TLS, streams, addresses."""

from __future__ import annotations

import json
import ssl
from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

import httpx2
import pytest
from websockets.sync.client import connect

from acceptance.proxies import Proxy, haproxy, nginx
from acceptance.test_apply_local import sh
from acceptance.test_service_local import Served, serve
from acceptance.test_service_local import header as header
from acceptance.test_service_local import workspace as workspace
from acceptance.test_worker_local import one_host, wait_for
from acceptance.workspace import Workspace

#: From where the callers come, and what one claims falsely.
_CALLER, _STRANGER, _CLAIMED = "127.0.0.2", "127.0.0.3", "203.0.113.9"
#: The limit of the proxies is 2 MiB, and that of the service 1 MiB.
_TOO_LARGE = {"the service": 1_500_000, "the proxy": 2_500_000}


@pytest.mark.long
@pytest.mark.once
@pytest.mark.parametrize("run_proxy", [nginx, haproxy], ids=lambda proxy: proxy.__name__)
def test_streams_pass_a_proxy_as_they_come(
    workspace: Workspace,
    header: str,
    tmp_path: Path,
    run_proxy: Callable[[Path, int], AbstractContextManager[Proxy]],
) -> None:
    """Events arrive while the task runs; a reader that connects again gets the rest, once."""
    counter, gate = tmp_path / "counter", tmp_path / "gate"
    line = f"echo one >> {counter}; while ! test -e {gate}; do sleep 0.1; done"
    text = workspace.write(one_host(sh(line), sh("true"))).read_text("utf-8")
    with serve(workspace, header, "--trusted-proxy", "127.0.0.1") as direct:
        port = direct.client.base_url.port
        assert port is not None
        with run_proxy(tmp_path / "proxy", port) as proxy:
            trust = ssl.create_default_context(cafile=proxy.certificate)
            with httpx2.Client(
                base_url=f"https://localhost:{proxy.port}/api/v1",
                headers={"Authorization": header, "X-Forwarded-For": _CLAIMED},
                transport=httpx2.HTTPTransport(verify=trust, local_address=_CALLER),
                timeout=120,
            ) as client:
                served = Served(client)
                task = served.submit(text)
                seen = []
                for kind, number, data in served.follow(task):
                    seen += [number] if number else []
                    if data.get("kind") == "host-task-started":
                        break
                    assert kind != "end"
                # What the stream has shown is older than this answer.
                assert client.get(f"/tasks/{task}").json()["ended"] is None
                wait_for(counter.exists)
                gate.touch()
                *rest, (kind, _, end) = served.follow(task, after=seen[-1])
                assert (kind, end["status"]) == ("end", "succeeded")
                seen += [number for _, number, _ in rest if number]
                assert seen == list(range(1, seen[-1] + 1))
                assert _websocket_numbers(proxy, trust, header, task) == seen
                _check_bodies(client)
            plain = httpx2.get(f"http://localhost:{proxy.plain_port}/livez", trust_env=False)
            assert plain.status_code == 308
            assert plain.headers["location"].startswith("https://localhost")
        with httpx2.Client(
            base_url=direct.client.base_url,
            headers={"Authorization": header, "X-Forwarded-For": _CLAIMED},
            transport=httpx2.HTTPTransport(local_address=_STRANGER),
        ) as stranger:
            assert stranger.get("/audit").status_code == 200
    entries = _requests(workspace.path / "serve-0.log")
    by_path = {one["path"]: one["client"] for one in entries}
    assert by_path[f"/api/v1/tasks/{task}"] == _CALLER
    assert by_path[f"/api/v1/tasks/{task}/events/stream"] == _CALLER
    assert by_path["/api/v1/audit"] == _STRANGER


def _check_bodies(client: httpx2.Client) -> None:
    """A body that is too large is refused, by the one that has the smaller limit."""
    for who, size in _TOO_LARGE.items():
        sent = client.post(
            "/validate", content=b"#" * size, headers={"Content-Type": "application/yaml"}
        )
        assert sent.status_code == 413, who
        is_problem = sent.headers["content-type"] == "application/problem+json"
        assert is_problem == (who == "the service")


def _websocket_numbers(proxy: Proxy, trust: ssl.SSLContext, header: str, task: str) -> list[int]:
    """Return the numbers of a task's events by WebSocket."""
    url = f"wss://localhost:{proxy.port}/api/v1/tasks/{task}/events/stream/ws"
    found: list[int] = []
    with connect(url, ssl=trust, additional_headers={"Authorization": header}, proxy=None) as open_:
        for message in open_:
            found += [one["id"] for one in json.loads(message) if one["id"] is not None]
    return list(dict.fromkeys(found))


def _requests(log: Path) -> list[dict[str, Any]]:
    """Return the entries of the log that are about requests and streams."""
    entries = [json.loads(line) for line in log.read_text("utf-8").splitlines() if line[0] == "{"]
    return [one for one in entries if one["event"] in ("request", "stream ended")]
