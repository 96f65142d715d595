"""The Debian releases that each scenario runs on."""

from __future__ import annotations

import pytest

from lab.sources import SUITES


@pytest.fixture(
    params=[
        None,
        # A second run of each scenario; the gate takes the release of the machine.
        *(pytest.param(suite, marks=pytest.mark.long) for suite in SUITES[1:]),
    ],
    ids=lambda suite: suite or "own",
)
def suite(request: pytest.FixtureRequest) -> str | None:
    """A release of Debian; None is that of this machine."""
    found: str | None = request.param
    return found
