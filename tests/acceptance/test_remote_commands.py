"""The same commands on this machine and, with `--server`, at a real service: the same output."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from acceptance.remote_service import Serving, serve
from acceptance.test_apply_local import module, task
from acceptance.workspace import SHELL_LINE, Outcome, Workspace

_MASKS = (
    (r"(?<=/tmp/ansible-tmp-)[\d.-]+", "N"),
    (r"\d{8}-\d{6}-[0-9a-f]{6}(-[\w.-]+)?", "TASK"),
    (r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d(:\d\d(\.\d+)?)?Z?", "TIME"),
    (r"\b\d+:\d\d:\d\d(\.\d+)?\b", "TIME"),
    (r"\b\d+\.\d+s\b|\b\d+m\d\ds\b", "DURATION"),
    (r'(\bduration"?: )[\d.]+', r"\g<1>0"),
    (r'(\bseq"?: )\d+', r"\g<1>0"),
    (r"\b([0-9a-f]{12}|[0-9a-f]{32,64})\b", "DIGEST"),
    (r"[ ]{2,}", "  "),
)
#: Keys of a task that say who asked, and how: a service is asked by a token, for a stored document.
_ASKED = ("actor", "request")


@dataclass
class Side:
    """A workspace whose commands work here or at a service."""

    name: str
    workspace: Workspace
    #: Of this workspace, and of the service that runs its tasks.
    directories: tuple[Path, ...]
    found: dict[str, Outcome] = field(default_factory=dict)

    def wt(self, step: str, *arguments: str) -> Outcome:
        """Run a command, and keep what it said as ``step``."""
        self.found[step] = outcome = self.workspace.wt(*arguments)
        assert "Traceback" not in outcome.err, outcome.err
        return outcome

    def masked(self, text: str) -> str:
        """Return a text without what differs between two runs."""
        for directory in self.directories:
            text = text.replace(str(directory), "DIR")
        for pattern, word in _MASKS:
            text = re.sub(pattern, word, text)
        return text


def document(target: Path, *, gate: Path, beside: bool = False) -> dict[str, Any]:
    """Two hosts: a file, then a step that fails on `b` until ``gate`` is there, then a command.

    The content of the file is in the document, or in a file ``beside`` it. One step alone starts
    Python on the hosts: all tasks run it.
    """
    host = "{{ inventory_hostname }}"
    waits = f'test "{host}" != b || test -e {gate} || {{ echo no; exit 9; }}'
    source = {"src": "page"} if beside else {"content": "hi\n"}
    steps = [
        {"copy": {"dest": f"{target}/{host}/page", **source}},
        {"tasks": [{"name": "Gate", SHELL_LINE: waits}]},
        {"tasks": [{"name": "Say", SHELL_LINE: "echo done"}]},
    ]
    return {
        "hosts": [{"name": name, "connection": "local"} for name in "ab"],
        "facts": {"gather": "never"},
        "modules": [module("app", task("files", *steps))],
    }


def tell(side: Side) -> Mapping[str, Outcome]:
    """Run all commands on one side."""
    workspace, wt = side.workspace, side.wt
    gate = workspace.path / "gate"
    for host in "ab":
        (workspace.target / host).mkdir(parents=True)
    file = workspace.path / "cluster.yaml"
    wt("nothing: list", "tasks", "list")
    wt("nothing: show", "tasks", "show")
    wt("nothing: cancel", "cancel")
    wt("nothing: no document", "apply", "--yes", "-f", "none.yaml")
    right = workspace.write(document(workspace.target, gate=gate)).read_text("utf-8")
    file.write_text(right.replace("modules:", "moduls:"), "utf-8")
    wt("wrong: validate", "validate")
    wt("wrong: validate json", "validate", "-o", "json")
    wt("wrong: apply", "apply", "--yes")
    file.write_text(right, "utf-8")
    wt("validate", "validate")
    wt("validate json", "validate", "-o", "json")
    wt("plan", "plan")
    wt("plan json", "plan", "-o", "json")
    wt("plan: unknown pipeline", "plan", "--pipeline", "crate-cluster")
    wt("graph", "graph", "-o", "mermaid", "--only", "app/*")
    wt("compile", "compile")
    wt("compile: check", "compile", "--check")
    wt("facts: none", "facts")
    wt("apply: not confirmed", "apply")
    wt("apply: unknown pipeline", "apply", "--yes", "--pipeline", "crate-cluster")
    wt("apply: failed", "apply", "--yes")
    wt("show: failed", "tasks", "show")
    wt("show json: failed", "tasks", "show", "-o", "json")
    wt("logs: failed", "tasks", "logs", "--failed")
    wt("logs: all", "tasks", "logs")
    wt("logs json: host", "tasks", "logs", "--host", "a", "-o", "json")
    wt("logs: unknown host", "tasks", "logs", "--host", "c")
    gate.touch()
    wt("resume", "resume", "--yes")
    wt("resume: again", "resume", "--yes")
    wt("cancel: ended", "cancel")
    wt("rollback", "rollback", "--yes", "-o", "json")
    wt("check", "apply", "--check", "--diff")
    # From here on the service needs a file of this directory.
    (workspace.path / "page").write_text("hi\n", "utf-8")
    workspace.write(document(workspace.target, gate=gate, beside=True))
    part = ("--only", "app/files/s[12]", "--hosts", "a")
    wt("apply: changed part", "apply", "--yes", "--changed", *part)
    wt("verify: events", "verify", "--yes", "--events", "jsonl")
    wt("drift", "drift")
    wt("drift: history", "drift", "--history")
    wt("destroy", "destroy", "--yes", "-o", "yaml")
    wt("list", "tasks", "list")
    wt("list json", "tasks", "list", "-o", "json", "--limit", "3")
    wt("show: unknown", "tasks", "show", "none")
    wt("apply: no node", "apply", "--yes", "--only", "nothing/*")
    return side.found


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Serving]:
    """A service with its own state, whose documents may use this machine."""
    with serve(Workspace(tmp_path_factory.mktemp("service")), policy="archives = true") as found:
        yield found


@pytest.fixture(scope="module")
def both(service: Serving, tmp_path_factory: pytest.TempPathFactory) -> tuple[Side, Side]:
    """Here and at the service, after all commands."""
    home, away = (Workspace(tmp_path_factory.mktemp(name)) for name in ("here", "away"))
    here = Side("here", home, (home.path,))
    away.env = {"WORLDTREE_SERVER": service.url, "XDG_CONFIG_HOME": str(away.path / "config")}
    there = Side("there", away, (away.path, service.workspace.path))
    file = away.path / "token"
    file.write_text(f"{service.token}\n", "utf-8")
    log_in(away, file)
    with ThreadPoolExecutor() as pool:  # Most of a command is waiting for other processes.
        list(pool.map(tell, (here, there)))
    return here, there


def _data(outcome: str) -> Any:
    return _without(json.loads(outcome))


def _without(data: Any) -> Any:
    if isinstance(data, dict):
        return {k: None if k in _ASKED else _without(v) for k, v in data.items()}
    return [_without(one) for one in data] if isinstance(data, list) else data


STEPS = (
    *("nothing: list", "nothing: show", "nothing: cancel", "nothing: no document"),
    *("wrong: validate", "wrong: validate json", "wrong: apply", "validate", "validate json"),
    *("plan", "plan json", "plan: unknown pipeline", "graph", "compile", "compile: check"),
    *("facts: none", "drift", "drift: history"),
    *("apply: not confirmed", "apply: unknown pipeline", "apply: failed", "show: failed"),
    *("show json: failed", "logs: failed", "logs: all", "logs json: host", "logs: unknown host"),
    *("resume", "resume: again", "cancel: ended", "rollback", "check"),
    *("apply: changed part", "verify: events", "destroy", "list", "list json", "show: unknown"),
    "apply: no node",
)


def log_in(workspace: Workspace, token: Path) -> None:
    """Save the login of a token; it is in no list of processes, and in no output."""
    with token.open("rb") as stdin:
        made = workspace.start("login", "--token-stdin", stdin=stdin.fileno()).finish()
    assert (made.code, made.out) == (0, ""), made.err
    assert made.err.endswith("as ann\n")
    saved = workspace.path / "config" / "worldtree" / "servers.json"
    assert saved.stat().st_mode & 0o777 == 0o600
    assert token.read_text("utf-8").strip() not in made.err


def error_code(text: str) -> str | None:
    """Return the code of the error on stderr."""
    found = re.search(r"^error(?:: .*)? ?\[([a-z-]+)\]", text, re.MULTILINE)
    return None if found is None else found[1]


@pytest.mark.once
def test_commands_say_the_same_here_and_at_a_service(both: tuple[Side, Side]) -> None:
    """One test of all commands: tests of their own would run in several workers, each with all."""
    different = {}
    for step in STEPS:
        try:
            compare(both, step)
        except AssertionError as why:
            different[step] = str(why)
    assert different == {}


def compare(both: tuple[Side, Side], step: str) -> None:
    """Compare stdout in all but names, times and places; stderr in its error or diagnostics."""
    here, there = (side.found[step] for side in both)
    assert there.code == here.code, there.err
    first, second = (side.masked(side.found[step].out) for side in both)
    if step == "verify: events":
        kinds = [
            sorted(json.loads(line)["kind"] for line in text.splitlines())
            for text in (first, second)
        ]
        assert kinds[1] == kinds[0]
        assert "task-finished" in kinds[0]
    elif first.startswith("{"):
        assert _data(second) == _data(first)
    elif step.startswith("logs:"):
        # Two hosts are worked on at the same time.
        assert sorted(second.splitlines()) == sorted(first.splitlines())
    else:
        assert second == first
    assert error_code(there.err) == error_code(here.err), there.err
    if step.startswith("wrong:"):
        assert both[1].masked(there.err) == both[0].masked(here.err)
