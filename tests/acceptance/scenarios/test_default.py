"""The molecule scenario `default` on real hosts."""

from __future__ import annotations

import pytest

from scenarios.runner import run

pytestmark = [pytest.mark.lab(minutes=1), pytest.mark.timeout(1800)]


def test_default(suite: str | None) -> None:
    """Check, converge, idempotence and verify end well."""
    run("default", suite)
