"""What may be done to members of Kubernetes now, against a count by hand over random clusters."""

from __future__ import annotations

from collections.abc import Callable
from types import ModuleType
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from examples import examples

_FIXTURE = [HealthCheck.function_scoped_fixture]
#: Whether each member is ready, and whether it is cordoned.
_STATES = st.lists(st.tuples(st.booleans(), st.booleans()), min_size=1, max_size=7)


@pytest.fixture
def budget(plugins: Callable[[str], Any]) -> ModuleType:
    """The module under test."""
    found: ModuleType = plugins("module_utils.kubernetes_budget")
    return found


def members(budget: ModuleType, states: list[tuple[bool, bool]], *, planes: bool) -> list[Any]:
    """Members m0, m1 … that are all control planes, or all workers."""
    return [
        budget.ClusterMember(f"m{n}", ready, cordoned, control_plane=planes)
        for n, (ready, cordoned) in enumerate(states)
    ]


@settings(suppress_health_check=_FIXTURE, deadline=None, max_examples=examples(100))
@given(states=_STATES, most_away=st.integers(1, 7), planes=st.booleans())
def test_no_more_members_are_away_than_the_budget_allows(
    budget: ModuleType, states: list[tuple[bool, bool]], most_away: int, planes: bool
) -> None:
    """A member that may leave, and does: the budget holds, or the member was away before."""
    found = members(budget, states, planes=planes)
    names = [member.name for member in found]
    for member in found:
        away = {one.name for one in found if budget.is_away(one)}
        verdict = budget.may_leave(found, member.name, names, most_away)
        within = len(away | {member.name}) <= most_away
        assert verdict.allowed is (within or member.name in away)
        assert verdict.allowed or all(name in verdict.why for name in away)


@settings(suppress_health_check=_FIXTURE, deadline=None, max_examples=examples(100))
@given(states=_STATES, most_away=st.integers(1, 7))
def test_members_that_leave_one_after_the_other_never_exceed_the_budget(
    budget: ModuleType, states: list[tuple[bool, bool]], most_away: int
) -> None:
    """Each asks after the one before is cordoned, as a batch with ``throttle: 1`` does."""
    found = members(budget, states, planes=False)
    names = [member.name for member in found]
    before = sum(budget.is_away(one) for one in found)
    for place, member in enumerate(found):
        if budget.may_leave(found, member.name, names, most_away).allowed:
            found[place] = member._replace(cordoned=True)
    after = sum(budget.is_away(one) for one in found)
    assert after == max(before, min(most_away, len(found)))


def test_a_cordon_stops_no_api_server(budget: ModuleType) -> None:
    """A control plane that a person has cordoned still serves, and keeps no other one."""
    found = members(budget, [(True, True), (True, False), (True, False)], planes=True)
    assert budget.may_leave(found, "m1", ["m0", "m1", "m2"], 1).allowed


@settings(suppress_health_check=_FIXTURE, deadline=None, max_examples=examples(100))
@given(states=_STATES, gone=st.sets(st.integers(0, 6)), stacked=st.booleans())
def test_a_removal_leaves_a_control_plane_and_a_majority(
    budget: ModuleType, states: list[tuple[bool, bool]], gone: set[int], stacked: bool
) -> None:
    found = members(budget, states, planes=True)
    names = {f"m{n}" for n in gone}
    left = [one for one in found if one.name not in names]
    removed = len(found) - len(left)
    verdict = budget.may_remove_control_planes(found, names, stacked)
    ready = sum(one.ready for one in left)
    writes = 2 * sum(one.ready for one in found) > len(found) and 2 * ready > len(left)
    expected = not removed or (ready > 0 and (writes or not stacked))
    assert verdict.allowed is expected
    if not verdict.allowed:
        assert verdict.instead


def test_workers_are_removed_whatever_control_planes_do(budget: ModuleType) -> None:
    found = members(budget, [(False, False)], planes=False)
    assert budget.may_remove_control_planes(found, ["m0"], True).allowed
