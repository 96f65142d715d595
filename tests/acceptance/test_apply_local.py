"""``wt apply`` on local connections: results, exit codes, policies, refusals, signals."""

from __future__ import annotations

import json
import os
import pty
import re
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from acceptance.workspace import IGNORING_INTERRUPTS, Outcome, Workspace, processes, wait_until_gone
from worldtree.runner.process.process_table import descendants

HOSTS = [
    {"name": name, "connection": "local", "address": f"127.0.0.{number}"}
    for number, name in enumerate("abc", 1)
]


def sh(line: str) -> dict[str, Any]:
    """A step that runs a shell line."""
    return {"command": {"argv": ["sh", "-c", line]}}


def task(name: str, *steps: dict[str, Any], **more: Any) -> dict[str, Any]:
    """A task whose steps have names s1, s2, …"""
    return {
        "name": name,
        "steps": [{"name": f"s{n}", **step} for n, step in enumerate(steps, 1)],
        **more,
    }


def module(name: str, *tasks: dict[str, Any], **more: Any) -> dict[str, Any]:
    """A module of tasks."""
    return {"name": name, "tasks": list(tasks), **more}


def spec(*modules: dict[str, Any], **more: Any) -> dict[str, Any]:
    """A spec of three hosts with a local connection."""
    return {"hosts": HOSTS, "modules": modules, **more}


HANGS_ON_A = sh('test "{{ inventory_hostname }}" != a || exec sleep 300.3')
ON_B = sh('test "{{ inventory_hostname }}" != b || { echo no luck >&2; exit 9; }')


@pytest.fixture(scope="module")
def mixed(tmp_path_factory: pytest.TempPathFactory) -> tuple[Workspace, Outcome]:
    """One apply with every kind of independent failure, with isolated failures."""
    place = Workspace(tmp_path_factory.mktemp("mixed"))
    count = place.path / "count"
    place.write(
        spec(
            module(
                "web",
                task("app", sh("echo one"), ON_B, sh("echo three")),
                task("each", sh("true"), needs=[{"task": "app", "scope": "host"}]),
                task("all", sh("true"), needs=["app"]),
                task("late", sh("true"), needs=["all"]),
            ),
            module("after-web", task("t", sh("true")), needs=["web"]),
            module("other", task("t", sh("true"))),
            module("allowed", task("t", ON_B, policy={"allowedFailures": 1})),
            module("after-allowed", task("t", sh("true")), needs=["allowed"]),
            module(
                "retried",
                task(
                    "t",
                    sh(f'echo x >> {count}; test "$(wc -l < {count})" -ge 2'),
                    hosts="a",
                    policy={"retries": 2, "backoff": "100ms"},
                ),
            ),
            module(
                "slow",
                task("t", HANGS_ON_A, sh("true"), hosts=["a", "c"], policy={"timeout": "30s"}),
            ),
            policy={"onFailure": "ignore"},
        )
    )
    return place, place.wt("apply", "--yes", "-o", "json")


def test_isolated_failures_end_with_partial_and_3(mixed: tuple[Workspace, Outcome]) -> None:
    """The task is partial, and stdout has only the result tree."""
    _, outcome = mixed
    assert outcome.code == 3, outcome.err
    assert outcome.json["status"] == "partial"
    assert {"task_id", "cluster", "status", "nodes", "started", "ended"} <= set(outcome.json)


def test_a_failing_host_fails_its_node_there(mixed: tuple[Workspace, Outcome]) -> None:
    """The node fails on one host with the error and place of the command; the others are done."""
    place, outcome = mixed
    node = outcome.nodes["web/app/s2"]
    assert node["status"] == "failed"
    assert outcome.hosts("web/app/s2") == {"a": "changed", "b": "failed", "c": "changed"}
    (lost,) = [t for t in node["hosts"]["b"]["tasks"] if t["status"] == "failed"]
    assert lost["stderr"] == "no luck"
    assert lost["result"]["rc"] == 9
    assert "no luck" in outcome.err
    written = node["hosts"]["b"]["place"]
    assert re.fullmatch(r"cluster\.yaml:\d+:\d+", written)
    task = outcome.json["task_id"]
    assert f"no luck ({written.rpartition(':')[0]})" in place.wt("tasks", "show", task).out


def test_a_lost_host_drops_out_of_per_host_work(mixed: tuple[Workspace, Outcome]) -> None:
    """Later steps and tasks with scope host go on for the others, and name who dropped b."""
    _, outcome = mixed
    for name in ("web/app/s3", "web/each/s1"):
        assert outcome.hosts(name) == {"a": "changed", "b": "not-run", "c": "changed"}
        assert outcome.nodes[name]["hosts"]["b"]["caused_by"] == "web/app/s2"


def test_a_barrier_skips_what_waits_for_all_hosts(mixed: tuple[Workspace, Outcome]) -> None:
    """Behind a barrier nothing runs, and every node behind it names the failure at its root."""
    _, outcome = mixed
    for name in ("web/all/s1", "web/late/s1", "after-web/t/s1"):
        node = outcome.nodes[name]
        assert (node["status"], node["caused_by"]) == ("skipped", "web/app/s2")


def test_independent_branches_finish(mixed: tuple[Workspace, Outcome]) -> None:
    """What does not depend on the failure is done on every host."""
    _, outcome = mixed
    assert set(outcome.hosts("other/t/s1").values()) == {"changed"}


def test_allowed_failures_let_dependents_go_on_elsewhere(mixed: tuple[Workspace, Outcome]) -> None:
    """A node within its allowance succeeds; what needs it runs on the hosts that are left."""
    _, outcome = mixed
    assert outcome.statuses["allowed/t/s1"] == "succeeded"
    assert outcome.nodes["allowed/t/s1"]["lost_hosts"] == ["b"]
    assert outcome.hosts("after-allowed/t/s1") == {"a": "changed", "b": "not-run", "c": "changed"}
    assert outcome.nodes["after-allowed/t/s1"]["lost_hosts"] == []


def test_a_retry_runs_until_it_works(mixed: tuple[Workspace, Outcome]) -> None:
    """The second attempt works, and both are counted."""
    place, outcome = mixed
    assert outcome.statuses["retried/t/s1"] == "succeeded"
    assert outcome.nodes["retried/t/s1"]["hosts"]["a"]["attempts"] == 2
    assert (place.path / "count").read_text() == "x\nx\n"


def test_a_timeout_ends_the_work_and_says_so(mixed: tuple[Workspace, Outcome]) -> None:
    """A node that takes too long fails with the timeout as reason, and its processes end.

    A host that had finished keeps its result.
    """
    _, outcome = mixed
    node = outcome.nodes["slow/t/s1"]
    assert node["status"] == "failed"
    assert "time limit" in node["message"]
    assert outcome.hosts("slow/t/s1") == {"a": "failed", "c": "changed"}
    assert outcome.hosts("slow/t/s2") == {"a": "not-run", "c": "changed"}
    assert processes("sleep 300.3") == []


def test_every_ansible_task_has_its_own_result(mixed: tuple[Workspace, Outcome]) -> None:
    """Status, change, times and output per node, host and Ansible task."""
    _, outcome = mixed
    (ran,) = outcome.nodes["web/app/s1"]["hosts"]["a"]["tasks"]
    assert ran["action"] == "ansible.builtin.command"
    assert (ran["status"], ran["changed"], ran["stdout"]) == ("changed", True, "one")
    assert ran["duration"] > 0
    assert ran["started"].endswith("Z")


def test_tasks_show_and_logs_give_the_same_result(mixed: tuple[Workspace, Outcome]) -> None:
    """The store gives the same result and who asked, and the whole output of what failed."""
    place, outcome = mixed
    shown = place.wt("tasks", "show", "-o", "json").json
    assert {name: shown[name] for name in outcome.json} == outcome.json
    (listed,) = place.wt("tasks", "list", "-o", "json").json["items"]
    assert listed["status"] == "partial"
    logs = place.wt("tasks", "logs", "--failed")
    assert "no luck" in logs.out
    assert "    at cluster.yaml:" in logs.out


def test_fail_fast_starts_nothing_new(tmp_path: Path) -> None:
    """After a failure running work ends by itself, nothing else begins, and the code is 1."""
    place = Workspace(tmp_path)
    place.write(
        spec(
            module("bad", task("t", sh("sleep 1; false"), hosts="a")),
            module("long", task("t", sh("sleep 4"), hosts="b"), task("u", sh("true"), needs=["t"])),
            policy={"onFailure": "fail-fast"},
        )
    )
    outcome = place.wt("apply", "--yes", "-o", "json")
    assert outcome.code == 1, outcome.err
    assert outcome.json["status"] == "failed"
    assert outcome.statuses["long/t/s1"] == "succeeded"
    assert outcome.statuses["long/u/s1"] == "skipped"


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    """A compiled cluster that writes a file with a secret on one host."""
    place = Workspace(tmp_path_factory.mktemp("files"), {"SHOP_PASSWORD": "vErY-secret-42"})
    place.target.mkdir()
    place.write(
        spec(
            module(
                "shop",
                task(
                    "files",
                    {"copy": {"dest": f"{place.target}/key", "content": "${env:SHOP_PASSWORD}\n"}},
                    {"copy": {"dest": f"{place.target}/page", "content": "hello\n"}},
                    {"directory": {"path": f"{place.target}/pages", "mode": "0700"}},
                    hosts="a",
                ),
            ),
            # Facts of a host with a local connection hold the environment of Ansible itself.
            hosts=HOSTS[:1],
            facts={"gather": "always", "gatherSubset": ["min"]},
        )
    )
    compiled = place.wt("compile", "--dir", "build")
    assert compiled.code == 0, compiled.err
    return place


def playbook(place: Workspace) -> subprocess.CompletedProcess[str]:
    """Run the bundle with plain Ansible."""
    program = Path(sys.executable).parent / "ansible-playbook"
    return subprocess.run(
        [program, "site.yml"],
        cwd=place.path / "build",
        env={**place.environment, "ANSIBLE_HOME": str(place.path / "ansible")},
        capture_output=True,
        text=True,
        check=False,
    )


def test_the_bundle_does_the_same_without_worldtree(files: Workspace) -> None:
    """``ansible-playbook site.yml`` does the work, then changes nothing, nor does ``wt apply``."""
    first = playbook(files)
    assert first.returncode == 0, first.stdout + first.stderr
    assert (files.target / "key").read_text() == "vErY-secret-42\n"
    assert (files.target / "page").read_text() == "hello\n"
    second = playbook(files)
    assert "changed=0" in second.stdout
    assert second.returncode == 0
    outcome = files.wt("apply", "--dir", "build", "--yes", "-o", "json")
    assert outcome.code == 0, outcome.err
    assert outcome.changed == []


def test_a_secret_is_on_the_host_and_nowhere_else(files: Workspace) -> None:
    """Neither bundle nor state nor output nor events hold the value; the host's file does."""
    (files.target / "key").unlink(missing_ok=True)
    outcome = files.wt("apply", "--yes", "--events", "jsonl")
    logs = files.wt("tasks", "logs", "-o", "json")
    assert (outcome.code, logs.code) == (0, 0)
    assert (files.target / "key").read_text() == "vErY-secret-42\n"
    assert files.texts("vErY-secret-42") == []
    assert "vErY-secret-42" not in outcome.out + outcome.err + logs.out + logs.err
    kinds = [json.loads(line)["kind"] for line in outcome.out.splitlines()]
    assert (kinds[0], kinds[-1]) == ("task-started", "task-finished")


@pytest.mark.parametrize(("answer", "code"), [(b"y\n", 0), (b"n\n", 4)])
def test_on_a_terminal_it_shows_the_plan_and_asks(
    files: Workspace, answer: bytes, code: int
) -> None:
    """The plan is shown first; only a yes runs it."""
    ours, theirs = pty.openpty()
    os.write(ours, answer)
    process = files.start("apply", "-o", "json", stdin=theirs)
    os.close(theirs)
    _, err = process.communicate(timeout=120)
    os.close(ours)
    assert process.returncode == code, err
    assert "shop/files/s1" in err


@pytest.fixture
def sleeping(tmp_path: Path) -> Workspace:
    """A cluster whose three hosts sleep for five minutes, findable by its own number."""
    place = Workspace(tmp_path)
    place.write(
        spec(module("m", task("t", sh(f"touch {tmp_path}/at-$$; exec sleep 300.{os.getpid()}"))))
    )
    return place


def asleep() -> list[str]:
    """Our sleeps, and not the shells that are about to become them, nor what those fork."""
    command = f"sleep 300.{os.getpid()}"
    return [line for line in processes(command) if line == command]


@pytest.mark.alone
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_cancels_and_leaves_no_process(
    sleeping: Workspace, number: signal.Signals
) -> None:
    """Within five seconds nothing runs any more; 130, cancelled, the hosts mid-task named."""
    process = sleeping.start("apply", "--yes", "-o", "json")
    process.wait_until(lambda: len(asleep()) == 3, "three sleeps")

    def work() -> list[str]:
        return asleep() + processes("ansible-playbook", str(sleeping.path))

    outcome, seconds = process.cancel(number, work)
    assert outcome.code == 130, outcome.err
    assert seconds < 5
    assert asleep() == []
    assert processes(str(sleeping.path)) == []
    assert outcome.json["status"] == "cancelled"
    assert outcome.json["interrupted_hosts"] == ["a", "b", "c"]
    assert outcome.statuses == {"m/t/s1": "cancelled"}
    assert outcome.hosts("m/t/s1") == dict.fromkeys("abc", "cancelled")
    assert sleeping.wt("tasks", "show", "-o", "json").json["status"] == "cancelled"


def test_an_ignored_ctrl_c_stays_ignored(tmp_path: Path) -> None:
    """As below `nohup` and a shell's `&`: ``wt`` and all that it started go on to the end."""
    place, gate = Workspace(tmp_path), tmp_path / "gate"
    wait = f"echo $$ > {tmp_path}/work.pid; until test -e {gate}; do sleep 0.1; done"
    place.write(spec(module("m", task("t", sh(wait), hosts="a"))))
    process = place.start("apply", "--yes", "-o", "json", prefix=IGNORING_INTERRUPTS)
    process.wait_until((tmp_path / "work.pid").exists, "the host works")
    under_way = [process.pid, *descendants(process.pid)]
    # wt, launcher, supervisor, ansible-playbook, its worker, the module and the shell at least.
    assert len(under_way) >= 7
    for pid in under_way:
        os.kill(pid, signal.SIGINT)
    assert process.poll() is None
    gate.touch()
    out, err = process.communicate(timeout=120)
    assert process.returncode == 0, err
    assert Outcome(0, out, err).json["status"] == "succeeded"


def test_messages_that_cannot_be_written_end_no_task(tmp_path: Path) -> None:
    """As where the disk of a log is full."""
    place = Workspace(tmp_path)
    place.write(spec(module("m", task("t", sh("true"), hosts="a"))))
    running = place.start("apply", "--yes", prefix=("sh", "-c", 'exec "$@" 2>/dev/full', "sh"))
    done = running.finish()
    assert done.code == 0
    assert "succeeded" in done.out


@pytest.mark.alone
def test_sigterm_ends_where_ctrl_c_is_ignored(sleeping: Workspace) -> None:
    process = sleeping.start("apply", "--yes", "-o", "json", prefix=IGNORING_INTERRUPTS)
    process.wait_until(lambda: len(asleep()) == 3, "three sleeps")
    outcome, seconds = process.cancel(signal.SIGTERM, asleep)
    assert outcome.code == 130, outcome.err
    assert seconds < 5
    assert processes(str(sleeping.path)) == []
    assert outcome.json["status"] == "cancelled"
    assert outcome.json["interrupted_hosts"] == ["a", "b", "c"]


def test_the_run_of_a_killed_wt_is_ended_by_cancel(sleeping: Workspace) -> None:
    """After SIGKILL of ``wt`` alone its run continues, until the task is resumed or cancelled."""
    process = sleeping.start("apply", "--yes")
    process.wait_until(lambda: len(asleep()) == 3, "three sleeps")
    process.kill()
    process.communicate()
    shown = sleeping.wt("tasks", "show", "-o", "json")
    assert shown.hosts("m/t/s1") == dict.fromkeys("abc", "running")
    assert "its Ansible runs continue" in shown.json["message"]
    assert len(asleep()) == 3
    assert sleeping.wt("cancel").code == 0
    assert wait_until_gone(lambda: asleep() + processes(str(sleeping.path)), 60) == []
    record = sleeping.wt("tasks", "list", "-o", "json").json["items"][0]
    assert record["status"] == "cancelled"
    shown = sleeping.wt("tasks", "show", "-o", "json")
    assert shown.json["status"] == "cancelled"
    assert shown.hosts("m/t/s1") == dict.fromkeys("abc", "cancelled")
    assert "s1" in (table := sleeping.wt("tasks", "show").out)
    assert "failed" not in table
    assert "(node × host: 3 cancelled)" in table
    assert "failed" not in sleeping.wt("resume").err
