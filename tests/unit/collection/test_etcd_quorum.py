"""What may be done to a cluster of etcd, against a count by hand over all states of its members."""

from __future__ import annotations

from collections.abc import Callable
from types import ModuleType
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

#: Health of each voting member, whether there is a learner, and whether that is healthy.
_STATES = st.tuples(st.lists(st.booleans(), min_size=1, max_size=7), st.sampled_from("-hb"))


@pytest.fixture
def quorum(plugins: Callable[[str], Any]) -> ModuleType:
    """The module under test."""
    found: ModuleType = plugins("module_utils.etcd_quorum")
    return found


def cluster(quorum: ModuleType, healthy: list[bool], learner: str = "-") -> list[Any]:
    """Members m0, m1 …; a learner where ``learner`` is ``h`` (healthy) or ``b`` (broken)."""
    found = [quorum.Member(f"{n}", f"m{n}", one) for n, one in enumerate(healthy)]
    if learner != "-":
        found.append(quorum.Member("f", "new", learner == "h", learner=True))
    return found


def writes(healthy: list[bool]) -> bool:
    """Whether more than half of the voters are healthy."""
    return 2 * sum(healthy) > len(healthy)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(state=_STATES)
def test_nothing_that_is_allowed_takes_the_majority_away(
    quorum: ModuleType, state: tuple[list[bool], str]
) -> None:
    healthy, learner = state
    members = cluster(quorum, healthy, learner)
    for number, member in enumerate(members[: len(healthy)]):
        others = healthy[:number] + healthy[number + 1 :]
        stopped = [*others, False]
        inevitable = len(healthy) <= 2 and all(healthy)
        expected = not healthy[number] or writes(stopped) or inevitable
        assert quorum.may_stop(members, member).allowed is expected
        removable = writes(healthy) and bool(others) and writes(others)
        assert quorum.may_remove(members, member).allowed is removable


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(state=_STATES)
def test_a_member_is_added_only_where_its_failure_would_do_no_harm(
    quorum: ModuleType, state: tuple[list[bool], str]
) -> None:
    healthy, learner = state
    verdict = quorum.may_add(cluster(quorum, healthy, learner))
    survives = writes([*healthy, False])
    expected = writes(healthy) and learner == "-" and (survives or all(healthy))
    assert verdict.allowed is expected


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(state=_STATES)
def test_a_learner_gets_its_vote_once_it_answers_and_never_counts_before(
    quorum: ModuleType, state: tuple[list[bool], str]
) -> None:
    healthy, learner = state
    members = cluster(quorum, healthy, learner)
    assert quorum.has_quorum(members) is writes(healthy)
    if learner != "-":
        allowed = quorum.may_promote(members, members[-1]).allowed
        assert allowed is (writes(healthy) and learner == "h")
        assert quorum.may_stop(members, members[-1]).allowed


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(state=_STATES, repaired=st.integers(0, 6))
def test_repairing_a_member_forbids_no_other_change(
    quorum: ModuleType, state: tuple[list[bool], str], repaired: int
) -> None:
    healthy, learner = state
    better = [one or number == repaired for number, one in enumerate(healthy)]
    before, after = cluster(quorum, healthy, learner), cluster(quorum, better, learner)
    assert quorum.may_add(after).allowed or not quorum.may_add(before).allowed
    for number, (old, new) in enumerate(zip(before, after, strict=True)):
        if number != repaired:
            for may in (quorum.may_stop, quorum.may_remove):
                assert may(after, new).allowed or not may(before, old).allowed


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(state=_STATES)
def test_each_refusal_says_why_and_what_would_work(
    quorum: ModuleType, state: tuple[list[bool], str]
) -> None:
    members = cluster(quorum, *state)
    verdicts = [quorum.may_add(members)]
    for member in members:
        verdicts += [quorum.may_stop(members, member), quorum.may_remove(members, member)]
    for verdict in verdicts:
        assert verdict.allowed or (verdict.why and verdict.instead)


def test_a_refusal_names_the_members_and_the_numbers(quorum: ModuleType) -> None:
    members = cluster(quorum, [True, True, False])
    assert quorum.may_remove(members, members[0]).text == (
        "without m0 the cluster could not write any more: 1 of 2 members are healthy and 2 are"
        " needed (not healthy: m2). Start m2, or remove it first (pipeline `remove-member`)."
    )
    assert "m2" in quorum.may_stop(members, members[1]).text
    assert "pipeline `restore`" in quorum.may_add(cluster(quorum, [True, False, False])).text
