"""resume --replan: a task goes on by a new plan of the changed document."""

from __future__ import annotations

import copy
import time
from pathlib import Path
from typing import Any

import pytest

from unit.cli.conftest import ScriptedExecutor, Wt, shop_spec, write_document
from unit.cli.unfinished_shop import HOME, NEXT, PAGE, READY, Shop, Simulated, hosts
from worldtree.core.errors import ExitCode
from worldtree.results.events import Event, EventKind
from worldtree.results.run import RunRequest
from worldtree.store.store import Store


@pytest.fixture
def cut(wt: Wt, shop: Path, simulated: Simulated) -> Shop:
    return Shop(wt, shop, simulated)


def test_notified_handlers_go_to_the_task_with_the_new_plan(
    cut: Shop, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A handler that did not run before the cut runs, also when the plan changed twice."""
    notified = Event(
        kind=EventKind.HANDLERS_NOTIFIED,
        time=time.time(),
        node=PAGE,
        host="web2",
        result={"handlers": ["restart"]},
    )
    with Store.open(tmp_path / "state") as store:
        store.recorder(cut.task).record([notified])
    passed: list[Any] = []
    start = cut.simulated.start

    def record(self: Any, request: RunRequest, *more: Any) -> Any:
        passed.append(request.notified)
        return start(self, request, *more)

    monkeypatch.setattr(cut.simulated, "start", record)
    cut.simulated.outcomes = {(PAGE, "web2"): "failed"}
    for content in ("one", "two"):
        cut.steps[1]["copy"]["content"] = content
        cut.write()
        ran = cut.wt("resume", cut.task, "--replan", "--yes", "-o", "json")
        cut.task = ran.json["task_id"]
        assert {PAGE: {"web2": ["restart"]}} in passed
        passed.clear()


def test_replanning_reuses_runs_again_adds_and_lets_go(cut: Shop) -> None:
    """A task of its own; the difference comes first; both tasks stay folds of their events."""
    cut.steps[1]["copy"]["content"] = "another page"
    cut.steps.append({"name": "next", "copy": {"content": "x", "dest": "/tmp/next"}})
    cut.write()
    ran = cut.resume("--replan")
    assert ran.code == ExitCode.OK, ran.err
    assert ran.json["task_id"] != cut.task
    assert ran.json["status"] == "succeeded"
    assert hosts(ran, HOME) == {"web1": "skipped", "web2": "skipped"}
    assert hosts(ran, PAGE) == {"web1": "changed", "web2": "changed"}
    assert hosts(ran, NEXT) == {"web1": "changed", "web2": "changed"}
    said = ran.err
    assert f"+ {NEXT}" in said
    assert f"~ {PAGE}" in said
    assert f"reused  {HOME} on web1, web2: done before" in said
    assert f"re-run  {PAGE} on web1: last done with other inputs" in said
    assert f"new     {NEXT} on web1, web2: not started yet" in said
    assert said.index(f"~ {PAGE}") < said.index(f"reused  {HOME}")
    assert [task["parent"] for task in cut.tasks()] == [cut.task, None]
    for task in (cut.task, ran.json["task_id"]):
        rebuilt = cut.wt("tasks", "rebuild", task, "-o", "json")
        assert (rebuilt.code, rebuilt.json["identical"]) == (ExitCode.OK, True), rebuilt.out


def test_readers_of_what_is_published_again_run_again(
    wt: Wt, tmp_path: Path, simulated: Simulated
) -> None:
    """Though nothing of its own has changed."""
    init = {"name": "init", "command": {"argv": ["make"]}, "outputs": {"token": "{{ result.rc }}"}}
    join = {"name": "join", "command": {"argv": ["join", "{{ outputs['init'].token }}"]}}
    last = {"name": "last", "command": {"argv": ["last"]}}
    spec = shop_spec()
    spec["modules"] = [{"name": "m", "tasks": [{"name": "t", "steps": [init, join, last]}]}]
    file = write_document(tmp_path / "cluster.yaml", spec)
    simulated.outcomes = {("create-cluster/m/t/last", "web1"): "failed"}
    task = wt("apply", "-f", str(file), "--yes", "-o", "json").json["task_id"]
    simulated.outcomes = {}
    init["command"] = {"argv": ["make", "anew"]}
    write_document(file, spec)
    ran = wt("resume", task, "--replan", "--yes", "-o", "json")
    assert ran.code == ExitCode.OK, ran.err
    assert hosts(ran, "create-cluster/m/t/join") == {"web1": "changed", "web2": "changed"}
    assert hosts(ran, "create-cluster/m/t/last") == {"web1": "changed", "web2": "skipped"}


def test_what_a_later_task_has_done_otherwise_is_done_again(cut: Shop) -> None:
    """The task's own success says nothing any more."""
    page = cut.steps[1]["copy"]
    was, page["content"] = page["content"], "between"
    cut.write()
    assert cut.wt("apply", "-f", str(cut.file), "--yes").code == ExitCode.OK
    page["content"] = was
    cut.write()
    refused = cut.wt("resume", cut.task)
    assert f"re-run  {PAGE} on web1: last done with other inputs" in refused.err
    assert f"reused  {HOME} on web1, web2" in refused.err
    cut.spec["policy"] = {"concurrency": 2}
    cut.write()
    ran = cut.resume("--replan")
    assert ran.code == ExitCode.OK, ran.err
    assert hosts(ran, HOME) == {"web1": "skipped", "web2": "skipped"}
    assert hosts(ran, PAGE) == {"web1": "changed", "web2": "changed"}


def test_what_is_gone_from_the_document_is_reported(cut: Shop) -> None:
    """A step, and a host: what they did stays until the earlier task is rolled back."""
    del cut.steps[0]
    cut.spec["hosts"] = [host for host in cut.spec["hosts"] if host["name"] != "web2"]
    cut.write()
    ran = cut.resume("--replan")
    assert ran.code == ExitCode.OK, ran.err
    assert {node["id"] for node in ran.json["nodes"]} == {PAGE, READY}
    stays = f"no longer in the plan; its effect stays on the host until task {cut.task} is"
    assert f"gone    {HOME} on web1, web2: {stays} rolled back" in ran.err
    assert f"gone    {PAGE} on web2: {stays}" in ran.err


def test_both_tasks_are_rolled_back_the_later_one_first(cut: Shop) -> None:
    """So that what is gone from the plan can still be undone."""
    del cut.steps[0]
    cut.steps[0]["copy"]["content"] = "another page"
    cut.write()
    later = cut.resume("--replan").json["task_id"]
    early = cut.wt("rollback", cut.task, "--yes")
    assert early.code == ExitCode.REFUSED
    assert f"`wt rollback {later}`" in early.err
    assert cut.resume().code == ExitCode.REFUSED
    undone = cut.wt("rollback", later, "--yes", "-o", "json")
    assert undone.code == ExitCode.OK, undone.err
    assert f"`wt rollback {cut.task}` undoes them" in undone.err
    undone = cut.wt("rollback", cut.task, "--yes", "-o", "json")
    assert undone.code == ExitCode.OK, undone.err
    assert {node["id"] for node in undone.json["nodes"]} == {HOME, PAGE}
    assert {task["status"] for task in cut.tasks()} == {"rolled-back", "succeeded"}


def test_a_failure_rolls_back_both_where_that_is_the_policy(
    cut: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As it would if the task had gone on by its old plan."""
    cut.spec["policy"] = {"onFailure": "rollback"}
    cut.steps[1]["copy"]["content"] = "another page"
    cut.write()
    scripts = iter([{(PAGE, "web1"): "failed"}])

    def fail_once(self: ScriptedExecutor, *_: Any, **__: Any) -> None:
        super(ScriptedExecutor, self).__init__(script=next(scripts, {}), default="changed")

    monkeypatch.setattr(cut.simulated, "__init__", fail_once)
    ran = cut.resume("--replan")
    assert ran.code == ExitCode.FAILED
    assert f"task {ran.json['task_id']} continued {cut.task}; rolling it back" in ran.err
    found = {task["id"]: task["status"] for task in cut.tasks()}
    assert found[cut.task] == found[ran.json["task_id"]] == "rolled-back"


def test_a_task_made_by_replanning_is_continued(cut: Shop) -> None:
    """By its own plan, or by a third."""
    cut.steps[1]["copy"]["content"] = "another page"
    cut.write()
    cut.simulated.outcomes = {(PAGE, "web1"): "failed"}
    second = cut.resume("--replan")
    assert second.code == ExitCode.PARTIAL
    cut.simulated.outcomes = {}
    assert f"`wt resume {second.json['task_id']}`" in cut.resume("--replan").err
    cut.task = second.json["task_id"]
    cut.steps[1]["copy"]["mode"] = "0600"
    cut.write()
    third = cut.resume("--replan")
    assert third.code == ExitCode.OK, third.err
    assert hosts(third, HOME) == {"web1": "skipped", "web2": "skipped"}


def test_a_finished_task_is_not_replanned(cut: Shop) -> None:
    """There is nothing to go on with: the document is applied again."""
    assert cut.resume().code == ExitCode.OK
    cut.steps[0]["directory"]["mode"] = "0700"
    cut.write()
    ran = cut.resume("--replan")
    assert ran.code == ExitCode.REFUSED
    assert "apply the document again" in ran.err


def test_a_document_that_does_not_compile_any_more(cut: Shop) -> None:
    """With --replan the message says what is wrong with it; without, that it changed."""
    cut.steps[1]["copi"] = cut.steps[1].pop("copy")
    cut.write()
    ran = cut.resume("--replan")
    assert ran.code == ExitCode.INPUT
    assert "copi" in ran.err
    ran = cut.resume()
    assert ran.code == ExitCode.REFUSED
    assert "is no longer valid" in ran.err
    assert "wt validate" in ran.err


def test_another_file_may_take_the_documents_place(cut: Shop, tmp_path: Path) -> None:
    """Which moved, say; a document that is gone says nothing against its task."""
    cut.steps[0]["directory"]["mode"] = "0700"
    other = write_document(tmp_path / "moved.yaml", cut.spec)
    cut.file.unlink()
    assert cut.resume("-f", str(other)).code == ExitCode.INPUT
    ran = cut.resume("--replan", "-f", str(other))
    assert ran.code == ExitCode.OK, ran.err
    assert hosts(ran, HOME) == {"web1": "changed", "web2": "changed"}


def test_the_document_as_it_was_lets_a_task_go_on_by_its_own_plan(
    cut: Shop, tmp_path: Path
) -> None:
    """Whatever stands in its place by now."""
    was = tmp_path / "was.yaml"
    was.write_text(cut.file.read_text())
    cut.steps[0]["directory"]["mode"] = "0700"
    cut.write()
    ran = cut.resume("--replan", "-f", str(was))
    assert (ran.code, ran.json["task_id"]) == (ExitCode.OK, cut.task)


def test_nothing_is_left_of_a_replan_that_was_not_confirmed(cut: Shop, tmp_path: Path) -> None:
    """And the task is as it was."""
    cut.steps[0]["directory"]["mode"] = "0700"
    cut.write()
    ran = cut.wt("resume", cut.task, "--replan")
    assert ran.code == ExitCode.REFUSED
    assert f"~ {HOME}" in ran.err
    assert "add --yes" in ran.err
    assert [task["id"] for task in cut.tasks()] == [cut.task]
    assert [path.name for path in (tmp_path / "state" / "tasks").iterdir()] == [cut.task]


def test_a_secret_that_is_not_there_is_reported_before_anything_is_done(
    cut: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    """And one that is there is nowhere in what is shown."""
    cut.steps[1]["copy"]["content"] = "${env:SHOP_SECRET}"
    cut.write()
    ran = cut.resume("--replan")
    assert ran.code == ExitCode.INPUT
    assert "SHOP_SECRET" in ran.err
    refused, before = cut.tasks()
    assert (refused["status"], refused["parent"], before["id"]) == ("refused", cut.task, cut.task)
    monkeypatch.setenv("SHOP_SECRET", "correct-horse")
    ran = cut.resume("--replan")
    assert ran.code == ExitCode.OK, ran.err
    assert hosts(ran, PAGE) == {"web1": "changed", "web2": "changed"}
    assert "correct-horse" not in ran.err + ran.out


def test_what_was_selected_stays_selected(wt: Wt, shop: Path, simulated: Simulated) -> None:
    """A new plan is made of the same part of the document."""
    simulated.outcomes = {(HOME, "web1"): "failed"}
    ran = wt("apply", "-f", str(shop), "--only", "app/files/home", "--yes", "-o", "json")
    simulated.outcomes = {}
    spec = copy.deepcopy(shop_spec())
    spec["modules"][0]["tasks"][0]["steps"][0]["directory"]["mode"] = "0700"
    write_document(shop, spec)
    ran = wt("resume", ran.json["task_id"], "--replan", "--yes", "-o", "json")
    assert ran.code == ExitCode.OK, ran.err
    assert [node["id"] for node in ran.json["nodes"]] == [HOME]


def test_a_bundles_task_wants_a_document_to_be_replanned(
    wt: Wt, tmp_path: Path, simulated: Simulated
) -> None:
    """Where none was at hand, it has to be named."""
    file = write_document(tmp_path / "elsewhere.yaml", shop_spec())
    assert wt("compile", "-f", str(file), "--dir", "b").code == ExitCode.OK
    simulated.outcomes = {(PAGE, "web1"): "failed"}
    ran = wt("apply", "--dir", "b", "--yes", "-o", "json")
    refused = wt("resume", ran.json["task_id"], "--replan", "--yes")
    assert refused.code == ExitCode.REFUSED
    assert "--replan --file FILE`" in refused.err
