"""What the scheduler makes of a run that was cut off when each host was somewhere else."""

from __future__ import annotations

import time
from typing import Any

import pytest

from unit.engine.driven import DrivenTask
from unit.engine.plans import node_id, plan
from worldtree.engine.executors.protocol import RunOutcome
from worldtree.engine.recorder import MemoryRecorder
from worldtree.plan.plan import Plan
from worldtree.plan.policy import Policy
from worldtree.results.events import Event, EventKind

#: Finished; between two Ansible tasks; within one; not started.
HOSTS = ("h1", "h2", "h3", "h4")


def cut_off_task(*, repeatable: bool, on_interrupted: str | None) -> DrivenTask:
    """Return the task after its first run hung until the time limit."""
    policy = Policy.model_validate(
        {"timeout": 5.0, "retries": 1, "backoff": 0.0, "on_interrupted": on_interrupted}
    )
    wanted = plan({"a": HOSTS, "b": HOSTS}, [("a", "b", "host")], {"a": policy})
    drive = DrivenTask(guarded(wanted, repeatable), MemoryRecorder(), lambda *_: None)
    (run,) = drive.executor.runs.values()

    def tell(kind: EventKind, **fields: Any) -> None:
        event = Event(kind=kind, time=time.time(), attempt=run.request.attempt, **fields)
        run.on_event(event.model_copy(update={"node": node_id("a")}))

    tell(EventKind.PLAY_STARTED)
    done = {"name": "Work", "status": "changed"}
    tell(EventKind.HOST_TASK_FINISHED, host="h1", **done, last=True)
    tell(EventKind.HOST_TASK_FINISHED, host="h2", **done)
    tell(EventKind.HOST_TASK_STARTED, host="h3", name="Work")
    del drive.executor.runs[run.request.attempt]
    run.on_end(RunOutcome("timeout", message="time is up", interrupted_hosts=("h3",)))
    drive.let_go()
    return drive


def guarded(wanted: Plan, repeatable: bool) -> Plan:
    """Return a plan whose first node looks before it works, or does not."""
    nodes = dict(wanted.graph.nodes)
    nodes[node_id("a")] = nodes[node_id("a")].model_copy(update={"repeatable": repeatable})
    graph = wanted.graph.model_copy(update={"nodes": nodes})
    return wanted.model_copy(update={"graph": graph})


@pytest.mark.parametrize(
    ("repeatable", "on_interrupted", "again"),
    [
        (True, None, ("h2", "h3", "h4")),
        (False, "rerun", ("h2", "h3", "h4")),
        (False, None, ("h4",)),
        (False, "ask", ("h4",)),
        (False, "fail", ("h4",)),
    ],
)
def test_only_what_was_not_through_is_tried_again(
    repeatable: bool, on_interrupted: str | None, again: tuple[str, ...]
) -> None:
    """And work without a guard only where it never started, unless the policy says otherwise."""
    drive = cut_off_task(repeatable=repeatable, on_interrupted=on_interrupted)
    (run,) = drive.executor.runs.values()
    assert (run.request.nodes[0], run.request.hosts) == (node_id("a"), again)
    while drive.executor.runs:
        run = drive.executor.runs.popitem()[1]
        while run.do_node(lambda _node, _host: "ok"):
            pass
        run.finish()
        drive.let_go()
    assert drive.result is not None
    first, second = drive.result.nodes
    lost = [] if len(again) > 1 else ["h2", "h3"]
    assert [h for h, r in first.hosts.items() if r.status.is_lost] == lost
    assert first.hosts["h1"].status == "changed"
    assert [h for h, r in second.hosts.items() if r.status == "not-run"] == lost
