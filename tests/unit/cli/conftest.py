"""Runs ``wt`` as a person would, within this process: an empty directory, a state of its own."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest
import structlog
import yaml

import homes
from worldtree.cli.main import run
from worldtree.core.process_identity import ProcessIdentity, current_process
from worldtree.engine.executors.simulated import SimulatedExecutor


@dataclass(frozen=True)
class CommandResult:
    """What became of one command."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        """The data on stdout."""
        return json.loads(self.out)


Wt = Callable[..., CommandResult]


@pytest.fixture(scope="module")
def no_service_log() -> Iterator[None]:
    """Keep the log of a service in this process off the stdout that commands write to."""
    former = structlog.get_config()
    structlog.configure(logger_factory=structlog.ReturnLoggerFactory())
    yield
    structlog.configure(**former)


@pytest.fixture
def wt(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Wt:
    """``wt("plan", "-o", "json")`` in an empty directory."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("WORLDTREE_HOME", str(tmp_path / "state"))
    monkeypatch.delenv("NO_COLOR", raising=False)
    monkeypatch.delenv("COLUMNS", raising=False)

    def call(*arguments: str) -> CommandResult:
        capsys.readouterr()
        code = run(arguments)
        captured = capsys.readouterr()
        assert "Traceback" not in captured.err
        return CommandResult(code, captured.out, captured.err)

    return call


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    """A document: a chain of two nodes on two hosts, beside it one node that needs nothing."""
    return write_document(tmp_path / "cluster.yaml", shop_spec())


def shop_spec() -> dict[str, Any]:
    """The spec of the document ``shop``."""
    steps = [
        {"name": "home", "directory": {"path": "/tmp/shop", "mode": "0755"}},
        {"name": "page", "copy": {"dest": "/tmp/shop/page", "content": "hi\n", "mode": "0644"}},
    ]
    check = [{"name": "ready", "wait": {"path": "/tmp/shop", "timeout": 1}}]
    return {
        "hosts": [{"name": f"web{n}", "connection": "local", "roles": ["web"]} for n in (1, 2)],
        "modules": [
            {"name": "app", "tasks": [{"name": "files", "hosts": "role=web", "steps": steps}]},
            {"name": "other", "tasks": [{"name": "check", "hosts": ["web1"], "steps": check}]},
        ],
    }


def write_document(file: Path, spec: Mapping[str, Any], name: str = "shop") -> Path:
    """Write a cluster document and return its path."""
    data = {
        "apiVersion": "worldtree.io/v1alpha1",
        "kind": "Cluster",
        "metadata": {"name": name},
        "spec": dict(spec),
    }
    file.write_text(yaml.safe_dump(data, allow_unicode=True), encoding="utf-8")
    return file


class ScriptedExecutor(SimulatedExecutor):
    """Stands where the real executor does; its script is set by the test."""

    outcomes: Mapping[tuple[str, str], str] = {}
    ssh = None
    broker_environment: Mapping[str, str] = {}

    def __init__(self, *_: Any, **__: Any) -> None:
        super().__init__(script=dict(self.outcomes), default="changed")

    def prepare(self, *_: Any) -> None:
        """Nothing has to be started."""

    def ensure_supported(self) -> None:
        """Every release is."""

    def __enter__(self) -> ScriptedExecutor:
        return self

    def __exit__(self, *_: object) -> None:
        """Nothing has to be ended."""


@pytest.fixture
def simulated(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> type[ScriptedExecutor]:
    """Let ``wt apply`` touch nothing: hosts answer, and do what ``outcomes`` says (changed)."""
    homes.prepare(tmp_path / "state")
    executor = type("Scripted", (ScriptedExecutor,), {"outcomes": {}})
    monkeypatch.setattr("worldtree.runner.control.executor.RunnerExecutor", executor)
    monkeypatch.setattr(
        "worldtree.runner.connect.connection_check.check_connections", lambda *_, **__: ()
    )
    return executor


@pytest.fixture
def no_api_check(monkeypatch: pytest.MonkeyPatch) -> None:
    """Have `wt doctor` start no process that loads Ansible: that takes a second each time."""
    monkeypatch.setattr("worldtree.runner.process.private_apis.find_differences", list)


@pytest.fixture
def dead() -> ProcessIdentity:
    """A process that is gone."""
    child = subprocess.Popen([sys.executable, "-c", ""])
    child.wait()
    return replace(current_process(), pid=child.pid)
