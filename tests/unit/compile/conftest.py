"""Fixtures of the passes' tests."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from unit.compile.build import hosts_of, pipeline
from worldtree.compile.expansion import expand_pipeline
from worldtree.core.errors import DiagnosticBag
from worldtree.plan.fragment import Fragment
from worldtree.plan.specs import ModuleSpec


@pytest.fixture
def bag() -> DiagnosticBag:
    return DiagnosticBag()


@pytest.fixture
def expanded(bag: DiagnosticBag) -> Callable[..., Fragment]:
    """Expand modules given as arguments; role ``r`` declares variable ``known`` only."""

    def run(*modules: ModuleSpec, **more: object) -> Fragment:
        declared = {"r": frozenset({"known"}), "free": None}
        return expand_pipeline(
            pipeline(*modules, **more), hosts_of, lambda role, _entry, _own: declared[role], bag
        )

    return run
