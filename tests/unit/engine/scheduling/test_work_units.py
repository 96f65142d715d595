"""Waiting units: order, timers, locks."""

from __future__ import annotations

from worldtree.engine.scheduling.work_units import WorkQueue, WorkUnit


def unit(position: int, name: str = "n") -> WorkUnit:
    """Return a unit of one node."""
    return WorkUnit(position, (f"{name}{position}",), ("h",))


def test_the_first_of_the_plan_comes_first() -> None:
    waiting = WorkQueue()
    for place in (3, 1, 2):
        waiting.push(unit(place))
    assert [waiting.pop({}) for _ in range(4)] == [unit(1), unit(2), unit(3), None]


def test_timed_units_wait_for_their_moment() -> None:
    waiting = WorkQueue()
    waiting.push_at(10.0, unit(1))
    waiting.push_at(5.0, unit(2))
    assert waiting.next_moment == 5.0
    waiting.wake(7.0)
    assert (waiting.pop({}), waiting.pop({}), waiting.next_moment) == (unit(2), None, 10.0)


def test_mutex_lets_one_through_until_it_is_released() -> None:
    waiting, locks = WorkQueue(), {"n1": "m", "n2": "m", "n3": "m"}
    for place in (1, 2, 3, 4):
        waiting.push(unit(place))
    assert [waiting.pop(locks), waiting.pop(locks), waiting.pop(locks)] == [unit(1), unit(4), None]
    waiting.release("m")
    assert (waiting.pop(locks), waiting.pop(locks)) == (unit(2), None)


def test_released_mutex_goes_to_the_first_that_waits() -> None:
    waiting, locks = WorkQueue(), {"n1": "m", "n2": "m"}
    waiting.push(unit(1))
    waiting.push(unit(2))
    assert waiting.pop(locks) == unit(1)
    assert waiting.pop(locks) is None
    waiting.release("m")
    waiting.release(None)
    assert waiting.pop(locks) == unit(2)


def test_drain_takes_everything() -> None:
    waiting = WorkQueue()
    locks = {"n1": "m", "n2": "m"}
    waiting.push(unit(1))
    assert waiting.pop(locks) == unit(1)
    waiting.push(unit(2))
    assert waiting.pop(locks) is None
    waiting.push(unit(4))
    waiting.push_at(99.0, unit(3))
    assert waiting.drain() == [unit(2), unit(3), unit(4)]
    assert (waiting.drain(), waiting.next_moment) == ([], None)
