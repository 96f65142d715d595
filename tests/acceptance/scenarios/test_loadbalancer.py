"""The molecule scenario `loadbalancer` on real hosts."""

from __future__ import annotations

import pytest

from scenarios.runner import run

pytestmark = [pytest.mark.lab(minutes=4), pytest.mark.timeout(1800)]


def test_loadbalancer() -> None:
    """Check, converge, idempotence and verify end well."""
    run("loadbalancer")
