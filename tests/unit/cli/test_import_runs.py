"""``wt tasks import``: what ansible-runner recorded elsewhere becomes a task, once."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from unit.cli.conftest import Wt, shop_spec, write_document
from unit.cli.recordings import Step, write_recording

HOME, PAGE = "create-cluster/app/files/home", "create-cluster/app/files/page"
READY = "create-cluster/other/check/ready"
HOSTS = ("web1", "web2")
pytestmark = pytest.mark.usefixtures("shop", "simulated")


@pytest.fixture
def bundle(wt: Wt, tmp_path: Path) -> Path:
    """The bundle of ``shop``, as an execution node has it."""
    assert wt("compile", "--dir", "data/project").code == 0
    return tmp_path / "data" / "project"


def all_well() -> list[Step]:
    """A run of every node."""
    done = [(node, host, "changed", {}) for node in (HOME, PAGE) for host in HOSTS]
    return [*done, (READY, "web1", "ok", {"msg": "it is there"})]


def statuses(wt: Wt, task: str = "latest") -> dict[str, dict[str, str]]:
    """Return node -> host -> status."""
    shown = wt("tasks", "show", task, "-o", "json").json
    return {
        node["id"]: {name: host["status"] for name, host in node["hosts"].items()}
        for node in shown["nodes"]
    }


def test_a_run_becomes_a_task_once(wt: Wt, bundle: Path) -> None:
    """With results per node and host, its own times, and nothing that a command can continue."""
    recording = write_recording(bundle.parent / "artifacts" / "7", all_well())
    found = wt("tasks", "import", "data", "-o", "json")
    assert found.code == 0, found.err
    [item] = found.json["items"]
    task = item["task_id"]
    assert item == {
        "directory": "data/artifacts/7",
        "task_id": task,
        "status": "succeeded",
        "known": False,
        "other_hosts": [],
    }
    both = dict.fromkeys(HOSTS, "changed")
    assert statuses(wt) == {HOME: both, PAGE: both, READY: {"web1": "ok"}}
    [listed] = wt("tasks", "list", "-o", "json").json["items"]
    assert (listed["command"], listed["status"]) == ("import", "succeeded")
    assert listed["started"] == "2026-11-29T12:00:02.000Z"
    assert "it is there" in wt("tasks", "logs").out
    assert wt("tasks", "rebuild").code == 0

    again = wt("tasks", "import", str(recording))
    assert again.code == 0
    assert f"was imported before: task {task}" in again.err
    assert len(wt("tasks", "list", "-o", "json").json["items"]) == 1
    for command in ("resume", "rollback"):
        refused = wt(command, task, "--yes")
        assert refused.code == 4
        assert f"task {task} was imported" in refused.err


def test_each_run_of_a_data_directory_is_a_task(wt: Wt, bundle: Path) -> None:
    """In the order in which they started; what a run did not begin is skipped in its task."""
    data = bundle.parent / "artifacts"
    write_recording(data / "a", all_well()[4:], minute=9, uuid="second")
    write_recording(data / "b", all_well()[:4], minute=2, uuid="first")
    found = wt("tasks", "import", "data", "-o", "json").json["items"]
    assert [item["directory"] for item in found] == ["data/artifacts/b", "data/artifacts/a"]
    shown = wt("tasks", "show", found[0]["task_id"], "-o", "json").json
    ready = {node["id"]: node for node in shown["nodes"]}[READY]
    assert (ready["status"], ready["message"]) == ("skipped", "the imported run did not begin it")


def test_a_failure_drops_what_follows(wt: Wt, bundle: Path) -> None:
    steps = [step for step in all_well() if step[1] == "web1" or step[0] == HOME]
    steps[1] = (HOME, "web2", "failed", {"msg": "no space left"})
    write_recording(bundle.parent / "artifacts" / "7", steps, status="failed", rc=2)
    imported = wt("tasks", "import", "data")
    assert "partial" in imported.out
    assert "no space left" in imported.out
    found = statuses(wt)
    assert found[HOME] == {"web1": "changed", "web2": "failed"}
    assert found[PAGE] == {"web1": "changed", "web2": "not-run"}
    shown = wt("tasks", "show", "-o", "json").json
    page = {node["id"]: node for node in shown["nodes"]}[PAGE]
    assert page["hosts"]["web2"]["caused_by"] == HOME


def test_a_run_without_an_end_proves_nothing_of_its_last_play(wt: Wt, bundle: Path) -> None:
    """The plays before it ended by themselves."""
    write_recording(
        bundle.parent / "artifacts" / "7", all_well()[:4], status="canceled", rc=254, stats=False
    )
    assert wt("tasks", "import", "data").code == 0
    found = statuses(wt)
    assert found[HOME] == dict.fromkeys(HOSTS, "changed")
    assert found[PAGE] == dict.fromkeys(HOSTS, "cancelled")
    assert wt("tasks", "list", "-o", "json").json["items"][0]["status"] == "cancelled"


def test_changed_does_not_rely_on_an_imported_run(wt: Wt, bundle: Path) -> None:
    """It runs that work again, also where an earlier task of this program had done it."""
    assert wt("apply", "--yes").code == 0
    again = wt("apply", "--changed", "--yes", "-o", "json").json
    assert {node["status"] for node in again["nodes"]} == {"skipped"}
    write_recording(bundle.parent / "artifacts" / "7", all_well()[:2])
    assert wt("tasks", "import", "data").code == 0
    ran = wt("apply", "--changed", "--yes", "-o", "json").json
    found = {node["id"]: node["status"] for node in ran["nodes"]}
    assert found == {HOME: "succeeded", PAGE: "skipped", READY: "skipped"}


def test_secrets_of_the_document_are_redacted(
    wt: Wt, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Other users of ansible-runner do not know them, so that its events may have them."""
    spec = shop_spec()
    steps = spec["modules"][0]["tasks"][0]["steps"]
    steps[1]["copy"]["content"] = "${env:SHOP_PASSWORD}"
    write_document(tmp_path / "cluster.yaml", spec)
    assert wt("compile", "--dir", "data/project").code == 0
    run = all_well()
    run[1] = (HOME, "web2", "failed", {"msg": "bad login hunter22hunter"})
    write_recording(tmp_path / "data" / "artifacts" / "7", run, status="failed", rc=2)
    refused = wt("tasks", "import", "data")
    assert refused.code == 2
    assert "SHOP_PASSWORD" in refused.err
    monkeypatch.setenv("SHOP_PASSWORD", "hunter22hunter")
    assert wt("tasks", "import", "data").code == 0
    logs = wt("tasks", "logs").out
    assert "bad login ***" in logs
    assert "hunter22hunter" not in logs
    database = (tmp_path / "state" / "worldtree.db").read_bytes()
    assert b"hunter22hunter" not in database


REFUSED: dict[str, tuple[dict[str, Any], str]] = {
    "check mode": ({"words": ["-vC"]}, "was recorded in check mode"),
    "check mode, abbreviated": ({"words": ["--che"]}, "was recorded in check mode"),
    "listing": ({"words": ["--list-tasks"]}, "was recorded with `--list-tasks`"),
    "rollback": ({"playbook": "rollback.yml"}, "is a run of `rollback.yml`, which undoes work"),
    "one rollback": ({"playbook": "rollback/x.yml"}, "which undoes work"),
    "no task": (
        {"words": ["-t", "x"], "steps": [(HOME, "web1", None, {})]},
        "ran no task on a host",
    ),
    "goes on": ({"status": ""}, "does not say how its run ended"),
}


PARTIAL = {
    "-t web": ("--tags web", [PAGE, READY]),
    "--tag=web --skip-tags old": ("--tags web --skip-tags old", [PAGE, READY]),
    "--step": ("--step", [PAGE, READY]),
    # What begins after the first play with a task ran as a whole.
    "--start-at-task Work": ("--start-at-task Work", [PAGE]),
    "--start-at-task=Work -vtweb": ("--tags web --start-at-task Work", [PAGE, READY]),
}


@pytest.mark.parametrize("words", PARTIAL)
def test_a_run_of_some_tasks_proves_no_whole_node(wt: Wt, bundle: Path, words: str) -> None:
    """What ran is shown, and the nodes of which tasks may be left out are named."""
    options, cut = PARTIAL[words]
    # Of the first play, and of the second one on `web2`, no task was selected.
    steps: list[Step] = [(HOME, "web1", None, {}), (PAGE, "web1", "changed", {}), *all_well()[4:]]
    write_recording(bundle.parent / "artifacts" / "7", steps, words=words.split())
    found = wt("tasks", "import", "data")
    assert found.code == 0, found.err
    assert f"not done as a whole, since `{options}` selects some tasks only: app/" in found.out
    shown = wt("tasks", "show", "-o", "json").json
    assert shown["cut"] == dict.fromkeys(cut, options)
    home = {node["id"]: node for node in shown["nodes"]}[HOME]
    assert (home["status"], home["message"]) == ("skipped", "the imported run did not begin it")
    # The statuses of PAGE and READY are of what ran.
    assert statuses(wt)[PAGE] == {"web1": "changed", "web2": "not-run"}
    assert statuses(wt)[READY] == {"web1": "ok"}
    assert wt("tasks", "rebuild").code == 0


def test_tags_in_the_environment_select_too(wt: Wt, bundle: Path) -> None:
    recording = write_recording(bundle.parent / "artifacts" / "7", all_well())
    command = json.loads((recording / "command").read_text())
    command["env"] = {"ANSIBLE_RUN_TAGS": "web,db"}
    (recording / "command").write_text(json.dumps(command))
    assert wt("tasks", "import", "data").code == 0
    cut = wt("tasks", "show", "-o", "json").json["cut"]
    assert cut == dict.fromkeys((HOME, PAGE, READY), "--tags web,db")


def test_a_limited_run_says_nothing_of_other_hosts(wt: Wt, bundle: Path) -> None:
    """Its own hosts are done, as of any run; the others were not part of it."""
    steps = [step for step in all_well() if step[1] == "web2"]
    write_recording(bundle.parent / "artifacts" / "7", steps, words=["--limit", "web2"])
    assert wt("tasks", "import", "data").code == 0
    found = statuses(wt)
    assert found[PAGE] == {"web1": "not-run", "web2": "changed"}
    assert wt("tasks", "show", "-o", "json").json["cut"] == {}


def test_an_artifact_file_of_ansible_navigator_is_refused(wt: Wt, bundle: Path) -> None:
    """It has no counters and no statistics; the message names what records them."""
    artifact = {"version": "2.0.0", "plays": [], "stdout": [], "status": "successful"}
    file = bundle.parent / "site-artifact.json"
    file.write_text(json.dumps(artifact))
    refused = wt("tasks", "import", str(file), "--dir", str(bundle))
    assert refused.code == 2
    assert "is an artifact file of ansible-navigator" in refused.err
    assert "--rwje --rad DIR" in refused.err
    file.write_text("[]")
    refused = wt("tasks", "import", str(file), "--dir", str(bundle))
    assert (refused.code, "has no `job_events`" in refused.err) == (2, True)


@pytest.mark.parametrize("case", REFUSED)
def test_a_run_that_does_not_show_the_work_is_refused(wt: Wt, bundle: Path, case: str) -> None:
    how, words = REFUSED[case]
    write_recording(bundle.parent / "artifacts" / "7", **{"steps": all_well(), **how})
    refused = wt("tasks", "import", "data")
    assert refused.code == 2
    assert words in refused.err
    assert "help:" in refused.err
    assert wt("tasks", "list", "-o", "json").json == {"items": []}


def test_values_of_options_are_no_options(wt: Wt, bundle: Path) -> None:
    """`-eC` is a variable, `--skip` is no whole name, and the program's own path may have any."""
    write_recording(bundle.parent / "artifacts" / "7", all_well(), words=["-eC=1", "-f", "5"])
    assert wt("tasks", "import", "data").code == 0


def test_a_run_of_another_bundle_is_refused(wt: Wt, bundle: Path, tmp_path: Path) -> None:
    """By the names of its plays, or by tasks that the bundle does not have."""
    steps: list[Step] = [("create-cluster/m/t/s", "web1", "ok", {})]
    write_recording(tmp_path / "one", steps)
    refused = wt("tasks", "import", "one", "--dir", str(bundle))
    assert (refused.code, "unknown plays `create-cluster/m/t/s`" in refused.err) == (2, True)
    write_recording(tmp_path / "two", all_well(), where="/runner/project/roles")
    file = tmp_path / "two" / "job_events" / "4-x4.json"
    file.write_text(file.read_text().replace("home.yml:2", "home.yml:2000"))
    refused = wt("tasks", "import", "two", "--dir", str(bundle))
    assert (refused.code, "These tasks are not in it" in refused.err) == (2, True)
    write_recording(tmp_path / "three", [])
    refused = wt("tasks", "import", "three", "--dir", str(bundle))
    assert (refused.code, "has no play of a node" in refused.err) == (2, True)
    unknown = wt("tasks", "import", "three")
    assert (unknown.code, "name the directory that `wt compile` wrote" in unknown.err) == (2, True)


def test_an_incomplete_recording_is_refused(wt: Wt, bundle: Path, tmp_path: Path) -> None:
    """Without an event a failure may be missing; without `command` it may have been a check."""
    recording = write_recording(tmp_path / "one", all_well())
    arguments = ("tasks", "import", "one", "--dir", str(bundle))
    text = (recording / "command").read_text()
    (recording / "command").write_text(json.dumps({"command": ["ansible", "all"]}))
    assert "names no `ansible-playbook`" in wt(*arguments).err
    (recording / "command").unlink()
    assert "does not say how `ansible-playbook` was called" in wt(*arguments).err
    (recording / "command").write_text(text)
    (recording / "job_events" / "5-x5.json").write_text("{")
    assert "event 5 cannot be read (5-x5.json)" in wt(*arguments).err
    (recording / "job_events" / "5-x5.json").unlink()
    refused = wt(*arguments)
    assert (refused.code, "event 5 is missing" in refused.err) == (2, True)
    (tmp_path / "empty").mkdir()
    assert "has no `job_events`" in wt("tasks", "import", "empty", "--dir", str(bundle)).err


def test_a_recording_without_event_data_is_refused(wt: Wt, bundle: Path, tmp_path: Path) -> None:
    recording = write_recording(tmp_path / "one", all_well())
    for file in (recording / "job_events").iterdir():
        file.write_text(json.dumps({**json.loads(file.read_text()), "event_data": {}}))
    refused = wt("tasks", "import", "one", "--dir", str(bundle))
    assert (refused.code, "`omit_event_data`" in refused.err) == (2, True)


def test_an_edited_bundle_is_refused(wt: Wt, bundle: Path) -> None:
    write_recording(bundle.parent / "artifacts" / "7", all_well())
    site = bundle / "site.yml"
    site.write_text(site.read_text() + "\n")
    refused = wt("tasks", "import", "data")
    assert (refused.code, "was edited after it was compiled" in refused.err) == (4, True)


def test_hosts_that_the_bundle_lacks_are_named(wt: Wt, bundle: Path) -> None:
    steps = [*all_well()[:2], (HOME, "web3", "ok", {})]
    write_recording(bundle.parent / "artifacts" / "7", steps, words=["-i", "elsewhere"])
    found = wt("tasks", "import", "data")
    assert (found.code, "the bundle does not have them: web3" in found.err) == (0, True)
    assert statuses(wt)[HOME] == dict.fromkeys(HOSTS, "changed")


def test_a_dropped_result_counts_as_a_change_where_the_statistics_have_one(
    wt: Wt, bundle: Path
) -> None:
    """ansible-runner keeps no result over a size; the counts per host remain."""
    recording = write_recording(bundle.parent / "artifacts" / "7", all_well())
    for file in (recording / "job_events").iterdir():
        event = json.loads(file.read_text())
        data = event["event_data"]
        if data.get("host") == "web2" and data["play"] == PAGE and "res" in data:
            data["res"] = {}
        if event["event"] == "playbook_on_stats":
            data["changed"] = {"web1": 2, "web2": 2}
        file.write_text(json.dumps(event))
    assert wt("tasks", "import", "data").code == 0
    assert statuses(wt)[PAGE] == dict.fromkeys(HOSTS, "changed")
    assert "MAX_EVENT_RES" in wt("tasks", "logs").out
