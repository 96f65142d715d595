"""Outcomes as the supervisor stores them."""

from __future__ import annotations

import pytest

from worldtree.core.format_versions import UnreadableFormatError
from worldtree.results.run import OUTCOME_FORMAT, RunOutcome, outcome_of

#: As version 1 wrote it.
STORED = {
    "state": "timeout",
    "rc": None,
    "message": "late",
    "complete": False,
    "interrupted_hosts": ["h1"],
    "leftovers": [],
}


def test_a_stored_outcome_is_read() -> None:
    assert OUTCOME_FORMAT.version == 1
    assert outcome_of(STORED) == RunOutcome(
        "timeout", message="late", interrupted_hosts=("h1",), leftovers=()
    )


@pytest.mark.parametrize("more", [{"version": 2}, {"shiny": 1}])
def test_a_newer_outcome_is_refused(more: dict[str, int]) -> None:
    with pytest.raises(UnreadableFormatError, match="the outcome of a run cannot be read"):
        outcome_of({**STORED, **more})
