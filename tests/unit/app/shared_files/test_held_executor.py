"""Ending what a dead process left, on a machine without the key of a cluster's files."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from types import SimpleNamespace
from typing import Any

import pytest

from unit.app.shared_files.machines import Machine
from worldtree.app.ports import Ports
from worldtree.app.tasks import held_executor as module
from worldtree.app.tasks.held_executor import held_executor
from worldtree.core.actor import Actor
from worldtree.core.errors import RefusedError
from worldtree.core.settings import Settings


@pytest.mark.parametrize("needs_files", [True, False])
def test_runs_are_ended_without_the_key_where_nothing_needs_the_files(
    one: Machine, two: Machine, monkeypatch: pytest.MonkeyPatch, needs_files: bool
) -> None:
    """A person who cancels is not refused; who goes on with the work is."""
    with one.task():
        one.make_authority()

    @contextmanager
    def hold(*_: object, **__: object) -> Iterator[Any]:
        yield two.lease()

    monkeypatch.setattr(module, "task_executor", lambda *_: nullcontext("executor"))
    monkeypatch.setattr(module, "hold_cluster", hold)
    told: list[str] = []
    context: Any = SimpleNamespace(plan=SimpleNamespace(cluster="shop"), task="t1")
    observer: Any = SimpleNamespace(cancellation=None, notify=told.append)
    ports = Ports({}, two.home, lambda _pid: None, Actor("system", "x"))

    def begin() -> str:
        with held_executor(
            Settings(two.home), ports, two.store, context, None, observer, needs_files=needs_files
        ) as (executor, _):
            return str(executor)

    if needs_files:
        with pytest.raises(RefusedError, match="no key"):
            begin()
    else:
        assert begin() == "executor"
        assert "known hosts are those of this machine" in told[0]
    assert not two.pki.exists()
