"""What `--changed` still counts as done after other pipelines worked on the cluster."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from homes import open_store
from unit.engine.plans import plan
from unit.store.tasks import run_task
from worldtree.app.tasks.cluster_work import current_outputs, current_successes, other_successes
from worldtree.engine.prior_results import PriorResults
from worldtree.plan.execution_graph import ExecutionGraph
from worldtree.plan.node import Node
from worldtree.plan.plan import Plan
from worldtree.results.events import Event, EventKind
from worldtree.results.status import TaskStatus
from worldtree.store.store import Store

HOSTS = ("h1", "h2")


def pipeline(name: str, *nodes: str, role: str | None = None) -> Plan:
    """A plan of nodes ``module/task/step`` on two hosts; each pair has a digest."""
    made = {
        f"{name}/{one}": Node(id=f"{name}/{one}", kind="command", hosts=HOSTS, role=role)
        for one in nodes
    }
    graph = ExecutionGraph(pipeline=name, nodes=made, edges=())
    update = {
        "pipeline": name,
        "graph": graph,
        "pair_digests": {one: dict.fromkeys(HOSTS, "d") for one in made},
    }
    return plan(dict.fromkeys("a", HOSTS)).model_copy(update=update)


CREATE = pipeline("create", "web/app/install", "web/app/page", "db/main/install")
REMOVE = pipeline("destroy", "web/remove/remove")


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    """A state on a file."""
    with open_store(tmp_path / "state") as found:
        yield found


def counted(store: Store) -> set[str]:
    """The nodes that count as done on both hosts."""
    found = current_successes(store, CREATE)
    return {name for name, _ in found if all((name, host) in found for host in HOSTS)}


def test_a_removal_ends_the_successes_of_its_module(store: Store) -> None:
    run_task(store, wanted=CREATE)
    assert counted(store) == set(CREATE.graph.nodes)
    run_task(store, wanted=REMOVE, known=PriorResults(others=other_successes(store, REMOVE)))
    assert counted(store) == {"create/db/main/install"}
    assert {name for name, _ in store.successes("shop")} == {
        "create/db/main/install",
        "destroy/web/remove/remove",
    }
    run_task(store, wanted=CREATE, known=PriorResults(others=other_successes(store, CREATE)))
    assert counted(store) == set(CREATE.graph.nodes)
    assert {name for name, _ in store.successes("shop")} == set(CREATE.graph.nodes)


def test_successes_that_an_earlier_version_left_after_a_removal_do_not_count(store: Store) -> None:
    """It deleted no success of another pipeline."""
    run_task(store, wanted=CREATE)
    run_task(store, wanted=REMOVE)
    assert len(store.successes("shop")) == 8
    assert counted(store) == {"create/db/main/install"}


def test_outputs_of_removed_and_of_rolled_back_work_are_not_handed_on(store: Store) -> None:
    """Those of other modules stay, and those that the work published again count."""
    install, other = "create/web/app/install", "create/db/main/install"

    def publish(value: int) -> str:
        task = run_task(store, wanted=CREATE).id
        said = {"name": "o", "value": value}
        events = [
            Event(kind=EventKind.OUTPUT_PUBLISHED, time=1.0, node=n, host="h1", result=said)
            for n in (install, other)
        ]
        store.recorder(task).record(events)
        return task

    publish(1)
    assert current_outputs(store, CREATE)[install, "h1"] == {"o": 1}
    run_task(store, wanted=REMOVE)
    assert current_outputs(store, CREATE) == {(other, "h1"): {"o": 1}}
    last = publish(2)
    assert current_outputs(store, CREATE)[install, "h1"] == {"o": 2}
    store.set_status(last, TaskStatus.ROLLED_BACK)
    assert current_outputs(store, CREATE) == {(other, "h1"): {"o": 1}}


def test_each_plan_is_read_once(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    """However many successes there are."""
    run_task(store, wanted=CREATE)
    run_task(store, wanted=REMOVE)
    read: list[str] = []
    plan_of = Store.plan
    monkeypatch.setattr(
        Store, "plan", lambda self, digest: read.append(digest) or plan_of(self, digest)
    )
    other_successes(store, REMOVE)
    assert len(read) == 1
    current_successes(store, CREATE)
    assert len(read) == 2


def test_a_role_is_known_from_the_plan_of_the_task_that_ran_it(store: Store) -> None:
    run_task(store, wanted=pipeline("create", "web/app/install", role="nginx"))
    removal = pipeline("destroy", "proxy/main/remove", role="nginx")
    found = other_successes(store, removal)
    assert found.overtaken_by(removal.graph.nodes, ["h1"]) == {"create/web/app/install": ["h1"]}
