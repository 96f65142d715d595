"""PostgreSQL ends and comes back while `wt serve` runs tasks and readers follow them."""

from __future__ import annotations

import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx2
import pytest

from acceptance.test_apply_local import sh
from acceptance.test_service_local import Served, serve
from acceptance.test_service_local import header as header
from acceptance.test_worker_local import one_host, wait_for
from acceptance.workspace import Workspace
from unit.store import postgres

#: When the first step of a task may end: before the outage, within it, or after it.
_WHEN = ("before", "within", "after")


@pytest.fixture(scope="module")
def server() -> Iterator[postgres.Server]:
    """A server that keeps what it has committed when it is stopped at once."""
    with postgres.running_or_skip("the restart of the database", durable=True) as found:
        yield found


@pytest.fixture
def workspace(server: postgres.Server, tmp_path: Path) -> Workspace:
    """A workspace with its state in the server, whose documents may use this machine."""
    url = postgres.make_database(server.socket, f"wt_{tmp_path.name[-20:].lower()}")
    made = Workspace(tmp_path, {"WORLDTREE_DATABASE_URL": url})
    (tmp_path / "policy.toml").write_text("[policy]\nlocal_work = true\n", encoding="utf-8")
    return made


@pytest.mark.once
@pytest.mark.long
@pytest.mark.parametrize("seconds", [4, 60])
def test_tasks_and_readers_survive_an_outage_of_the_database(
    workspace: Workspace, header: str, server: postgres.Server, tmp_path: Path, seconds: int
) -> None:
    """Each step runs once, and each reader gets each event once; the service never ends."""
    counters = {when: tmp_path / f"{when}-counter" for when in _WHEN}
    gates = {when: tmp_path / f"{when}-gate" for when in _WHEN}
    # The service ends before its readers are waited for.
    with ThreadPoolExecutor(len(_WHEN)) as readers, serve(workspace, header) as served:
        tasks = {}
        for when in _WHEN:
            wait = (
                f"echo one >> {counters[when]}; while ! test -e {gates[when]}; do sleep 0.1; done"
            )
            steps = sh(wait), sh(f"echo two >> {counters[when]}")
            file = workspace.write(one_host(*steps), name=when)
            tasks[when] = served.submit(file.read_text("utf-8"))
        found = {when: readers.submit(_follow, served, tasks[when]) for when in _WHEN}
        for when in _WHEN:
            wait_for(counters[when].exists)
        gates["before"].touch()
        server.stop()
        assert served.client.get("/tasks").status_code == 503
        assert served.client.get(_health(served, "livez")).status_code == 200
        assert served.client.get(_health(served, "readyz")).status_code == 503
        gates["within"].touch()
        # The length of the outage, not a time that something has.
        time.sleep(seconds)
        server.start()
        gates["after"].touch()
        for when in _WHEN:
            status, numbers = found[when].result()
            assert (when, status) == (when, "succeeded")
            assert numbers == list(range(1, len(numbers) + 1)), when
            assert counters[when].read_text("utf-8").split() == ["one", "two"], when
        wait_for(lambda: served.client.get(_health(served, "readyz")).status_code == 200)


def _follow(served: Served, task: str) -> tuple[str, list[int]]:
    """Follow a task as a browser does, which connects again; return its status and the numbers."""
    numbers: list[int] = []
    while not served.client.is_closed:
        try:
            for kind, number, data in served.follow(task, after=numbers[-1] if numbers else 0):
                numbers += [number] if number else []
                if kind == "end" and data.get("status"):
                    return data["status"], numbers
        except (httpx2.TransportError, AssertionError):
            pass  # The service answers 503 without its database.
        except RuntimeError:
            break  # The client was closed: the test has failed.
        time.sleep(0.2)
    raise AssertionError(f"{task} did not end")


def _health(served: Served, name: str) -> str:
    return f"{str(served.client.base_url).partition('/api')[0]}/{name}"
