"""A real service on the loopback interface, with callers of every role."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx2
import uvicorn

import homes
from examples import is_full
from unit.api.compile_forks import forked_compiles
from unit.api.quick_hashes import quick_hashes
from worldtree.api.app import create_api
from worldtree.api.header_timeout import HeaderTimeoutProtocol
from worldtree.api.settings import ApiSettings
from worldtree.app.documents.service_policy import ServicePolicy
from worldtree.app.ports import Ports
from worldtree.app.service import Application
from worldtree.auth.permissions import BUILTIN_ROLES, PERMISSIONS
from worldtree.auth.principal import ALL_PROJECTS, Principal
from worldtree.auth.provider_tokens import ProviderSettings
from worldtree.core.actor import Actor
from worldtree.core.errors import RefusedError
from worldtree.core.settings import Settings
from worldtree.store.store import Store

DEFAULT = "default"
API = "/api/v1"
#: Bytes of a body at most.
MAX_BODY = 100_000
DOCUMENT = """\
apiVersion: worldtree.io/v1alpha1
kind: Cluster
metadata:
  name: {name}
spec:
  hosts:
    - name: {host}
      address: 10.0.0.1
  modules:
    - name: app
      tasks:
        - name: hello
          steps:
            - command: {{argv: ["true"]}}
"""


def document(name: str = "shop", host: str = "h1") -> str:
    """A valid document."""
    return DOCUMENT.format(name=name, host=host)


def callers(other: str) -> dict[str, Principal]:
    """Token -> whose it is; ``other`` is the id of another project."""
    found = {role: Principal(role, {DEFAULT: known}) for role, known in BUILTIN_ROLES.items()}
    found["everywhere"] = Principal("everywhere", {ALL_PROJECTS: BUILTIN_ROLES["admin"]})
    # A second token of one user.
    found["owner-again"] = Principal(
        "project-owner", {DEFAULT: BUILTIN_ROLES["project-owner"]}, frozenset(PERMISSIONS)
    )
    found["none"] = Principal("none")
    found["other"] = Principal("other", {other: BUILTIN_ROLES["admin"]})
    found["scoped"] = Principal(
        "scoped", {DEFAULT: BUILTIN_ROLES["admin"]}, frozenset({"task:get"})
    )
    found["runner"] = Principal(
        "runner",
        {DEFAULT: BUILTIN_ROLES["admin"]},
        frozenset({"cluster:get", "task:create", "task:get"}),
    )
    return found


@dataclass(frozen=True)
class Service:
    """A running service; ``call`` asks it."""

    api: Any
    client: httpx2.Client
    store: Store
    #: The id of the project `other`.
    other: str

    def call(
        self,
        method: str,
        path: str,
        *,
        token: str | None = "admin",
        body: str | bytes | None = None,
        json: Any = None,
        yaml: str | None = None,
        **headers: str,
    ) -> httpx2.Response:
        """Ask for a path below the API; ``If_Match`` stands for the header `If-Match`."""
        sent = {name.replace("_", "-"): value for name, value in headers.items()}
        if token is not None:
            sent["Authorization"] = f"Bearer {token}"
        if yaml is not None:
            body, sent["Content-Type"] = yaml, "application/yaml"
        place = (
            path if path.startswith(("/livez", "/readyz", "/startupz", "/errors")) else API + path
        )
        given = {"json": json} if json is not None else {"content": body}
        answer = self.client.request(method, place, headers=sent, **given)
        assert "Traceback" not in answer.text
        assert "site-packages" not in answer.text
        return answer


def check_problem(answer: httpx2.Response, status: int, code: str) -> Mapping[str, Any]:
    """Assert that an answer is this problem, whole; return it."""
    found: dict[str, Any] = answer.json()
    assert (answer.status_code, found["code"]) == (status, code), found
    assert answer.headers["content-type"] == "application/problem+json"
    assert found["status"] == status
    assert found["type"] == f"/errors/{code}"
    assert found["request_id"] == answer.headers["x-request-id"]
    assert found["title"]
    assert found["detail"]
    return found


@contextmanager
def serve(
    home: Path,
    provider: ProviderSettings | None = None,
    *,
    max_requests: int = 0,
    max_failures: int = 0,
    policy: ServicePolicy | None = None,
    environ: Mapping[str, str] | None = None,
) -> Iterator[Service]:
    """Run a service on an empty state until the end of the block; 0 is no limit.

    With an identity provider, tokens are those of users; else every role has one, its name.
    """
    homes.prepare(home)
    who = Actor("system", "service")
    ports = Ports(environ or {}, home, lambda _process: None, who, policy=policy)
    application = Application(Settings(home), ports)
    other = application.store.create_project("other").id
    known = callers(other)

    def authenticate(token: str) -> Principal:
        if token == "broken":
            raise LookupError("the words of an unexpected error")
        if token not in known:
            raise RefusedError("the token is not valid", code="token-invalid")
        return known[token]

    login = application.provider_login(provider)
    settings = ApiSettings(
        authenticate if provider is None else login.authenticate,
        MAX_BODY,
        provider_login=login,
        max_requests=max_requests,
        max_failures=max_failures,
    )
    api = create_api(application, settings)
    server = uvicorn.Server(
        uvicorn.Config(
            api,
            http=HeaderTimeoutProtocol,
            log_config=None,
            lifespan="on",
            ws="none",
            timeout_graceful_shutdown=1,
        )
    )
    # Clients connect before the server is up, and wait in the queue of the socket.
    listening = socket.create_server(("127.0.0.1", 0))
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]})
    thread.start()
    port = listening.getsockname()[1]
    try:
        with (
            httpx2.Client(base_url=f"http://127.0.0.1:{port}", timeout=60) as client,
            forked_compiles(wanted=not is_full()),
            quick_hashes(wanted=not is_full()),
        ):
            yield Service(api, client, application.store, other)
    finally:
        server.should_exit = True
        thread.join()
        application.close()
        listening.close()
