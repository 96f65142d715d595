"""What only the real executor can get wrong: processes, files, broken bundles."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import textwrap
import time
import uuid
from collections.abc import Callable
from pathlib import Path

import pytest

from unit.engine.bundles import task, write_bundle
from unit.engine.plans import node_id, plan
from unit.runner.control.executor_bench import ONE, Bench
from worldtree.results.events import Event, EventKind
from worldtree.results.run import RunRequest
from worldtree.runner.connect.process_names import process_name
from worldtree.runner.control.executor import RunnerExecutor
from worldtree.runner.process import process_table


def _break_yaml(bundle: Path) -> None:
    (bundle / "plays" / "p.m.t.n.yml").write_text("- name: [")


def _ask_for_a_missing_role(bundle: Path) -> None:
    play = "- {name: p/m/t/n, hosts: h1, gather_facts: false, roles: [nowhere]}"
    (bundle / "plays" / "p.m.t.n.yml").write_text(play)


def _forget_the_host(bundle: Path) -> None:
    (bundle / "inventory" / "hosts.yml").write_text("all: {hosts: {other: }}")


@pytest.mark.parametrize(
    ("spoil", "said"),
    [
        (_break_yaml, "p.m.t.n.yml"),
        (_ask_for_a_missing_role, "the role 'nowhere' was not found"),
        (_forget_the_host, "no hosts"),
    ],
)
def test_run_without_a_play_is_an_error_with_ansibles_own_words(
    bench: Bench, spoil: Callable[[Path], None], said: str
) -> None:
    """Never a success with nothing to run."""
    bench.open(task("Work"))
    spoil(bench.bundle)
    outcome = bench.run()
    assert (outcome.state, outcome.complete) == ("error", False)
    assert outcome.message.startswith(
        (
            "the run could not start: Ansible rejected `plays/p.m.t.n.yml`\n",
            "ansible-playbook ended before any task began",
        )
    )
    assert said in outcome.message.lower()


def test_variables_of_groups_and_hosts_are_read_as_by_hand(bench: Bench) -> None:
    """What is loaded before the fork must not keep Ansible from setting up what comes later."""
    bench.open(task("Work", "command", "echo {{ of_group }} {{ of_host }}"))
    for name, text in (("group_vars/all.yml", "of_group: g"), ("host_vars/h1.yml", "of_host: h")):
        file = bench.bundle / "inventory" / name
        file.parent.mkdir(exist_ok=True)
        file.write_text(text)
    assert bench.run().rc == 0
    assert bench.finished().stdout == "g h"


def test_a_run_leaves_its_own_files_alone_and_they_are_private(
    bench: Bench, tmp_path: Path
) -> None:
    """Those of ansible-runner hold results as they are: they are in memory, and end with it.

    So does what Ansible makes for itself while it runs, such as core 2.21's socket.
    """
    place = tmp_path / "temporary"
    place.mkdir()
    bench.open(
        task("Work", "command", "true"),
        task("More"),
        environ={**os.environ, "TMPDIR": str(place)},
    )
    assert bench.run().rc == 0
    attempt = bench.directory / "attempt"
    names = {path.name for path in attempt.rglob("*") if path.is_file()}
    assert names == {"hosts", "journal.jsonl", "supervisor.json", "supervisor.log", "end.json"}
    assert list(place.iterdir()) == []
    assert attempt.stat().st_mode & 0o077 == 0
    assert (bench.directory / "task" / "facts").stat().st_mode & 0o077 == 0


def test_a_prompt_gets_no_answer_and_does_not_wait(bench: Bench) -> None:
    """As plain Ansible without a terminal; nobody could answer, and the run would never end."""
    bench.open(task("Ask", "pause", {"prompt": "Go on?"}), task("Work"))
    assert bench.run().rc == 0


def test_large_result_arrives_whole(bench: Bench) -> None:
    """Above 700,000 signs ansible-runner would make it {}."""
    size = 1_000_000
    bench.open(
        task("Work", "command", f"head -c {size} /dev/zero | tr '\\0' x", changed_when=False)
    )
    play = bench.bundle / "plays" / "p.m.t.n.yml"
    play.write_text(play.read_text().replace("ansible.builtin.command", "ansible.builtin.shell"))
    assert bench.run().rc == 0
    assert len(bench.finished().stdout or "") == size


@pytest.mark.alone
def test_workers_that_ignore_signals_are_ended_too(bench: Bench) -> None:
    """Workers are sessions of their own and a module may ignore SIGTERM."""
    script = "trap '' INT TERM HUP; (trap '' INT TERM; sleep 61) & sleep 62"
    bench.open(task("Work", "shell", script))
    handle = bench.start()
    assert bench.working.wait(60)
    _until(lambda: len(process_table.attempt_processes(bench.attempt)) >= 3)
    began = time.monotonic()
    handle.cancel()
    outcome = handle.wait(10)
    assert time.monotonic() - began < 5
    assert (outcome.state, outcome.leftovers, outcome.interrupted_hosts) == ("cancelled", (), ONE)
    assert process_table.attempt_processes(bench.attempt) == []


@pytest.mark.usefixtures("ignoring_interrupts")
def test_no_process_of_a_run_heeds_a_sigint_that_is_ignored(bench: Bench, tmp_path: Path) -> None:
    """Ansible itself would set a handler for it, in its workers too."""
    gate = tmp_path / "gate"
    bench.open(task("Work", "shell", f"until test -e {gate}; do sleep 0.05; done"))
    handle = bench.start()
    assert bench.working.wait(60)
    _until(lambda: len(process_table.attempt_processes(bench.attempt)) >= 3)
    for pid in (*_around(bench), *process_table.attempt_processes(bench.attempt)):
        os.kill(pid, signal.SIGINT)
    gate.touch()
    outcome = handle.wait(60)
    assert (outcome.state, outcome.rc) == ("finished", 0)


@pytest.mark.usefixtures("ignoring_interrupts")
def test_a_run_that_ignores_sigint_is_cancelled_by_sigterm(bench: Bench) -> None:
    bench.open(task("Work", "command", "sleep 66"))
    handle = bench.start()
    assert bench.working.wait(60)
    _until(lambda: len(process_table.attempt_processes(bench.attempt)) >= 3)
    os.kill(_around(bench)[1], signal.SIGTERM)
    outcome = handle.wait(60)
    assert (outcome.state, outcome.leftovers, outcome.interrupted_hosts) == ("cancelled", (), ONE)


def test_dead_supervisor_is_an_error_and_leaves_nothing(bench: Bench) -> None:
    """kill -9 of the supervisor: Ansible would go on alone."""
    bench.open(task("Work", "command", "sleep 63"))
    handle = bench.start()
    assert bench.working.wait(60)
    os.kill(json.loads(bench.attempt_file("supervisor.json"))["pid"], signal.SIGKILL)
    outcome = handle.wait(60)
    assert (outcome.state, outcome.interrupted_hosts) == ("error", ONE)
    assert "supervisor of this run ended unexpectedly" in outcome.message
    assert outcome.leftovers == ()
    assert process_table.attempt_processes(bench.attempt) == []


def test_dead_playbook_is_an_error_and_leaves_nothing(bench: Bench) -> None:
    """kill -9 of ansible-playbook: what its modules started would go on."""
    bench.open(task("Work", "command", "sleep 64"))
    handle = bench.start()
    assert bench.working.wait(60)
    (playbook,) = (
        pid
        for pid in process_table.attempt_processes(bench.attempt)
        if f"\nPPid:\t{_around(bench)[1]}\n" in Path(f"/proc/{pid}/status").read_text()
        and Path(f"/proc/{pid}/comm").read_text().strip() == process_name(bench.attempt)
    )
    os.kill(playbook, signal.SIGKILL)
    outcome = handle.wait(60)
    assert (outcome.state, outcome.leftovers, outcome.interrupted_hosts) == ("error", (), ONE)
    assert process_table.attempt_processes(bench.attempt) == []


def test_dead_launcher_is_replaced(bench: Bench) -> None:
    bench.open(task("Work"))
    assert bench.executor is not None
    bench.executor.prepare(bench.bundle)
    launcher = bench.executor._launcher
    assert launcher is not None
    launcher._process.kill()
    launcher._process.wait()
    assert bench.run().state == "finished"


@pytest.mark.parametrize("own", [False, True])
def test_runs_share_packed_modules_unless_roles_bring_their_own(bench: Bench, own: bool) -> None:
    """Two roles may bring modules of one name, and Ansible would take one for the other."""
    bench.open(task("Work", "command", "true"))
    assert bench.executor is not None
    if own:
        (bench.bundle / "roles/theirs/library").mkdir(parents=True)
    bench.executor.prepare(bench.bundle)
    assert bench.run().rc == 0
    assert bench.executor._launcher is not None
    packed = bench.executor._launcher._memory.path.glob("*/ansiballz_cache/ansible.*.command-*")
    assert bool([file for file in packed if not file.name.endswith(".lock")]) is not own


def test_run_that_cannot_load_ansible_says_why(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    module = "worldtree.core.environment_allowlist"
    monkeypatch.setattr(f"{module}._with_usable_locale", dict)
    bench.open(task("Work"), environ={**os.environ, "LC_ALL": "de_DE.ISO-8859-1"})
    outcome = bench.run()
    assert outcome.state == "error"
    assert "locale" in outcome.message


@pytest.mark.parametrize("ends_by_itself", [True, False])
def test_run_outlives_the_program_and_is_adopted(tmp_path: Path, ends_by_itself: bool) -> None:
    """kill -9 of the whole program: the run goes on, and another executor takes it over."""
    attempt = uuid.uuid4().hex
    program = textwrap.dedent(f"""
        import sys, time
        from pathlib import Path
        from unit.runner.control.test_executor import Bench, task
        bench = Bench(Path({str(tmp_path)!r}))
        bench.attempt = {attempt!r}
        bench.open(task("Work", "command", "sleep {2 if ends_by_itself else 64}"))
        bench.start()
        assert bench.working.wait(60)
        print(bench.executor.ssh.control_dir, flush=True)
        time.sleep(60)
    """)
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
    with subprocess.Popen(
        [sys.executable, "-c", program], stdout=subprocess.PIPE, text=True, env=environment
    ) as parent:
        assert parent.stdout is not None
        control_dir = Path(parent.stdout.readline().strip())
        _until(lambda: bool(process_table.attempt_processes(attempt)))
        parent.kill()
    seen: list[Event] = []
    with RunnerExecutor(plan({"n": ONE}), directory=tmp_path / "task") as executor:
        request = RunRequest(
            attempt, (node_id("n"),), ONE, tmp_path / "bundle", tmp_path / "attempt"
        )
        handle = executor.adopt(request, 1, seen.append, lambda _: None)
        if not ends_by_itself:
            handle.cancel()
        outcome = handle.wait(60)
    assert outcome is not None
    assert outcome.state == ("finished" if ends_by_itself else "cancelled")
    # The first line had been read before.
    assert [event.line for event in seen] == list(range(2, 2 + len(seen)))
    assert (seen[-1].kind is EventKind.RUN_STATS) == ends_by_itself
    _until(lambda: not process_table.attempt_processes(attempt))
    _until(lambda: not control_dir.exists())


def test_facts_are_kept_once_and_what_roles_set_is_not(tmp_path: Path) -> None:
    """A later run reads what was gathered; keys that a role makes stay in its own run."""
    facts = "facts/gather/setup"
    plays = {
        "facts": [task("Gather", "setup", {"gather_subset": ["!all", "min"]})],
        "role": [task("Make", "set_fact", {"packages": {"made": 1}, "cacheable": True})],
        "later": [
            task(
                "Look",
                "command",
                "echo {{ ansible_facts['system'] | default('no') }}"
                "-{{ ansible_facts['packages'] is defined }}",
            )
        ],
    }
    bundle = write_bundle(tmp_path / "bundle", plays, ONE)
    old, new = bundle / "plays" / "p.m.t.facts.yml", bundle / "plays" / "p.facts.gather.setup.yml"
    new.write_text(old.read_text().replace(node_id("facts"), f"p/{facts}"))
    seen: list[Event] = []
    with RunnerExecutor(plan({"role": ONE}), directory=tmp_path / "task") as executor:
        for nodes in ((f"p/{facts}", node_id("role")), (node_id("role"),), (node_id("later"),)):
            attempt = uuid.uuid4().hex
            request = RunRequest(attempt, nodes, ONE, bundle, tmp_path / attempt)
            outcome = executor.start(request, seen.append, lambda _: None).wait(60)
            assert outcome is not None
            assert outcome.rc == 0
    assert [e.stdout for e in seen if e.name == "Look" and e.stdout] == ["Linux-False"]


def test_launcher_that_is_not_used_ends_with_the_executor(tmp_path: Path) -> None:
    executor = RunnerExecutor(plan({"n": ONE}), directory=tmp_path)
    executor.prepare(write_bundle(tmp_path / "bundle", {"n": [task("Work")]}, ONE))
    launcher = executor._launcher
    assert launcher is not None
    executor.close()
    assert launcher._process.poll() is not None
    assert not launcher._memory.path.exists()
    assert not executor.ssh.control_dir.exists()


def _around(bench: Bench) -> tuple[int, int]:
    """Return the launcher and the supervisor of the run."""
    assert bench.executor is not None
    assert bench.executor._launcher is not None
    supervisor = json.loads(bench.attempt_file("supervisor.json"))["pid"]
    return bench.executor._launcher._process.pid, supervisor


def _until(holds: Callable[[], bool], seconds: float = 30.0) -> None:
    end = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < end, "did not come about in time"
        time.sleep(0.05)
