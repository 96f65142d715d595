"""What is said to somebody who goes on with a task that another one has gone on from."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from homes import open_store
from unit.engine.plans import node_id, plan
from worldtree.app.tasks.rollback_refusals import RollbackRefusals
from worldtree.core.errors import RefusedError
from worldtree.core.next_steps import APPLY_AGAIN, NextStep
from worldtree.core.process_identity import current_process
from worldtree.engine.executors.simulated import SimulatedExecutor
from worldtree.engine.rollback_plan import ROLLBACK_PIPELINE
from worldtree.engine.run_plan import run_plan
from worldtree.plan.ids import file_stem
from worldtree.results.status import TaskStatus
from worldtree.store.store import Store
from worldtree.store.task_record import TaskRecord

A = node_id("a")


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    """A state on a file."""
    with open_store(tmp_path / "state") as found:
        yield found


def task(
    store: Store, outcome: str = "changed", parent: TaskRecord | None = None, command: str = "apply"
) -> TaskRecord:
    """Return a task that ended so, and that can be rolled back."""
    wanted = plan({"a": ["h1"]})
    made = store.create_task(wanted, command, parent=parent.id if parent else None)
    rollbacks = made.directory / "bundle" / "rollback"
    rollbacks.mkdir(parents=True)
    (rollbacks / f"{file_stem(A)}.yml").touch()
    run_plan(
        wanted,
        task_id=made.id,
        bundle=Path("/nowhere"),
        directory=made.directory / "attempts",
        executor=SimulatedExecutor({(A, "h1"): outcome}),
        recorder=store.recorder(made.id),
    )
    return store.task(made.id)


def refusal(store: Store, record: TaskRecord) -> tuple[str, list[NextStep]]:
    """Return the message of a refused resume, and what can be done."""
    refusals = RollbackRefusals(lambda: store)
    try:
        refusals.refuse_rolled_back(record)
        refusals.refuse_replanned(record)
    except RefusedError as refused:
        return refused.message, list(refused.next_steps)
    raise AssertionError("it was not refused")


def test_what_was_continued_to_the_end_is_not_to_be_resumed(store: Store) -> None:
    first = task(store, "failed")
    second = task(store, "changed", first)
    assert refusal(store, first) == (
        f"task {first.id} was continued with another plan by task {second.id}, which has succeeded",
        [NextStep("rollback", second.id, "roll it back first"), APPLY_AGAIN],
    )


def test_what_was_continued_in_vain_can_be_resumed_and_undone(store: Store) -> None:
    first = task(store, "failed")
    second = task(store, "failed", first)
    message, steps = refusal(store, first)
    assert message.endswith(f"by task {second.id}, which has failed")
    assert steps == [
        NextStep("resume", second.id, "continue that task"),
        NextStep("rollback", second.id, "roll it back first"),
        APPLY_AGAIN,
    ]


def test_what_has_done_nothing_is_not_to_be_rolled_back(store: Store) -> None:
    first = task(store, "failed")
    task(store, "ok", first)
    assert refusal(store, first)[1] == [APPLY_AGAIN]


def test_the_last_of_a_line_is_the_one_to_go_on_with(store: Store) -> None:
    first = task(store, "failed")
    last = task(store, "failed", task(store, "failed", first))
    assert refusal(store, first)[1][0] == NextStep("resume", last.id, "continue that task")
    undoing = task(store, "failed", last, ROLLBACK_PIPELINE)
    assert refusal(store, first)[1] == [
        NextStep("resume", undoing.id, "continue that task"),
        APPLY_AGAIN,
    ]


def test_what_a_later_task_has_changed_is_not_to_be_rolled_back(store: Store) -> None:
    first = task(store, "failed")
    task(store, "changed", first)
    task(store, "changed")
    assert refusal(store, first)[1] == [APPLY_AGAIN]


def test_one_that_is_worked_on_is_to_be_waited_for(store: Store) -> None:
    first = task(store, "failed")
    second = task(store, "failed", first)
    store.acquire_lease("shop", second.id, current_process(), proven_dead=lambda _: False)
    store.set_status(second.id, TaskStatus.RUNNING)
    message, steps = refusal(store, first)
    assert message.endswith("which is running")
    assert steps == [NextStep("cancel", second.id, "wait until it ends, or cancel it")]


def test_a_rollback_that_has_ended_is_not_to_be_resumed(store: Store) -> None:
    first = task(store, "failed")
    undoing = task(store, "changed", first, ROLLBACK_PIPELINE)
    assert refusal(store, first) == (
        f"task {first.id} was rolled back by task {undoing.id}, which has succeeded",
        [APPLY_AGAIN],
    )
