"""The texts that occur in another one are those that a search for each of them finds."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from worldtree.secrets import text_index
from worldtree.secrets.text_index import TextIndex

TEXTS = st.text("ab*", min_size=4, max_size=14)


@given(st.lists(TEXTS), st.lists(TEXTS), st.text("ab*", max_size=60), st.sampled_from([3, 7, 64]))
def test_every_text_is_found(first: list[str], second: list[str], other: str, chunk: int) -> None:
    """However they were added, and wherever the other one is cut."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(text_index, "_FEW", 0)
        patch.setattr(text_index, "_CHUNK", chunk)
        index = TextIndex()
        index.add(first)
        index.add(second)
        wanted = {text for text in (*first, *second) if text in other}
        found = index.found_in(other)
        assert set(found) == wanted
        assert [len(text) for text in found] == sorted(map(len, wanted), reverse=True)
        assert index.occurs_in(other) == bool(wanted)


def test_a_text_that_is_too_short_is_refused() -> None:
    with pytest.raises(ValueError, match="fewer than 4 characters"):
        TextIndex().add(["abc"])
