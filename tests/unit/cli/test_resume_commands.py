"""resume of a task by its own plan, with an executor that touches nothing."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from sqlalchemy import update

from unit.cli.conftest import Wt
from unit.cli.unfinished_shop import HOME, PAGE, Shop, Simulated, hosts
from worldtree.core.errors import ExitCode
from worldtree.store.schema import tasks
from worldtree.store.store import Store


@pytest.fixture
def cut(wt: Wt, shop: Path, simulated: Simulated) -> Shop:
    return Shop(wt, shop, simulated)


def test_an_unchanged_document_is_continued(cut: Shop) -> None:
    """By the same task, with and without --replan."""
    ran = cut.resume("--replan")
    assert (ran.code, ran.json["task_id"]) == (ExitCode.OK, cut.task)
    assert "reused  app/files/home" in ran.err.replace("create-cluster/", "")
    assert len(cut.tasks()) == 1


def test_a_stored_document_is_not_compiled_again(cut: Shop, tmp_path: Path) -> None:
    """It never changes, and what lay beside it is not there any more."""
    cut.file.write_text("no document any more\n")
    assert cut.resume().code == ExitCode.REFUSED
    with Store.open(tmp_path / "state") as store, store._writer.begin() as connection:
        request = json.dumps({"stored_document": "0" * 64})
        connection.execute(update(tasks).where(tasks.c.id == cut.task).values(request=request))
    ran = cut.resume()
    assert ran.code == ExitCode.OK, ran.err
    assert hosts(ran, HOME) == {"web1": "changed", "web2": "changed"}
    assert hosts(ran, PAGE)["web2"] == "changed"


@pytest.mark.parametrize("more", [(), ("--replan",)])
def test_the_cluster_is_free_while_a_person_reads(
    cut: Shop, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, more: tuple[str, ...]
) -> None:
    """Where another task uses it then, the command refuses to go on from what was shown."""
    if more:
        cut.steps[1]["copy"]["content"] = "another page"
        cut.write()
    held: list[bool] = []

    def read(*_: object) -> None:
        with Store.open(tmp_path / "state") as store:
            lease = store.lease("shop")
        held.append(lease is not None and lease.released is None)
        if len(held) == 2:
            before = cut.file.read_text()
            cut.file.write_text(before.replace("0755", "0700"))
            assert cut.wt("apply", "--yes").code == ExitCode.OK
            cut.file.write_text(before)

    monkeypatch.setattr("worldtree.cli.resume_table.write_resume_plan", read)
    cut.simulated.outcomes = {(PAGE, "web2"): "failed"}
    before = cut.resume(*more)
    assert before.code == ExitCode.PARTIAL
    cut.simulated.outcomes = {}
    task = before.json["task_id"]
    refused = cut.wt("resume", task, "--yes", *more)
    assert refused.code == ExitCode.REFUSED
    assert f"what is left to do of task {task} has changed since it was shown" in refused.err
    assert held == [False, False]


@pytest.mark.parametrize("command", [("resume",), ("apply", "--changed", "-f", "FILE")])
def test_what_an_interrupted_retry_has_still_to_repeat_is_not_done(
    cut: Shop, command: tuple[str, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Neither a resume nor `--changed` takes what it did before the retry for done."""
    monkeypatch.chdir(cut.file.parent)
    assert cut.resume().code == ExitCode.OK
    cut.simulated.outcomes = {(HOME, "web1"): "failed"}
    ran = cut.wt("retry", cut.task, "--node", "app/files/home", "--yes", "-o", "json")
    assert ran.code == ExitCode.PARTIAL
    assert hosts(ran, PAGE) == {"web1": "not-run", "web2": "changed"}
    assert cut.wt("tasks", "rebuild", cut.task, "-o", "json").json["identical"]
    cut.simulated.outcomes = {}
    again = cut.wt(
        *(word.replace("FILE", cut.file.name) for word in command), "--yes", "-o", "json"
    )
    assert again.code == ExitCode.OK, again.err
    assert hosts(again, PAGE)["web1"] == "changed"


def test_the_preview_of_a_retry_counts_what_it_leaves_out_apart(cut: Shop) -> None:
    """Of one node on one host of three pairs: what is neither done nor selected does not run."""
    retried = cut.wt("retry", cut.task, "--node", "other/check/ready", "--yes", "-o", "json")
    said = retried.err.replace("create-cluster/", "")
    assert "  re-run  other/check/ready on web1: selected" in said
    assert "  left    app/files/page on web2: neither done nor selected" in said
    assert "1 to run, 3 already done, 1 left out (nodes on hosts)" in said
    assert hosts(retried, PAGE)["web2"] == "failed"


def test_a_comment_is_no_change(cut: Shop) -> None:
    """What counts is what the document says."""
    cut.file.write_text("# hurry\n" + cut.file.read_text())
    assert cut.resume().code == ExitCode.OK


def test_a_changed_document_is_refused_unless_replanned(cut: Shop) -> None:
    """The refusal names what changed and the way on."""
    cut.steps[0]["directory"]["mode"] = "0700"
    cut.write()
    ran = cut.resume()
    assert (ran.code, ran.out) == (ExitCode.REFUSED, "")
    assert str(cut.file) in ran.err
    assert f"`wt resume {cut.task} --replan`" in ran.err
    assert cut.wt("retry", cut.task, "--node", "app/*", "--yes").code == ExitCode.REFUSED


def test_a_renamed_cluster_is_another_one(cut: Shop) -> None:
    """A task keeps its cluster."""
    cut.write("store")
    for more in ((), ("--replan",)):
        ran = cut.resume(*more)
        assert ran.code == ExitCode.REFUSED
        assert "the cluster `shop` of task" in ran.err
    assert "it contains `store`" in ran.err


def test_a_task_whose_document_is_gone_goes_on(cut: Shop) -> None:
    cut.file.unlink()
    assert cut.resume().code == ExitCode.OK


@pytest.mark.parametrize("command", [("apply", "--check"), ("drift",)])
def test_a_task_that_only_looked_is_not_continued(
    wt: Wt, shop: Path, simulated: Simulated, command: tuple[str, ...]
) -> None:
    """It would do what it had only looked at."""
    simulated.outcomes = {(HOME, "web1"): "failed"}
    wt(*command, "-f", str(shop), *(["--yes"] if command[0] == "apply" else []))
    ran = wt("resume", "latest", "--yes")
    assert ran.code == ExitCode.REFUSED
    assert "only a check" in ran.err


def test_a_task_that_was_cut_off_before_its_first_event_is_begun(
    wt: Wt, shop: Path, simulated: Simulated, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its result is whole then, and rebuilt the same."""
    del simulated

    def die(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr("worldtree.app.tasks.task_runner.TaskRunner._check_hosts", die)
        assert wt("apply", "-f", str(shop), "--yes").code == ExitCode.CANCELLED
    ran = wt("resume", "--yes", "-o", "json")
    assert (ran.code, ran.json["status"]) == (ExitCode.OK, "succeeded")
    assert hosts(ran, PAGE) == {"web1": "changed", "web2": "changed"}
    listed = wt("tasks", "list", "-o", "json").json["items"]
    assert listed[0]["started"] is not None
    rebuilt = wt("tasks", "rebuild", ran.json["task_id"], "-o", "json")
    assert rebuilt.json["identical"] is True
