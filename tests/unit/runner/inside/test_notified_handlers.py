"""Handlers that one try notified and did not run are run by the next: real runs of Ansible."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Literal

import pytest

from unit.runner.playbook_forks import PlaybookForks, Ran
from worldtree.engine.executors.notified_handlers import NotifiedHandlersExecutor
from worldtree.results.run import RunRequest

HOSTS = ("h1", "h2")
ON_H2 = "inventory_hostname == 'h2'"


def step(name: str, **keywords: Any) -> dict[str, Any]:
    """Return a task that logs that it ran."""
    args = {key: keywords.pop(key) for key in ("failed", "lost", "changed") if key in keywords}
    return {"name": name, "step": {"name": name, **args}, **keywords}


FLUSH = {"name": "flush", "ansible.builtin.meta": "flush_handlers"}
DONE = {"name": "done", "ansible.builtin.set_fact": {"worldtree_done": True}}
END = {"name": "end", "ansible.builtin.meta": "end_host", "when": "worldtree_done | default(false)"}
H1_FAILS = step("fail", failed=["h1"])
HANDLE, ALSO = step("handle"), step("also")


def notify(*names: str) -> dict[str, Any]:
    """Return a task that changes something on h1, in the first try."""
    return step("notify", changed=["h1"], notify=list(names))


#: Per case: the play of the first try, what is other in the second, and what runs then on h1.
CASES: dict[str, tuple[dict[str, Any], dict[str, Any], list[str]]] = {
    "a failure before the handlers": (
        {"tasks": [notify("handle"), H1_FAILS], "handlers": [HANDLE]},
        {},
        ["notify", "fail", "handle"],
    ),
    "the connection is lost before the handlers": (
        {"tasks": [notify("handle"), step("fail", lost=["h1"])], "handlers": [HANDLE]},
        {},
        ["notify", "fail", "handle"],
    ),
    "another host stops it": (
        {
            "any_errors_fatal": True,
            "tasks": [notify("handle"), step("fail", failed=["h2"])],
            "handlers": [HANDLE],
        },
        {},
        ["notify", "fail", "handle"],
    ),
    "the handler itself fails": (
        {"tasks": [notify("handle", "also")], "handlers": [step("handle", failed=["h1"]), ALSO]},
        {"handlers": [HANDLE, ALSO]},
        ["notify", "handle", "also"],
    ),
    "a handler fails, with an always section after it": (
        {
            "tasks": [
                {"block": [notify("handle"), FLUSH], "always": [step("close")]},
            ],
            "handlers": [step("handle", failed=["h1"])],
        },
        {"handlers": [HANDLE]},
        ["notify", "handle", "close"],
    ),
    "it was flushed before the failure": (
        {"tasks": [notify("handle"), FLUSH, H1_FAILS], "handlers": [HANDLE]},
        {},
        ["notify", "fail"],
    ),
    "a topic that handlers listen to": (
        {
            "tasks": [notify("topic"), H1_FAILS],
            "handlers": [HANDLE | {"listen": "topic"}, ALSO | {"listen": "topic"}],
        },
        {},
        ["notify", "fail", "handle", "also"],
    ),
    "tasks before the role": (
        {
            "pre_tasks": [step("before")],
            "tasks": [notify("handle"), H1_FAILS],
            "handlers": [HANDLE],
        },
        {},
        ["before", "notify", "fail", "handle"],
    ),
    "a precheck that has nothing to do the second time": (
        {
            "pre_tasks": [step("before")],
            "tasks": [notify("handle"), H1_FAILS],
            "handlers": [HANDLE],
        },
        {"pre_tasks": [DONE, END]},
        ["notify", "fail", "handle"],
    ),
    "the role ends the host the second time": (
        {"tasks": [notify("handle"), H1_FAILS], "handlers": [HANDLE]},
        {"tasks": [step("notify"), {**END, "when": "true"}, step("fail")]},
        ["notify"],
    ),
}


@pytest.fixture(scope="module")
def forks(tmp_path_factory: pytest.TempPathFactory) -> Iterator[PlaybookForks]:
    """The process that runs the plays."""
    found = PlaybookForks(tmp_path_factory.mktemp("plays"))
    yield found
    found.close()


def play(parts: Mapping[str, Any]) -> dict[str, Any]:
    return {"name": "work", "gather_facts": False, "hosts": ",".join(HOSTS), **parts}


class Receiver:
    """An executor that only remembers what its runs get."""

    def __init__(self) -> None:
        self.requests: list[RunRequest] = []

    def start(self, request: RunRequest, *_: Any) -> Any:
        self.requests.append(request)


def left(*runs: Ran, form: Literal["plays", "rollback"] = "plays") -> Mapping[str, Any]:
    """Return what the next try gets after these."""
    receiver = Receiver()
    executor = NotifiedHandlersExecutor(receiver, [event for ran in runs for event in ran.events])
    request = RunRequest("y", ("work",), HOSTS, Path(), Path(), form=form)
    executor.start(request, lambda _event: None, lambda _outcome: None)
    return receiver.requests[0].notified


def repaired(task: Mapping[str, Any]) -> dict[str, Any]:
    """Return a task that neither fails nor changes anything."""
    if "block" in task:
        return {key: [repaired(one) for one in tasks] for key, tasks in task.items()}
    return {**task, "step": {"name": task["name"]}} if "step" in task else dict(task)


@pytest.mark.parametrize("case", CASES)
def test_the_next_try_runs_what_was_notified(forks: PlaybookForks, case: str) -> None:
    """At the end of the role, though nothing changes any more; and not a third time."""
    first, other, wanted = CASES[case]
    parts = {
        key: [repaired(task) for task in value] if isinstance(value, list) else value
        for key, value in first.items()
    }
    second = play({**parts, **other})
    ran = forks.run([play(first)], HOSTS)
    again = forks.run([second], HOSTS, notified=left(ran))
    assert again.of("h1") == wanted, again.output
    assert not {"handle", "also"}.intersection(again.of("h2"))
    assert left(again) == {}


def test_what_did_not_run_stays_notified_however_many_tries_fail(forks: PlaybookForks) -> None:
    fails = play({"tasks": [notify("handle"), H1_FAILS], "handlers": [HANDLE]})
    ran = forks.run([fails], HOSTS)
    assert left(ran) == {"work": {"h1": ["handle"]}}
    assert left(ran, form="rollback") == {}
    at_once = play({"tasks": [step("never", failed=["h1"])], "handlers": [HANDLE]})
    again = forks.run([at_once], HOSTS, notified=left(ran))
    assert again.did("handle") == set()
    assert left(ran, again) == left(ran)
