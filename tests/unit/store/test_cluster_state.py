"""Documents, facts and the audit, on either database."""

from __future__ import annotations

import pytest

from unit.engine.plans import plan
from unit.results.streams import attempt_started
from worldtree.results.events import Event, EventKind
from worldtree.results.status import TaskStatus
from worldtree.store.cluster_state import BegunWork, FactSnapshot
from worldtree.store.store import Store

WANTED = plan({"a": ["h1"]})
LAB = WANTED.model_copy(update={"cluster": "lab"})


def test_every_version_of_a_document_is_kept(any_store: Store) -> None:
    made = [
        any_store.create_task(wanted, "apply", document=text)
        for wanted, text in ((WANTED, "a"), (WANTED, "ä: b\n"), (WANTED, "a"), (LAB, "a"))
    ]
    found = any_store.documents("shop")
    assert [(d.version, d.body) for d in found] == [(2, "ä: b\n"), (1, "a")]
    assert [d.version for d in any_store.documents("lab")] == [1]
    assert made[0].document == made[2].document == found[1].digest
    assert made[0].document != made[3].document
    assert any_store.document(found[0].digest) == found[0]
    with pytest.raises(KeyError):
        any_store.document("0" * 64)


def test_task_knows_the_one_that_it_rolls_back(any_store: Store) -> None:
    first = any_store.create_task(WANTED, "apply")
    second = any_store.create_task(WANTED, "rollback", parent=first.id)
    assert (first.parent, second.parent) == (None, first.id)
    assert any_store.task(second.id) == second


def test_status_can_be_said_for_a_task_whose_process_is_gone(any_store: Store) -> None:
    task = any_store.create_task(WANTED, "apply")
    any_store.set_status(task.id, TaskStatus.INTERRUPTED, "the machine was restarted")
    found = any_store.task(task.id)
    assert (found.status, found.message) == (
        TaskStatus.INTERRUPTED,
        "the machine was restarted",
    )


def test_facts_are_the_last_of_each_host(any_store: Store) -> None:
    assert any_store.facts("shop") == {}
    any_store.save_facts("shop", {"h2": {"a": 1}, "h1": {"b": ["ä"]}}, 1.0)
    any_store.save_facts("shop", {"h2": {"a": 2}}, 2.0)
    any_store.save_facts("shop", {}, 3.0)
    assert any_store.facts("shop") == {
        "h1": FactSnapshot("h1", {"b": ["ä"]}, 1.0),
        "h2": FactSnapshot("h2", {"a": 2}, 2.0),
    }


def test_audit_tells_who_did_what_newest_first(any_store: Store) -> None:
    any_store.audit("task-cancelled", cluster="shop", task="t1", detail="from afar", who="ann")
    any_store.audit("pruned")
    newest, oldest = any_store.audit_log()
    assert (oldest.what, oldest.who, oldest.cluster, oldest.task, oldest.detail) == (
        "task-cancelled",
        "ann",
        "shop",
        "t1",
        "from afar",
    )
    assert "process" in newest.who
    assert [e.what for e in any_store.audit_log("shop")] == ["task-cancelled"]
    assert [e.what for e in any_store.audit_log(limit=1)] == ["pruned"]


def test_work_that_began_is_reported_without_what_changed_nothing(any_store: Store) -> None:
    """Of one cluster, since a time."""
    made = {
        (cluster.cluster, command): any_store.create_task(cluster, command)
        for cluster, command in ((WANTED, "apply"), (WANTED, "check"), (LAB, "apply"))
    }
    for task in made.values():
        recorder = any_store.recorder(task.id)
        for number in (1, 2):
            begun = attempt_started(f"{task.id}.{number}", ["p/m/t/a"], ["h1", "h2"])
            recorder.record([begun.model_copy(update={"time": float(number)})])
    apply = made["shop", "apply"]
    assert any_store.begun_work("shop", 1.0) == [
        BegunWork(apply.id, apply.plan, ("p/m/t/a",), ("h1", "h2"), 2.0)
    ]
    assert len(any_store.begun_work("shop", 0.0)) == 2
    assert any_store.begun_work("shop", 2.0) == []


def test_facts_that_nodes_set_are_known_apart_from_outputs(any_store: Store) -> None:
    task = any_store.create_task(WANTED, "apply")
    node = next(iter(WANTED.graph.nodes))
    said = {"values": {"x": 1}, "hidden": ["y"]}
    fields = {"time": 1.0, "node": node, "host": "h1"}
    any_store.recorder(task.id).record(
        [
            Event(kind=EventKind.FACTS_SET, result={"values": {}, "hidden": []}, **fields),
            Event(kind=EventKind.FACTS_SET, result=said, **fields),
            Event(kind=EventKind.OUTPUT_PUBLISHED, result={"name": "o", "value": 2}, **fields),
        ]
    )
    assert any_store.last_memory("shop") == {(node, "h1"): said}
    assert any_store.last_outputs("shop") == {(node, "h1"): {"o": 2}}
    assert any_store.outputs(task.id) == {(node, "h1"): {"o": 2}}
    assert any_store.rebuild(task.id).differences == ()
