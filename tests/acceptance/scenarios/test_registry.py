"""The molecule scenario `registry` on real hosts."""

from __future__ import annotations

import pytest

from scenarios.runner import run

pytestmark = [pytest.mark.lab(minutes=3), pytest.mark.timeout(1800)]


def test_registry() -> None:
    """Check, converge, idempotence and verify end well."""
    run("registry")
