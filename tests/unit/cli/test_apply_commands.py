"""apply, verify, destroy and tasks, with an executor that touches nothing."""

from __future__ import annotations

import io
import json
import os
import signal
import threading
from pathlib import Path
from typing import Any

import pytest

from unit.cli.conftest import ScriptedExecutor, Wt, shop_spec, write_document
from worldtree.core.errors import ExitCode

PAGE = "create-cluster/app/files/page"
HOME = "create-cluster/app/files/home"

Simulated = type[ScriptedExecutor]


@pytest.fixture
def answer(monkeypatch: pytest.MonkeyPatch) -> Any:
    """Put words (or an exception) where a person types, on a terminal."""

    def put(words: str | type[BaseException]) -> None:
        class Terminal(io.StringIO):
            def isatty(self) -> bool:
                return True

            def readline(self, *_: Any) -> str:
                if isinstance(words, str):
                    return words
                raise words

        monkeypatch.setattr("sys.stdin", Terminal())
        monkeypatch.setattr("click.termui.visible_prompt_func", lambda _: _read())

        def _read() -> str:
            import sys

            return sys.stdin.readline()

    return put


@pytest.mark.usefixtures("simulated")
def test_apply_shows_the_result_per_node_and_host(wt: Wt, shop: Path) -> None:
    """Data on stdout, progress on stderr."""
    ran = wt("apply", "-f", str(shop), "--yes")
    assert ran.code == ExitCode.OK
    assert ran.out.splitlines()[0].split() == ["NODE", "HOST", "STATUS", "TIME", "MESSAGE"]
    assert ran.out.splitlines()[1].split()[:3] == ["app/files/home", "web1", "changed"]
    assert "shop create-cluster: succeeded" in ran.out
    assert "▶ app/files/home (2 hosts)" in ran.err


def test_apply_of_a_failing_host_is_partial(wt: Wt, shop: Path, simulated: Simulated) -> None:
    """What failed, and what did not run because of it."""
    simulated.outcomes = {(HOME, "web2"): "failed"}
    ran = wt("apply", "-f", str(shop), "--yes", "-o", "json")
    assert ran.code == ExitCode.PARTIAL
    nodes = {node["id"]: node for node in ran.json["nodes"]}
    assert ran.json["status"] == "partial"
    assert nodes[HOME]["hosts"]["web2"]["status"] == "failed"
    assert nodes[PAGE]["hosts"]["web2"]["caused_by"] == HOME
    assert "! app/files/home failed on web2" in ran.err


@pytest.mark.usefixtures("simulated")
def test_apply_streams_events(wt: Wt, shop: Path) -> None:
    """One JSON object a line, and nothing else on stdout."""
    ran = wt("apply", "-f", str(shop), "--yes", "--events", "jsonl")
    kinds = [json.loads(line)["kind"] for line in ran.out.splitlines()]
    assert (kinds[0], kinds[-1]) == ("task-started", "task-finished")


@pytest.mark.usefixtures("simulated")
def test_apply_of_a_bundle(wt: Wt, shop: Path) -> None:
    """Exactly the reviewed bundle."""
    assert wt("compile", "-f", str(shop), "--dir", "b").code == ExitCode.OK
    assert wt("apply", "--dir", "b", "--yes").code == ExitCode.OK


@pytest.mark.usefixtures("simulated")
def test_apply_of_what_is_no_bundle(wt: Wt) -> None:
    """Nothing is run."""
    ran = wt("apply", "--dir", "nope", "--yes")
    assert ran.code == ExitCode.INPUT
    assert "nope is not a bundle" in ran.err


@pytest.mark.parametrize(
    ("words", "code"),
    [
        ("n\n", ExitCode.REFUSED),
        ("y\n", ExitCode.OK),
        (KeyboardInterrupt, ExitCode.CANCELLED),
        (EOFError, ExitCode.CANCELLED),
    ],
)
@pytest.mark.usefixtures("simulated")
def test_answers_to_the_question(
    wt: Wt, shop: Path, answer: Any, words: Any, code: ExitCode
) -> None:
    """The plan is shown first, on stderr."""
    answer(words)
    ran = wt("apply", "-f", str(shop), "-o", "json")
    assert ran.code == code
    assert " nodes can be undone (" in ran.err
    assert (ran.out == "") is (code is not ExitCode.OK)


def test_ctrl_c_cancels_the_task(
    wt: Wt, shop: Path, simulated: Simulated, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Asked once, it ends by itself: exit code 130, and says so."""
    # A shell's background work has it ignored.
    before = signal.getsignal(signal.SIGINT)
    told: list[str] = []
    monkeypatch.setattr("worldtree.cli.progress.plain.write_unbuffered", told.append)

    def slow(self: ScriptedExecutor, *_: Any, **__: Any) -> None:
        super(ScriptedExecutor, self).__init__(seconds={HOME: 60.0})

    def start(self: ScriptedExecutor, request: Any, *rest: Any) -> Any:
        if HOME in request.nodes:
            threading.Timer(0.3, os.kill, [os.getpid(), signal.SIGINT]).start()
        return super(ScriptedExecutor, self).start(request, *rest)

    simulated.__init__ = slow  # type: ignore[assignment]
    simulated.start = start  # type: ignore[method-assign]
    ran = wt("apply", "-f", str(shop), "--yes", "-o", "json")
    assert ran.code == ExitCode.CANCELLED
    assert ran.json["status"] == "cancelled"
    assert ran.json["interrupted_hosts"] == ["web1", "web2"]
    assert "when interrupted: web1, web2" in ran.err
    assert told == ["SIGINT: ending the task, also on its hosts"]
    assert signal.getsignal(signal.SIGINT) is before


def test_ctrl_c_while_it_is_rolled_back(
    wt: Wt, tmp_path: Path, simulated: Simulated, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What failed is shown, and how to go on, which the next apply tells as well."""
    monkeypatch.setattr("worldtree.cli.progress.plain.write_unbuffered", lambda _words: None)
    spec = {**shop_spec(), "policy": {"onFailure": "rollback"}}
    write_document(tmp_path / "cluster.yaml", spec)
    simulated.outcomes = {(PAGE, "web2"): "failed"}

    def start(self: ScriptedExecutor, request: Any, *rest: Any) -> Any:
        if request.form == "rollback":
            os.kill(os.getpid(), signal.SIGINT)
        return super(ScriptedExecutor, self).start(request, *rest)

    simulated.start = start  # type: ignore[method-assign]
    ran = wt("apply", "--yes")
    assert ran.code == ExitCode.CANCELLED
    assert "shop create-cluster: failed" in ran.out
    assert "app/files/page" in ran.out
    rollback, applied = wt("tasks", "list", "-o", "json").json["items"]
    assert (rollback["status"], applied["status"]) == ("cancelled", "failed")
    assert f"continue with `wt resume {rollback['id']}`" in ran.out
    del simulated.start
    simulated.outcomes = {}
    assert f"`wt resume {rollback['id']}` continues it" in wt("apply", "--yes").err
    assert "wt resume" not in wt("apply", "--yes").err


@pytest.mark.parametrize("yes", [False, True])
@pytest.mark.usefixtures("simulated")
def test_work_that_cannot_be_undone_is_reported_before_anything_is_asked(
    wt: Wt, tmp_path: Path, answer: Any, yes: bool
) -> None:
    spec = {**shop_spec(), "policy": {"onFailure": "rollback", "onIrreversible": "refuse"}}
    spec["modules"][1]["tasks"][0]["steps"].append({"name": "run", "command": "true"})
    write_document(tmp_path / "cluster.yaml", spec)
    answer("y\n")
    refused = wt("apply", *["--yes"] * yes)
    assert refused.code == ExitCode.REFUSED
    assert "cannot be undone: create-cluster/other/check/run" in refused.err
    assert "[y/N]" not in refused.err
    spec["policy"]["onIrreversible"] = "confirm"
    write_document(tmp_path / "cluster.yaml", spec)
    told = wt("apply", *["--yes"] * yes)
    assert "cannot be undone: create-cluster/other/check/run\n" in told.err


@pytest.mark.parametrize(
    ("command", "pipeline"),
    [
        ("verify", "verify"),
        ("destroy", "destroy-cluster"),
        ("apply --pipeline verify", "verify"),
    ],
)
@pytest.mark.usefixtures("simulated")
def test_other_pipelines(wt: Wt, tmp_path: Path, command: str, pipeline: str) -> None:
    """Each command runs its own pipeline."""
    hosts = [{"name": "web1", "connection": "local", "roles": ["web"]}]
    write_document(tmp_path / "cluster.yaml", {"hosts": hosts, "components": {"nginx": {}}})
    ran = wt(*command.split(), "--yes", "-o", "json")
    assert ran.code == ExitCode.OK
    assert ran.json["pipeline"] == pipeline
    assert ran.json["nodes"]


@pytest.mark.usefixtures("simulated")
def test_tasks_share_the_files_of_their_bundles(wt: Wt, shop: Path, tmp_path: Path) -> None:
    """Also of a bundle that is not compiled again; the bundle itself keeps files of its own."""
    assert wt("compile", "-f", str(shop), "--dir", str(shop.parent / "build")).code == ExitCode.OK
    for source in (("-f", str(shop)), ("-f", str(shop), "--dir", str(shop.parent / "build"))):
        assert wt("apply", *source, "--yes").code == ExitCode.OK
    one, two = (tmp_path / "state/tasks").iterdir()
    for name in ("plan.json", "site.yml", "inventory/hosts.yml"):
        assert (one / "bundle" / name).samefile(two / "bundle" / name)
        assert not (one / "bundle" / name).samefile(shop.parent / "build" / name)


def test_dry_run_of_another_pipeline(wt: Wt, tmp_path: Path) -> None:
    """It shows the nodes of the pipeline that would run."""
    hosts = [{"name": "web1", "connection": "local", "roles": ["web"]}]
    write_document(tmp_path / "cluster.yaml", {"hosts": hosts, "components": {"nginx": {}}})
    ran = wt("apply", "--pipeline", "destroy-cluster", "--dry-run", "-o", "json")
    assert ran.code == ExitCode.OK, ran.err
    assert ran.json["nodes"]
    assert all("destroy-cluster/" in str(node) for node in ran.json["nodes"])


def test_tasks_before_the_first(wt: Wt) -> None:
    """An empty list is no error."""
    ran = wt("tasks", "list")
    assert (ran.code, ran.out) == (ExitCode.OK, "")
    assert "no tasks yet" in ran.err
    assert wt("tasks", "list", "-o", "json").json == {"items": []}
    assert wt("tasks", "show").code == ExitCode.INPUT


def test_tasks_list_newest_first(wt: Wt, shop: Path, simulated: Simulated) -> None:
    """With counts of hosts, changed and failed ones."""
    wt("apply", "-f", str(shop), "--yes")
    simulated.outcomes = {(HOME, "web2"): "failed"}
    wt("apply", "-f", str(shop), "--yes")
    items = wt("tasks", "list", "-o", "json").json["items"]
    assert [item["status"] for item in items] == ["partial", "succeeded"]
    assert set(items[0]) == {
        *("id", "cluster", "pipeline", "command", "status", "message", "parent"),
        *("created", "started", "ended", "duration", "hosts", "changed", "failed"),
        *("asked", "actor", "request", "problem"),
    }
    assert [items[0][count] for count in ("hosts", "changed", "failed")] == [2, 1, 1]
    table = wt("tasks", "list", "--limit", "1").out.splitlines()
    assert len(table) == 2
    assert table[1].split()[0] == items[0]["id"]
    assert wt("tasks", "list", "--cluster", "none", "-o", "json").json == {"items": []}


@pytest.mark.usefixtures("simulated")
def test_tasks_show(wt: Wt, shop: Path) -> None:
    """The newest, or the one whose id begins so."""
    made = wt("apply", "-f", str(shop), "--yes", "-o", "json").json
    shown = wt("tasks", "show", "-o", "json").json
    assert {name: shown[name] for name in made} == made
    assert shown["request"]["document"]["file"] == str(shop)
    assert (shown["command"], shown["actor"]["kind"]) == ("apply", "person")
    assert wt("tasks", "show", made["task_id"][:-3], "-o", "json").json == shown
    assert "app/files/page" in wt("tasks", "show").out
    unknown = wt("tasks", "show", "1999")
    assert (unknown.code, unknown.out) == (ExitCode.INPUT, "")
    assert "there is no task `1999`" in unknown.err


def test_tasks_logs_and_their_filters(wt: Wt, shop: Path, simulated: Simulated) -> None:
    """By node (with or without the pipeline, patterns too), by host, only failures."""
    simulated.outcomes = {(HOME, "web2"): "failed"}
    wt("apply", "-f", str(shop), "--yes")

    def places(*arguments: str) -> set[tuple[str, str]]:
        items = wt("tasks", "logs", *arguments, "-o", "json").json["items"]
        return {(item["node"], item["host"]) for item in items}

    assert len(places()) == 4
    assert places("--node", "app/files/page") == {(PAGE, "web1")}
    assert places("--node", "*/page") == {(PAGE, "web1")}
    assert places("--node", HOME, "--host", "web2") == {(HOME, "web2")}
    assert places("--failed") == {(HOME, "web2")}
    text = wt("tasks", "logs", "--failed").out
    assert "web2 failed app/files/home ▸ Simulated" in text
    assert "    simulated: failed" in text
    near = wt("tasks", "logs", "--node", "app/files/pge")
    assert near.code == ExitCode.INPUT
    assert "did you mean `app/files/page`?" in near.err
    assert wt("tasks", "logs", "--host", "web3").code == ExitCode.INPUT
