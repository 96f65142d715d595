"""Handlers of a host run, though another one refreshes the inventory: real runs of Ansible."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from unit.runner.playbook_forks import PlaybookForks

HOSTS = ("h1", "h2")


@pytest.fixture
def forks(tmp_path: Path) -> Iterator[PlaybookForks]:
    """The process that runs the play."""
    found = PlaybookForks(tmp_path / "plays")
    yield found
    found.close()


def step(name: str, **keywords: Any) -> dict[str, Any]:
    """Return a task that logs that it ran."""
    changed = keywords.pop("changed", [])
    return {"name": name, "step": {"name": name, "changed": changed}, **keywords}


def wait_for(host: str, name: str, **keywords: Any) -> dict[str, Any]:
    """Return a task that waits until a step ran on a host."""
    wanted = f'until grep -qx "{host} {name}" "$STEP_LOG"; do sleep 0.02; done'
    return {"name": "wait", "ansible.builtin.command": {"argv": ["sh", "-c", wanted]}, **keywords}


def test_a_refresh_of_another_host_loses_no_handler(forks: PlaybookForks) -> None:
    """With the strategy `free`, between the flush of a host's handlers and the second of them."""
    only = {host: {"when": f"inventory_hostname == '{host}'"} for host in HOSTS}
    play = {
        "name": "work",
        "hosts": "all",
        "gather_facts": False,
        "strategy": "free",
        "tasks": [
            step("notify", changed=["h1"], notify="topic"),
            wait_for("h1", "first", **only["h2"]),
            {"ansible.builtin.meta": "refresh_inventory", **only["h2"]},
            step("refreshed", **only["h2"]),
        ],
        "handlers": [
            step("first", listen="topic"),
            wait_for("h2", "refreshed", listen="topic"),
            step("last", listen="topic"),
        ],
    }
    ran = forks.run([play], HOSTS)
    assert ran.code == 0, ran.output
    assert ran.of("h1") == ["notify", "first", "last"], ran.output
