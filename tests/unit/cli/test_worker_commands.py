"""wt worker, wt workers, and what binds clusters and projects to them; no worker really starts."""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import homes
from unit.cli.conftest import Wt
from unit.store.tasks import queue_task, run_task
from worldtree.core.actor import Actor
from worldtree.core.errors import ExitCode
from worldtree.core.process_identity import current_process
from worldtree.store.queue_order import TASK_LIMIT
from worldtree.store.store import Store


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    """The state that the commands use, with the cluster `shop`."""
    with homes.open_store(tmp_path / "state") as found:
        run_task(found)
        yield found


def register(store: Store, *tags: str) -> str:
    """Add a worker, and return its id."""
    return store.register_worker(current_process(), tags, 2, "1.0")


# ---- wt workers -----------------------------------------------------------------------------


@pytest.mark.usefixtures("store")
def test_without_a_worker_it_says_what_starts_one(wt: Wt) -> None:
    found = wt("workers")
    assert (found.code, found.out) == (ExitCode.OK, "")
    assert "`wt worker`" in found.err
    assert wt("workers", "-o", "json").json == {"items": []}


def test_workers_are_listed_with_what_they_do(wt: Wt, store: Store) -> None:
    """Those that are gone by `--all` alone."""
    busy, draining, gone = register(store, "site-a", "gpu"), register(store), register(store)
    store.drain_worker(draining)
    store.end_worker(gone)
    lines = wt("workers").out.splitlines()
    assert lines[0].split()[:5] == ["WORKER", "STATE", "PROCESS", "TASKS", "TAGS"]
    assert [line.split()[:2] for line in lines[1:]] == [
        [busy[:8], "alive"],
        [draining[:8], "draining"],
    ]
    assert "0 of 2" in lines[1]
    assert "gpu, site-a" in lines[1]
    states = [one["state"] for one in wt("workers", "--all", "-o", "json").json["items"]]
    assert states == ["alive", "draining", "ended"]
    [first, *_] = wt("workers", "-o", "yaml").out.splitlines()
    assert first == "items:"


def test_a_worker_that_takes_no_tasks_says_why(wt: Wt, store: Store) -> None:
    able, lacking = register(store), register(store)
    store.set_worker_obstacle(lacking, "/var/lib/worldtree/store.key is missing")
    *lines, last = wt("workers").out.splitlines()
    assert [line.split()[1] for line in lines] == ["STATE", "alive", "alive"]
    assert last == f"worker {lacking[:8]} takes no tasks: /var/lib/worldtree/store.key is missing"
    items = wt("workers", "-o", "json").json["items"]
    assert {one["id"]: one["obstacle"] for one in items} == {
        able: None,
        lacking: "/var/lib/worldtree/store.key is missing",
    }


@pytest.mark.parametrize("arguments", [["--gone"], ["one"], ["-o", "xml"]])
def test_workers_refuses_what_it_does_not_take(wt: Wt, arguments: list[str]) -> None:
    assert wt("workers", *arguments).code == ExitCode.INPUT


# ---- wt worker ------------------------------------------------------------------------------


class RecordedWorker:
    """Stands where a worker does: says what was asked of it, and gets signals at its start."""

    made: list[RecordedWorker]
    #: Signals that it gets when it starts, and while it drains.
    signals: tuple[tuple[int, ...], tuple[int, ...]]

    def __init__(self, _application: Any, **options: Any) -> None:
        self.options = options
        self.calls: list[str] = []
        self.made.append(self)

    def start(self) -> None:
        self.calls.append("start")
        for one in self.signals[0]:
            signal.raise_signal(one)

    def drain(self, seconds: float, hurry: threading.Event) -> bool:
        for one in self.signals[1]:
            signal.raise_signal(one)
        self.calls.append(f"drain {seconds}{' in a hurry' if hurry.is_set() else ''}")
        return True

    def stop(self) -> None:
        self.calls.append("stop")


@pytest.fixture
def recorded(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[type[RecordedWorker]]:
    """The worker of the command; it ends by SIGTERM. Handlers of signals are those of before."""
    homes.prepare(tmp_path / "state")
    made = type("Recorded", (RecordedWorker,), {"made": [], "signals": ((signal.SIGTERM,), ())})
    monkeypatch.setattr("worldtree.worker.worker.Worker", made)
    monkeypatch.setattr("worldtree.core.json_logs.configure_logs", lambda *_: None)
    before = {one: signal.getsignal(one) for one in (signal.SIGTERM, signal.SIGINT)}
    yield made
    for number, handler in before.items():
        signal.signal(number, handler)


def test_a_worker_takes_what_its_options_say(
    wt: Wt, recorded: type[RecordedWorker], tmp_path: Path
) -> None:
    """SIGTERM drains it, and the command ends well. It says which database it uses."""
    (tmp_path / "policy.toml").write_text("[policy]\nlocal_work = true\n")
    tags = ("--tag", "site-a", "--tag", "gpu")
    found = wt("worker", "--tasks", "3", *tags, "--drain-time", "7", "--policy", "policy.toml")
    assert found.code == ExitCode.OK, found.err
    assert f"state: {tmp_path / 'state' / 'worldtree.db'}" in found.err
    [made] = recorded.made
    assert made.calls == ["start", "drain 7", "stop"]
    assert (made.options["limit"], made.options["tags"]) == (3, ("site-a", "gpu"))
    assert made.options["policy"].default.local_work is True
    assert made.options["environ"]["WORLDTREE_HOME"] == str(tmp_path / "state")


def test_a_worker_allows_documents_nothing_by_default(
    wt: Wt, recorded: type[RecordedWorker]
) -> None:
    assert wt("worker").code == ExitCode.OK
    [made] = recorded.made
    assert (made.options["limit"], made.options["tags"]) == (4, ())
    assert made.options["policy"].default.local_work is False


def test_a_second_signal_ends_the_waiting(wt: Wt, recorded: type[RecordedWorker]) -> None:
    """Whichever of the two signals it is."""
    recorded.signals = ((signal.SIGINT,), (signal.SIGTERM,))
    assert wt("worker").code == ExitCode.OK
    assert recorded.made[0].calls == ["start", "drain 60 in a hurry", "stop"]


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--tasks", "0"], "--tasks"),
        (["--tasks", "65"], "--tasks"),
        (["--tasks", "many"], "--tasks"),
        (["--drain-time", "-1"], "--drain-time"),
        (["--drain-time", "86401"], "--drain-time"),
        (["--tag", "Site A"], "`Site A` is not a valid tag of workers"),
        (["--tag", ""], "is not a valid tag"),
        (["--tag", "a" * 64], "is not a valid tag"),
        (["--policy", "missing.toml"], "missing.toml"),
        (["--policy", "."], "--policy"),
        (["--policy", "broken.toml"], "broken.toml"),
        (["--policy", "unknown.toml"], "everything"),
        (["--log-format", "xml"], "--log-format"),
        (["shop"], "shop"),
    ],
)
def test_a_worker_does_not_start_with_wrong_options(
    wt: Wt, recorded: type[RecordedWorker], tmp_path: Path, arguments: list[str], words: str
) -> None:
    (tmp_path / "broken.toml").write_text("[policy")
    (tmp_path / "unknown.toml").write_text("[policy]\neverything = true\n")
    found = wt("worker", *arguments)
    assert found.code == ExitCode.INPUT, found.err
    assert words in found.err
    assert recorded.made == []


# ---- wt cluster tags, wt project limit ------------------------------------------------------


def test_tags_of_a_cluster_are_shown_set_and_removed(wt: Wt, store: Store) -> None:
    """It warns where no worker has them all."""
    assert wt("cluster", "tags", "shop").out == "any worker\n"
    found = wt("cluster", "tags", "shop", "site-b", "site-a", "site-b")
    assert (found.code, found.out) == (ExitCode.OK, "site-a site-b\n")
    assert "no worker has these tags now" in found.err
    register(store, "site-a", "site-b", "gpu")
    assert wt("cluster", "tags", "shop", "site-a", "site-b").err == ""
    assert wt("cluster", "tags", "shop", "--none").out == "any worker\n"
    assert store.worker_tags("shop") == frozenset()


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["shopp"], "did you mean `shop`?"),
        (["shopp", "site-a"], "unknown cluster `shopp`"),
        (["shop", "Site"], "`Site` is not a valid tag"),
        (["shop", "site-a", "--none"], "exclude each other"),
        ([], "NAME"),
    ],
)
def test_wrong_tags_change_nothing(wt: Wt, store: Store, arguments: list[str], words: str) -> None:
    store.set_worker_tags("shop", {"site-z"})
    found = wt("cluster", "tags", *arguments)
    assert found.code == ExitCode.INPUT
    assert words in found.err
    assert store.worker_tags("shop") == {"site-z"}


def test_the_limit_of_a_project_is_shown_set_and_removed(wt: Wt, store: Store) -> None:
    assert wt("project", "limit").out == "no limit\n"
    assert wt("project", "limit", "3").out == "3\n"
    assert store.project_settings()[TASK_LIMIT] == 3
    assert wt("project", "limit", "--none").out == "no limit\n"


@pytest.mark.parametrize("arguments", [["0"], ["-1"], ["many"], ["1", "--none"]])
def test_a_wrong_limit_changes_nothing(wt: Wt, store: Store, arguments: list[str]) -> None:
    assert wt("project", "limit", *arguments).code == ExitCode.INPUT
    assert store.project_settings() == {}


# ---- wt tasks show ---------------------------------------------------------------------------


def test_a_task_in_the_queue_says_what_it_waits_for(wt: Wt, store: Store) -> None:
    who = Actor("token", "ann")
    queue_task(store, "t-1", "shop", actor=who)
    shown = wt("tasks", "show", "t-1")
    assert shown.code == ExitCode.OK
    assert "waits (no-worker): no worker is running" in shown.out
    register(store)
    store.set_worker_tags("shop", {"site-b"})
    found = wt("tasks", "show", "t-1", "-o", "json").json["waits_for"]
    assert (found["reason"], found["task_id"]) == ("worker-tags", None)


def test_the_database_of_another_user_is_wrong_input(
    wt: Wt, store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As it is found for root, who may read every file."""
    file = tmp_path / "state" / "worldtree.db"
    monkeypatch.setattr("os.access", lambda *_, **__: False)
    monkeypatch.setattr("os.geteuid", lambda: 12_345)
    (tmp_path / "state" / "worldtree.db-wal").unlink(missing_ok=True)
    store.close()
    file.unlink()
    file.mkdir()  # It cannot be opened, as one without rights.
    found = wt("tasks", "list")
    assert found.code == ExitCode.INPUT
    assert f"the database {file} cannot be used: it belongs to the user " in found.err
    assert "state-file-unusable" in found.err
