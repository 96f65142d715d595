"""Every operation of the OpenAPI document, asked as it allows and as it does not, by schemathesis.

Without state between requests, and with a fixed seed. The document lists the operations, so that a
new route is asked too.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
import requests
import schemathesis
from hypothesis import HealthCheck, given, seed, settings
from hypothesis import strategies as st
from schemathesis import GenerationMode
from schemathesis.checks import (
    content_type_conformance,
    not_a_server_error,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from examples import is_full
from unit.api.service import Service, document, serve
from unit.store.tasks import run_task

_DOCUMENT = Path(__file__).parents[3] / "docs" / "openapi.json"
_METHODS = {"get", "post", "put", "patch", "delete"}
#: Mode, method and path; what takes nothing cannot be asked wrongly.
CASES = [
    (mode, method, path)
    for path, found in json.loads(_DOCUMENT.read_text("utf-8"))["paths"].items()
    for method, described in found.items()
    if method in _METHODS
    for mode in GenerationMode
    if mode is GenerationMode.POSITIVE or {"parameters", "requestBody"} & set(described)
]
#: Requests per operation and mode; in the gate few, since the operations are many.
_EXAMPLES = 40 if is_full() else 2
_CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
]
#: Streams follow a task to its end, which tasks without a worker do not reach.
_STREAM = "text/event-stream"
#: The one that has no end, so that only its beginning can be read.
_ENDLESS = "/api/v1/events/stream"


@dataclass(frozen=True)
class Scene:
    """A service with a cluster and a task that has ended, and no worker."""

    service: Service
    schema: Any
    url: str
    #: Names and ids of existing things, by the name of the parameter in paths.
    known: dict[str, Any]
    session: requests.Session = field(default_factory=requests.Session)


@pytest.fixture(scope="module")
def scene(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Scene]:
    """The service of all cases."""
    with serve(tmp_path_factory.mktemp("fuzz") / "home") as service:
        service.store.put_document("shop", document(), None)
        task = run_task(service.store).id
        url = str(service.client.base_url)
        schema = schemathesis.openapi.from_dict(service.call("GET", "/openapi.json").json())
        known: dict[str, Any] = {"name": "shop", "version": 1, "number": 1, "code": "task-unknown"}
        known |= dict.fromkeys(("task", "task_id", "other"), task)
        yield Scene(service, schema, url, known)


@pytest.mark.parametrize(("mode", "method", "path"), CASES, ids=str)
def test_an_operation_answers_as_it_is_described(
    scene: Scene, mode: GenerationMode, method: str, path: str
) -> None:
    """No error of the service; status, media type, headers and body as described."""
    operation = scene.schema[path][method]
    described = json.dumps(operation.definition.raw["responses"])
    cases = operation.as_strategy(generation_mode=mode)

    @seed(11)
    @settings(
        max_examples=_EXAMPLES,
        deadline=None,
        database=None,
        suppress_health_check=list(HealthCheck),
    )
    @given(case=cases, is_known=st.booleans())
    def ask(case: Any, is_known: bool) -> None:
        if is_known or _STREAM in described:
            for name in case.path_parameters or {}:
                if name in scene.known:
                    case.path_parameters[name] = scene.known[name]
        asked = case.as_transport_kwargs(
            base_url=scene.url, headers={"Authorization": "Bearer admin"}
        )
        with scene.session.request(**asked, stream=path == _ENDLESS, timeout=60) as answer:
            if path == _ENDLESS and answer.ok:
                assert answer.status_code == requests.codes.ok
                assert answer.headers["Content-Type"].startswith(_STREAM)
            else:
                case.validate_response(answer, checks=_CHECKS)

    ask()
