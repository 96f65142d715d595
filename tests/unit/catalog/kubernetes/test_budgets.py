"""How many members may be away at once, for clusters of any size."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from examples import examples
from worldtree.catalog.components.kubernetes.budgets import (
    control_plane_budget,
    pool_budget,
    share_of,
    tolerated_failures,
)

COUNTS = st.integers(1, 600)
SHARES = st.integers(1, 700) | st.integers(1, 100).map("{}%".format)


def names(count: int) -> tuple[str, ...]:
    return tuple(f"m{number}" for number in range(count))


@settings(max_examples=examples(100))
@given(count=st.integers(1, 9), stacked=st.booleans())
def test_control_planes_that_may_be_away_leave_a_majority_or_one(count: int, stacked: bool) -> None:
    """One or two with a stacked etcd, and a single one, cannot avoid an interruption."""
    budget = control_plane_budget(names(count), stacked=stacked)
    left = count - budget.most_away
    works = 2 * left > count if stacked else left > 0
    unavoidable = budget.most_away == 1 and tolerated_failures(count, stacked=stacked) == 0
    assert works or unavoidable
    assert not works or budget.most_away >= 1


@settings(max_examples=examples(100))
@given(count=COUNTS, share=SHARES)
def test_a_pool_never_stands_still_and_never_goes_whole(count: int, share: int | str) -> None:
    budget = pool_budget(names(count), share)
    assert budget.most_away >= 1
    assert budget.most_away < count or count == 1
    assert budget.most_away <= share_of(count, share)


@settings(max_examples=examples(100))
@given(count=COUNTS, percent=st.integers(1, 100))
def test_a_percentage_is_that_share_rounded_down_but_one_at_least(count: int, percent: int) -> None:
    found = share_of(count, f"{percent}%")
    assert found == max(1, count * percent // 100)


@pytest.mark.parametrize("wrong", ["", "0", "0%", "101%", "-1", "a", "5 %%", "1.5%"])
def test_other_texts_are_no_share(wrong: str) -> None:
    with pytest.raises(ValueError, match="neither a number nor a percentage"):
        share_of(10, wrong)


def test_a_number_below_one_is_no_share() -> None:
    with pytest.raises(ValueError, match="from 1 on"):
        share_of(10, 0)
