"""What of a task is logged: who follows a service reads it, not Ansible's output."""

from __future__ import annotations

from pathlib import Path

import homes
from unit.api.observed_app import entries, logged
from unit.engine.plans import node_id, plan
from worldtree.app.tasks.task_log import TaskLog
from worldtree.engine.executors.simulated import SimulatedExecutor
from worldtree.engine.run_plan import run_plan
from worldtree.results.events import Event, EventKind

WANTED = plan(dict.fromkeys("ab", ("h1", "h2")), [("a", "b", "barrier")])


def test_run_is_logged_by_node_and_lost_host(tmp_path: Path) -> None:
    store = homes.open_store(tmp_path / "home")
    task = store.create_task(WANTED, "apply")
    with logged() as stream:
        log = TaskLog(task.id)
        run_plan(
            WANTED,
            task_id=task.id,
            bundle=Path("/nowhere"),
            directory=task.directory / "attempts",
            executor=SimulatedExecutor({(node_id("a"), "h2"): "failed"}),
            recorder=store.recorder(task.id),
            on_event=log,
        )
    store.close()
    found = entries(stream)
    assert {entry["task_id"] for entry in found} == {task.id}
    assert {entry["logger"] for entry in found} == {"worldtree.task"}
    words = [(entry["event"], entry.get("step_name"), entry.get("status")) for entry in found]
    step = node_id("a").rpartition("/")[2]
    assert words[:4] == [
        ("task started", None, None),
        ("node started", step, None),
        ("host lost", step, "failed"),
        ("node finished", step, "failed"),
    ]
    assert words[-1][0] == "task finished"
    lost = found[2]
    assert (lost["hostname"], lost["node"], lost["level"]) == ("h2", node_id("a"), "warning")
    assert (found[0]["cluster"], found[0]["nodes"]) == (WANTED.cluster, 2)
    assert found[3]["level"] == found[-1]["level"] == "warning"
    assert "hostname" not in found[3]


def test_rest_of_the_events_is_quiet() -> None:
    """Ansible's tasks and their output are elsewhere; so is what a rollback repeats."""
    with logged() as stream:
        log = TaskLog("t1")
        said = "canary"
        log(Event(kind=EventKind.HOST_TASK_FINISHED, time=1, node="p/m/t/s", stdout=said))
        log(Event(kind=EventKind.RUN_MESSAGE, time=1, message=said))
        undone = {"h1": {"status": "failed", "undone": True}}
        end = {"kind": EventKind.NODE_FINISHED, "time": 1, "node": "p/m/t/s", "message": said}
        log(Event(**end, status="rolled-back", result={"hosts": undone}))
        log(Event(kind=EventKind.NODE_SKIPPED, time=1, node="p/m/t/s", host="h1", caused_by="x"))
        log(Event(kind=EventKind.TASK_RESUMED, time=1, result={}))
    finished, skipped, resumed = entries(stream)
    assert (finished["event"], finished["level"]) == ("node finished", "info")
    assert (skipped["hostname"], skipped["caused_by"]) == ("h1", "x")
    assert (resumed["event"], "node" in resumed) == ("task resumed", False)
    assert "canary" not in stream.getvalue()
