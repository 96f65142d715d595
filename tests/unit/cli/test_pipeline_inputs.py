"""Pipelines that ask for the document before and for facts, by ``wt``."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from homes import open_store
from unit.cli.conftest import CommandResult, ScriptedExecutor, Wt, write_document
from unit.cli.test_pipelines import spec, text_of
from unit.plugins.acme import write_acme
from unit.plugins.packages import installed
from worldtree.core.errors import ExitCode

NODE = "compare/notice/main/main"
CREATED = "create-cluster/notice/main/main"
COMPARE = ("--pipeline", "compare")

Simulated = type[ScriptedExecutor]


@pytest.fixture(autouse=True)
def acme(wt: Wt, tmp_path: Path, simulated: Simulated) -> Iterator[Simulated]:
    """The package is installed, and facts of the host are stored."""
    del wt  # It changes to an empty directory first.
    write_acme(tmp_path / "site")
    keep_facts(tmp_path)
    describe("one")
    with installed(tmp_path / "site"):
        yield simulated


def keep_facts(place: Path, **more: Any) -> None:
    with open_store(place / "state") as store:
        found = {"ansible_system": "Linux", "ansible_uptime_seconds": 1, **more}
        store.save_facts("shop", {"here": found}, 1.0)


def describe(text: str) -> None:
    """Write the document with another text."""
    write_document(Path("cluster.yaml"), spec(text))


def apply(wt: Wt, *words: str, code: ExitCode = ExitCode.OK) -> str:
    """Apply and return the id of the task."""
    ran = wt("apply", *words, "--yes", "-o", "json")
    assert ran.code == code, ran.err
    task: str = ran.json["task_id"]
    return task


def compared(wt: Wt) -> str:
    """What the pipeline would write."""
    ran = wt("plan", *COMPARE, "-o", "json")
    assert ran.code == ExitCode.OK, ran.err
    return text_of(ran.json, NODE)


def test_the_document_before_is_that_of_the_last_whole_success(wt: Wt, acme: Simulated) -> None:
    """Not of a task that failed, looked, was rolled back, or did a part; none after a removal."""
    assert compared(wt) == "nothing > one on ['Linux']"
    apply(wt)
    describe("two")
    acme.outcomes = {(CREATED, "here"): "failed"}
    apply(wt, code=ExitCode.PARTIAL)
    acme.outcomes = {}
    wt("verify", "--yes")
    apply(wt, "--check")
    apply(wt, "--only", "notice/*")
    assert compared(wt) == "one > two on ['Linux']"
    second = apply(wt)
    describe("three")
    assert compared(wt) == "two > three on ['Linux']"
    assert wt("rollback", second, "--yes").code == ExitCode.OK
    assert compared(wt) == "one > three on ['Linux']"
    apply(wt, *COMPARE)
    assert compared(wt) == "three > three on ['Linux']"
    assert wt("destroy", "--yes").code == ExitCode.OK
    assert compared(wt) == "nothing > three on ['Linux']"


def test_a_task_keeps_what_its_plan_was_made_from(wt: Wt, acme: Simulated, tmp_path: Path) -> None:
    """A resume and a retry ask for the same facts and document; a new plan for the newest."""
    apply(wt)
    describe("two")
    acme.outcomes = {(NODE, "here"): "failed"}
    task = apply(wt, *COMPARE, code=ExitCode.PARTIAL)
    keep_facts(tmp_path, ansible_system="Plan9")
    assert "succeeded" not in wt("resume", task, "--yes").out
    acme.outcomes = {}
    resumed = wt("resume", task, "--yes")
    assert resumed.code == ExitCode.OK, resumed.err
    assert wt("retry", task, "--node", "notice/*", "--yes").code == ExitCode.OK
    assert wt("rollback", task, "--yes").code == ExitCode.OK
    acme.outcomes = {(NODE, "here"): "failed"}
    task = apply(wt, *COMPARE, code=ExitCode.PARTIAL)
    acme.outcomes = {}
    describe("three")
    ran = wt("resume", task, "--replan", "--yes")
    assert ran.code == ExitCode.OK, ran.err
    assert "one > three on ['Plan9']" in ran.err + ran.out


def test_hosts_without_facts_are_named_with_the_command(wt: Wt) -> None:
    hosts = [{"name": name, "connection": "local"} for name in ("here", "there")]
    write_document(Path("cluster.yaml"), {**spec(), "hosts": hosts})
    ran = wt("apply", *COMPARE, "--yes")
    assert ran.code == ExitCode.INPUT
    assert "no facts are stored of there" in ran.err
    assert "`wt facts --refresh -f cluster.yaml --cluster shop`" in ran.err
    assert wt("plan", "-o", "json").code == ExitCode.OK, "other pipelines need none"


def test_reading_creates_no_state(wt: Wt, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("WORLDTREE_HOME", str(tmp_path / "elsewhere"))
    assert "[facts-not-gathered]" in wt("plan", *COMPARE).err
    assert not (tmp_path / "elsewhere").exists()


def stale(ran: CommandResult) -> str:
    assert ran.code == ExitCode.REFUSED, ran.err
    return ran.err


def test_a_bundle_is_stale_when_what_its_builders_read_changed(wt: Wt, tmp_path: Path) -> None:
    """A fact that no builder reads changes nothing."""
    apply(wt)
    describe("two")
    assert wt("compile", *COMPARE, "--dir", "b").code == ExitCode.OK
    keep_facts(tmp_path, ansible_uptime_seconds=2)
    assert wt("compile", *COMPARE, "--dir", "b", "--check").code == ExitCode.OK
    keep_facts(tmp_path, ansible_system="Plan9")
    assert "changed since: facts" in stale(wt("apply", "--dir", "b", "--yes"))
    keep_facts(tmp_path)
    apply(wt)
    assert "changed since: previous-document" in stale(wt("apply", "--dir", "b", "--yes"))
    assert wt("compile", *COMPARE, "--dir", "b").code == ExitCode.OK
    apply(wt, "--dir", "b")
    describe("three")
    assert compared(wt) == "two > three on ['Linux']"


def test_a_bundle_of_a_part_is_no_document_before(wt: Wt, tmp_path: Path) -> None:
    """The part may be some of the hosts, which leaves out no node."""
    with open_store(tmp_path / "state") as store:
        store.save_facts("shop", {"there": {"ansible_system": "Linux"}}, 1.0)
    hosts = [{"name": name, "connection": "local"} for name in ("here", "there")]
    write_document(Path("cluster.yaml"), {**spec("one"), "hosts": hosts})
    assert wt("compile", "--hosts", "here", "--dir", "b").code == ExitCode.OK
    apply(wt, "--dir", "b")
    assert compared(wt) == "nothing > one on ['Linux', 'Linux']"
    assert wt("compile", "--dir", "b").code == ExitCode.OK
    apply(wt, "--dir", "b")
    assert compared(wt) == "one > one on ['Linux', 'Linux']"


def test_a_document_that_is_not_known_is_no_first_document(wt: Wt) -> None:
    """A reviewed bundle may be run where its document is not."""
    assert wt("compile", "--dir", "b").code == ExitCode.OK
    task = apply(wt, "--dir", "b", "-f", "not-here.yaml")
    ran = wt("plan", *COMPARE)
    assert ran.code == ExitCode.INPUT
    assert f"the document of task {task}, the last one that succeeded on `shop`" in ran.err
    apply(wt, "--changed")
    assert compared(wt) == "one > one on ['Linux']"


def test_a_document_that_is_not_valid_any_more_is_named(wt: Wt, tmp_path: Path) -> None:
    task = apply(wt)
    with open_store(tmp_path / "state") as store, store._writer.begin() as connection:
        connection.exec_driver_sql("UPDATE documents SET body = replace(body, 'text:', 'txt:')")
    ran = wt("plan", *COMPARE)
    assert ran.code == ExitCode.INPUT
    assert f"the document of task {task} is no longer valid" in ran.err


def test_a_plan_that_another_task_overtook_is_refused(
    wt: Wt, monkeypatch: pytest.MonkeyPatch
) -> None:
    """While a person reads the plan, the cluster is not locked."""
    apply(wt)

    def confirm(*_: Any) -> None:
        apply(wt)

    monkeypatch.setattr("worldtree.cli.run_command._confirm", confirm)
    ran = wt("apply", *COMPARE)
    assert ran.code == ExitCode.REFUSED
    assert "the plan is out of date" in ran.err
