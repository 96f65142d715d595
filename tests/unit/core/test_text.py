"""Long lists are cut and counted."""

from __future__ import annotations

import pytest

from worldtree.core.text import and_more


@pytest.mark.parametrize(
    ("items", "text"),
    [([], ""), (["a"], "a"), (["a", "b"], "a, b"), (["a", "b", "c", "d"], "a, b and 2 more")],
)
def test_items_beyond_the_limit_are_counted(items: list[str], text: str) -> None:
    assert and_more(items, 2) == text


def test_the_separator_and_the_unit_can_be_given() -> None:
    assert and_more(["a", "b", "c"], 2, separator="; ", unit="places") == "a; b and 1 more places"
