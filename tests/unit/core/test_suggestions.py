"""The nearest word."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from worldtree.core.suggestions import did_you_mean, edit_distance, nearest

WORDS = ("address", "connection", "hosts", "internalAddress", "name", "port", "ssh", "vars")


@pytest.mark.parametrize(
    ("word", "meant"),
    [
        ("hots", "hosts"),
        ("hst", "hosts"),
        ("adress", "address"),
        ("internal_address", "internalAddress"),
        ("Name", "name"),
        ("nmae", "name"),
        ("colour", None),
        ("x", None),
        ("", None),
    ],
)
def test_the_nearest_word_is_what_a_person_would_guess(word: str, meant: str | None) -> None:
    """Far-off words give none."""
    assert nearest(word, WORDS) == meant


def test_between_equally_near_words_the_one_of_the_same_length_wins() -> None:
    """A wrong digit is likelier than a digit too many."""
    assert nearest("web3", ["web", "web1"]) == "web1"


def test_a_hint_asks_or_says_something_else() -> None:
    """The question names the word."""
    assert did_you_mean("prot", WORDS, "none") == "did you mean `port`?"
    assert did_you_mean("zzzzzz", WORDS, "none") == "none"


@given(st.text("abc", max_size=8), st.text("abc", max_size=8))
def test_distance_is_symmetric_and_zero_only_for_equal_words(left: str, right: str) -> None:
    """It is bounded by the longer word."""
    found = edit_distance(left, right)
    assert found == edit_distance(right, left)
    assert (found == 0) == (left == right)
    assert abs(len(left) - len(right)) <= found <= max(len(left), len(right))
