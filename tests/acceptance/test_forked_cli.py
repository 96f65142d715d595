"""A forked ``wt`` behaves like one in a new interpreter, so most tests may fork it."""

from __future__ import annotations

from pathlib import Path

import pytest

from acceptance.workspace import Workspace, wait_until_gone


@pytest.fixture
def place(tmp_path: Path) -> Workspace:
    """A document with one step."""
    place = Workspace(tmp_path)
    tasks = [{"name": "t", "steps": [{"command": {"argv": ["true"]}}]}]
    hosts = [{"name": "a", "connection": "local"}]
    place.write({"hosts": hosts, "modules": [{"name": "m", "tasks": tasks}]})
    return place


@pytest.mark.parametrize(
    ("arguments", "code"),
    [(["plan"], 0), (["apply"], 4), (["explain", "wörld"], 2), (["plan", "--no-such"], 2)],
)
def test_codes_and_streams_are_the_same(place: Workspace, arguments: list[str], code: int) -> None:
    started = place.start(*arguments).finish()
    assert place.wt(*arguments) == started
    assert started.code == code, started.err


def test_a_command_that_is_not_waited_for_is_killed(place: Workspace) -> None:
    with pytest.raises(TimeoutError):
        place.wt("plan", timeout=0)

    def working_there() -> list[str]:
        links = Path("/proc").glob("[0-9]*/cwd")
        return [str(link) for link in links if link.resolve() == place.path]

    assert wait_until_gone(working_there, 10) == []
    assert place.wt("plan").code == 0
