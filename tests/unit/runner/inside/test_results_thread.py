"""Plays in real runs of Ansible in which the thread that takes results ends."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from typing import Any

import pytest

from unit.results.streams import attempt_finished, attempt_started, task_started
from unit.runner.playbook_forks import ATTEMPT, PlaybookForks
from worldtree.results.fold import fold

HOSTS = ("h1", "h2", "h3")
#: An action whose message for the user the thread cannot show.
BREAK = """
from ansible.plugins.action import ActionBase
from ansible.utils.display import Display


class ActionModule(ActionBase):
    _requires_connection = False

    def run(self, tmp=None, task_vars=None):
        if task_vars["inventory_hostname"] == "h2":
            Display()._final_q.send_display("no_such_method")
        # Longer than a pipe takes.
        return {"changed": True, "stdout": "x" * 2**20}
"""
#: An action that takes longer on the hosts after the first one.
WAIT = """
import time
from ansible.plugins.action import ActionBase


class ActionModule(ActionBase):
    _requires_connection = False

    def run(self, tmp=None, task_vars=None):
        time.sleep(0 if task_vars["inventory_hostname"] == "h1" else 0.7)
        return {}
"""
#: An inventory that takes two seconds to be read anew.
SLOW = f"""#!{sys.executable}
import json, os, time
if os.path.exists("read"):
    time.sleep(2)
open("read", "w").close()
local = {{"ansible_connection": "local"}}
print(json.dumps({{
    "_meta": {{"hostvars": dict.fromkeys({list(HOSTS)!r}, local)}},
    "all": {{"hosts": {list(HOSTS)!r}}},
}}))
"""


@pytest.fixture(scope="module")
def forks(tmp_path_factory: pytest.TempPathFactory) -> Iterator[PlaybookForks]:
    """The process that runs the plays."""
    found = PlaybookForks(tmp_path_factory.mktemp("plays"))
    yield found
    found.close()


def run(forks: PlaybookForks, play: dict[str, Any], files: dict[str, Any]) -> tuple[str, str]:
    """Run a play that ends early; return its output and the statuses of its hosts."""
    ran = forks.run(
        [{"name": "work", "hosts": ",".join(HOSTS), "gather_facts": False, **play}], HOSTS, files
    )
    assert ran.code == 1, ran.output
    events = [task_started({"work": HOSTS}), attempt_started(ATTEMPT, ["work"], HOSTS)]
    found = fold([*events, *ran.events, attempt_finished(ATTEMPT, "error")]).nodes[0].hosts
    return ran.output, json.dumps({name: host.status for name, host in found.items()})


@pytest.mark.parametrize("keywords", [{}, {"strategy": "free"}, {"throttle": 1}])
def test_a_play_without_its_results_thread_ends_with_the_reason(
    forks: PlaybookForks, keywords: dict[str, Any]
) -> None:
    """Also where workers have more to send than a pipe takes, and the next task waits for them."""
    tasks = [{"name": name, "break_results": {}} for name in ("first", "second")]
    play = {**keywords, "tasks": tasks}
    output, statuses = run(forks, play, {"action_plugins/break_results.py": BREAK})
    assert "the play ends, since the results of its tasks are lost" in output
    assert "no_such_method" in output
    assert "ok" not in statuses, statuses
    assert "changed" not in statuses


def test_a_result_that_comes_while_the_inventory_is_read_anew_ends_the_play(
    forks: PlaybookForks,
) -> None:
    tasks = [
        {"name": "wait", "wait_a_while": {}},
        {"name": "refresh", "ansible.builtin.meta": "refresh_inventory"},
    ]
    files = {"hosts.yml": SLOW, "action_plugins/wait_a_while.py": WAIT}
    output, statuses = run(forks, {"strategy": "free", "tasks": tasks}, files)
    assert "the play ends, since the results of its tasks are lost" in output
    assert "AttributeError" in output
    assert "ok" not in statuses, statuses
