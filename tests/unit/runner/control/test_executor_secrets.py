"""Secrets and variables of the caller in runs of the real executor: in memory alone."""

from __future__ import annotations

import os
import sys
from pathlib import Path

from unit.engine.bundles import task
from unit.engine.plans import plan
from unit.runner.control.executor_bench import ONE, SECRET, Bench
from worldtree.results.events import EventKind
from worldtree.secrets.broker_process import BrokerProcess
from worldtree.secrets.redact import MASK
from worldtree.secrets.resolver import SecretSources


def test_a_secret_that_hosts_say_reaches_no_file_and_no_event(bench: Bench) -> None:
    """The broker knows it; the journal is written without it, and the rest of the text stays."""
    with BrokerProcess.start(SecretSources({"SHOP_TOKEN": SECRET}, {}, (), {})) as broker:
        assert broker.preflight(["env:SHOP_TOKEN"]) == {}
        bench.open(task("Work", "shell", f"echo token={SECRET}"), broker=broker)
        assert bench.run().rc == 0
    assert bench.finished().stdout == f"token={MASK}"
    files = [path for path in (bench.directory / "attempt").rglob("*") if path.is_file()]
    assert files
    assert not [path for path in files if SECRET.encode() in path.read_bytes()]


def test_variables_that_the_document_names_are_passed_in_memory_alone(bench: Bench) -> None:
    names = ("CI_COMMIT_SHA", "SHOP_TOKEN", "PATH", "NOT_SET")
    ours = Path(sys.executable).parent / "python"
    say = "{{ q('env', 'CI_COMMIT_SHA', 'SHOP_TOKEN', 'NOT_SET', 'OTHER') | join('|') }}"
    bench.open(
        task("Look", "command", f"echo {say}"),
        task("Look", "shell", f'test -n "$CI_COMMIT_SHA" && test $(which python) = {ours}'),
        wanted=plan({"n": ONE}).model_copy(update={"environment": names}),
        environ={
            **os.environ,
            "CI_COMMIT_SHA": "4f1c9a7e",
            "SHOP_TOKEN": SECRET,
            "OTHER": "other-value",
            "PATH": "/usr/bin:/bin",
        },
    )
    assert bench.run().state == "finished"
    said = [e for e in bench.events if e.kind is EventKind.HOST_TASK_FINISHED]
    assert said[0].result["cmd"] == ["echo", "4f1c9a7e|***||"]
    # The directory of our Python stays the first one of PATH.
    assert [e.result["rc"] for e in said] == [0, 0]
    assert not _files_with(bench.directory, SECRET)
    # The journal has the command of the task, as for any value of a template.
    assert _files_with(bench.directory, "4f1c9a7e") == [
        bench.directory / "attempt" / "journal.jsonl"
    ]


def test_a_verbose_run_shows_no_call_of_a_hidden_task(bench: Bench) -> None:
    """Its environment is in the command that Ansible displays, and no secret that is known."""
    hidden = {"environment": {"PARAM": f"{{{{ '{SECRET}' | reverse }}}}"}}
    bench.open(
        task("Hide", "shell", "true", **hidden, no_log=True),
        task("Hide more", "shell", "true", **hidden, no_log="{{ 1 == 1 }}", loop=[1, 2]),
        task("Show", "shell", "true", environment={"PARAM": "not-hidden"}),
    )
    assert bench.run(verbosity=5).rc == 0
    said = "\n".join(event.model_dump_json() for event in bench.events)
    assert "PARAM=not-hidden" in said
    assert not _files_with(bench.directory / "attempt", SECRET[::-1])


def _files_with(directory: Path, text: str) -> list[Path]:
    files = [path for path in directory.rglob("*") if path.is_file() and not path.is_symlink()]
    return [path for path in files if text.encode() in path.read_bytes()]
