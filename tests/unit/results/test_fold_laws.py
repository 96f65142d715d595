"""Laws of the fold, for random streams of events."""

from __future__ import annotations

from collections.abc import Callable

from hypothesis import given
from hypothesis import strategies as st

from unit.results.streams import (
    attempt_finished,
    attempt_started,
    play_begun,
    stats,
    task_done,
    task_started,
)
from worldtree.results.events import Event
from worldtree.results.fold import Fold, fold
from worldtree.results.tree import TaskResult


@st.composite
def runs(draw: st.DrawFn) -> tuple[list[Event], Callable[[st.DataObject], list[Event]]]:
    """A run of a chain over some hosts, and a way to shuffle hosts' events within each play."""
    nodes = [f"p/m/t/n{i}" for i in range(draw(st.integers(1, 3)))]
    hosts = [f"h{i}" for i in range(draw(st.integers(1, 4)))]
    outcome = st.sampled_from(["ok", "changed", "skipped", "failed", "unreachable"])
    head = [task_started(dict.fromkeys(nodes, hosts)), attempt_started("x", nodes, hosts)]
    plays: list[tuple[Event, dict[str, list[Event]]]] = []
    left = list(hosts)
    failed: list[str] = []
    for node in nodes:
        work = {
            h: [task_done("x", node, h, s) for s in draw(st.lists(outcome, max_size=3))]
            for h in left
        }
        for ends in work.values():
            if ends and ends[-1].status not in ("failed", "unreachable") and draw(st.booleans()):
                ends[-1] = ends[-1].model_copy(update={"last": True})
        plays.append((play_begun("x", node), work))
        lost = [h for h in left if any(e.status in ("failed", "unreachable") for e in work[h])]
        gone = [h for h in lost if draw(st.booleans())]
        failed += gone
        left = [h for h in left if h not in gone]
        if not left:
            break
    tail = [stats("x", failures=failed), attempt_finished("x")] if draw(st.booleans()) else []

    def shuffled(data: st.DataObject) -> list[Event]:
        stream = list(head)
        for start, work in plays:
            turns = data.draw(st.permutations([h for h in work for _ in work[h]]))
            queues = {h: iter(work[h]) for h in work}
            stream += [start, *(next(queues[h]) for h in turns)]
        return stream + tail

    plain = [e for start, work in plays for e in (start, *(x for h in work for x in work[h]))]
    return [*head, *plain, *tail], shuffled


@given(runs(), st.data())
def test_cutting_the_stream_anywhere_changes_nothing(
    run: tuple[list[Event], Callable[[st.DataObject], list[Event]]], data: st.DataObject
) -> None:
    """Reading in between, and going on later, gives what one fold gives."""
    stream, _ = run
    cut = data.draw(st.integers(0, len(stream)))
    state = Fold()
    for one in stream[:cut]:
        state.add(one)
    assert state.result() == fold(stream[:cut])
    for one in stream[cut:]:
        state.add(one)
    assert state.result() == fold(stream)


@given(runs(), st.data())
def test_the_order_of_different_hosts_does_not_matter(
    run: tuple[list[Event], Callable[[st.DataObject], list[Event]]], data: st.DataObject
) -> None:
    """Ansible's hosts report in any order within a play."""
    stream, shuffled = run
    assert fold(shuffled(data)) == fold(stream)


@given(runs(), st.data())
def test_every_prefix_shows_every_node_and_host(
    run: tuple[list[Event], Callable[[st.DataObject], list[Event]]], data: st.DataObject
) -> None:
    """Nothing appears or disappears while a task runs."""
    stream, _ = run
    whole = fold(stream)
    part = fold(stream[: data.draw(st.integers(1, len(stream)))])
    assert [(n.id, list(n.hosts)) for n in part.nodes] == [
        (n.id, list(n.hosts)) for n in whole.nodes
    ]


@given(runs(), st.data())
def test_without_tasks_everything_else_is_the_same(
    run: tuple[list[Event], Callable[[st.DataObject], list[Event]]], data: st.DataObject
) -> None:
    """Statuses, messages, times and attempts, at every moment, also with repeated events."""
    stream, _ = run
    slim, whole = Fold(keep_tasks=False), Fold()
    ignored = data.draw(st.sets(st.integers(0, len(stream))))
    for place, one in enumerate(stream):
        told = one.model_copy(update={"ignored": place in ignored, "message": f"at {place}"})
        slim.add(told)
        whole.add(told)
        assert slim.result() == _without_tasks(whole.result())


def _without_tasks(result: TaskResult) -> TaskResult:
    bare = [
        node.model_copy(
            update={"hosts": {h: r.model_copy(update={"tasks": ()}) for h, r in node.hosts.items()}}
        )
        for node in result.nodes
    ]
    return result.model_copy(update={"nodes": tuple(bare)})


def test_memory_does_not_grow_with_what_hosts_say() -> None:
    """A host that says a megabyte a thousand times leaves a few kilobytes behind."""
    import tracemalloc

    slim = Fold(keep_tasks=False)
    node = "p/m/t/a"
    for one in [
        task_started({node: ["h1"]}),
        attempt_started("x", [node], ["h1"]),
        play_begun("x", node),
    ]:
        slim.add(one)
    tracemalloc.start()
    for number in range(1000):
        status = ("ok", "changed", "failed", "skipped")[number % 4]
        large = {"x": "y" * 10**6, "n": number}
        slim.add(task_done("x", node, "h1", status, ignored=number % 8 == 2, result=large))
    del large
    kept = tracemalloc.get_traced_memory()[0]
    tracemalloc.stop()
    assert kept < 20_000
