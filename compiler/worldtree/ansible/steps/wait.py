"""Step kind ``wait``: waits for a port, a path, a web page or a command."""

from __future__ import annotations

import math
from typing import Any, Literal, Self

from pydantic import Field, model_validator

from worldtree.ansible.model.plays import PlayTask
from worldtree.ansible.steps.command import command_task
from worldtree.ansible.steps.kind import StepContext, StepKind, StepParams
from worldtree.ansible.steps.parameter_types import Flag, Name, Number, Text
from worldtree.ansible.steps.state_snapshot import task_name

#: Seconds after which ``ansible.builtin.uri`` gives a request up by itself.
_REQUEST_SECONDS = 30


class HttpParams(StepParams):
    """A request and the expected response; names are those of ``ansible.builtin.uri``."""

    url: Name = Field(description="Address.", examples=["http://localhost:8080/health"])
    method: Text | None = Field(default=None, description="Method (default GET).")
    status_code: Number | list[int] = Field(default=200, description="Accepted status codes.")
    headers: dict[str, Text] | None = Field(default=None, description="Headers of the request.")
    body: Any = Field(default=None, description="Body of the request.")
    body_format: Literal["form-urlencoded", "json", "raw"] | None = Field(
        default=None, description="Encoding of the body."
    )
    contains: Text | None = Field(default=None, description="Text that the response must contain.")
    validate_certs: Flag | None = Field(
        default=None, description="Check the server (default true)."
    )
    ca_path: Text | None = Field(default=None, description="Certificate authority on the host.")
    client_cert: Text | None = Field(default=None, description="Client certificate on the host.")
    client_key: Text | None = Field(default=None, description="Its key.")
    url_username: Text | None = Field(default=None, description="Name for basic authentication.")
    url_password: Text | None = Field(default=None, description="Password for it.")


class WaitParams(StepParams):
    """Parameters of ``wait``: those of ``ansible.builtin.wait_for``, ``http``, ``command``."""

    port: Number | None = Field(default=None, description="TCP port to wait for.", examples=[8080])
    host: Text | None = Field(default=None, description="Where the port is (default 127.0.0.1).")
    path: Text | None = Field(default=None, description="Path to wait for.")
    http: Text | HttpParams | None = Field(
        default=None, description="Address that must respond, or a mapping with details."
    )
    command: Text | list[Text] | None = Field(
        default=None, description="Command that must exit with 0."
    )
    state: Literal["started", "stopped", "present", "absent", "drained"] | None = Field(
        default=None, description="What to wait for (default started)."
    )
    search_regex: Text | None = Field(default=None, description="Text in the file or on the port.")
    timeout: int = Field(
        default=300,
        gt=0,
        description="Seconds to wait at most. For `http` and `command` it bounds the pauses between"
        " the tries, and one request; how long each try takes adds to it (`policy.timeout` of the"
        " step bounds everything).",
    )
    sleep: int = Field(default=2, gt=0, description="Seconds between two checks.")
    delay: Number | None = Field(default=None, description="Seconds before the first check.")
    connect_timeout: Number | None = Field(default=None, description="Seconds for one connection.")

    @model_validator(mode="after")
    def _one_of(self) -> Self:
        if sum(x is not None for x in (self.port, self.path, self.http, self.command)) != 1:
            msg = "give one of `port`, `path`, `http` and `command`"
            raise ValueError(msg)
        only_ports = ("host", "state", "search_regex", "delay", "connect_timeout")
        if self.http is not None or self.command is not None:
            extra = [name for name in only_ports if getattr(self, name) is not None]
            if extra:
                msg = f"`{extra[0]}` is only for waiting for a port or path"
                raise ValueError(msg)
        return self


def _repeat(params: WaitParams, until: str) -> dict[str, Any]:
    return {
        "register": "__worldtree_wait",
        "until": until,
        "retries": max(1, math.ceil(params.timeout / params.sleep)),
        "delay": params.sleep,
    }


def _http(params: WaitParams, http: HttpParams) -> PlayTask:
    args = http.args("contains")
    if params.timeout < _REQUEST_SECONDS:
        args["timeout"] = params.timeout
    until = "__worldtree_wait is succeeded"
    if http.contains is not None:
        args["return_content"] = True
        until += " and __worldtree_wanted in __worldtree_wait.content | default('')"
    keywords = _repeat(params, until)
    if http.contains is not None:
        keywords["vars"] = {"__worldtree_wanted": http.contains}
    # A request that only reads is no change and is safe in check mode.
    if http.method in (None, "GET", "HEAD"):
        keywords["check_mode"] = False
    return PlayTask(
        task_name("Wait for", http.url, "the page"), "ansible.builtin.uri", args, keywords
    )


def _run(params: WaitParams, _context: StepContext) -> tuple[PlayTask, ...]:
    if params.http is not None:
        http = HttpParams(url=params.http) if isinstance(params.http, str) else params.http
        return (_http(params, http),)
    if params.command is not None:
        keywords = _repeat(params, "__worldtree_wait.rc == 0")
        return (
            command_task("Wait for the command", params.command, changed_when=False, **keywords),
        )
    is_port = params.port is not None
    what = f"port {params.port}" if is_port else str(params.path)
    name = task_name("Wait for", what, "the port" if is_port else "the path")
    args = params.args("http", "command")
    return (PlayTask(name, "ansible.builtin.wait_for", args),)


KIND = StepKind(
    name="wait",
    summary="Wait for a port, a path, a web page or a command.",
    params=WaitParams,
    run=_run,
    reversibility=lambda _params: "read-only",
    # It may wait for the effect of earlier steps, which check mode does not have.
    check_mode=False,
    shorthand={int: "port"},
)
