"""The molecule scenario `loadbalancer` on real hosts."""

from __future__ import annotations

import pytest

from scenarios.runner import run

pytestmark = [pytest.mark.lab(minutes=4), pytest.mark.timeout(1800)]


def test_loadbalancer(suite: str | None) -> None:
    """Check, converge, idempotence and verify end well."""
    run("loadbalancer", suite)
