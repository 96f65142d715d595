"""What Ansible still has for a host in a play, told with each task's end by a real run of it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from ansible.executor.play_iterator import PlayIterator

from worldtree.core.journal_events import FACTS_SET_EVENT
from worldtree.runner.inside.play_progress import PlayProgress
from worldtree.runner.inside.plugins import callback as plugins

ON_H1 = "inventory_hostname == 'h1'"
ON_F = "inventory_hostname[0] == 'f'"


def say(name: str, **keywords: Any) -> dict[str, Any]:
    """Return a task that changes nothing."""
    return {"name": name, "ansible.builtin.debug": {"msg": name}, **keywords}


def fail(name: str, **keywords: Any) -> dict[str, Any]:
    """Return a task that fails."""
    return {"name": name, "ansible.builtin.fail": {"msg": name}, **keywords}


def include(name: str, file: str, **keywords: Any) -> dict[str, Any]:
    """Return a task that brings those of a file."""
    return {"name": name, "ansible.builtin.include_tasks": file, **keywords}


NOTIFY = {"changed_when": ON_H1, "notify": "handle"}
#: Of each play: its parts, and the task with which there is nothing left, by host.
PLAYS: dict[str, tuple[dict[str, Any], dict[str, str]]] = {
    "tasks": ({"tasks": [say("one"), say("two")]}, {"h1": "two", "h2": "two"}),
    "skipped": ({"tasks": [say("one"), say("two", when=ON_H1)]}, {"h1": "two", "h2": "two"}),
    # A host that failed for good is in no later play.
    "failed": ({"hosts": "f1,h2", "tasks": [say("one"), fail("two", when=ON_F)]}, {"h2": "two"}),
    "ignored": ({"tasks": [fail("one", ignore_errors=True)]}, {"h1": "one", "h2": "one"}),
    "rescued": (
        {
            "tasks": [
                {
                    "block": [fail("one", when=ON_H1), say("two")],
                    "rescue": [say("back")],
                    "always": [say("close")],
                }
            ]
        },
        {"h1": "close", "h2": "close"},
    ),
    "closed": (
        {"hosts": "f2,h2"}
        | {"tasks": [{"block": [fail("one", when=ON_F)], "always": [say("close")]}]},
        {"h2": "close"},
    ),
    "handlers": (
        {
            "tasks": [say("one", **NOTIFY)],
            "handlers": [say("handle", changed_when=True, notify="after"), say("after")],
        },
        {"h1": "after", "h2": "one"},
    ),
    "flushed": (
        {
            "tasks": [say("one", **NOTIFY), {"ansible.builtin.meta": "flush_handlers"}],
            "handlers": [say("handle")],
        },
        {"h1": "handle", "h2": "one"},
    ),
    "included": (
        {"tasks": [include("more", "more.yml"), include("not", "more.yml", when=ON_H1)]},
        {"h1": "second", "h2": "not"},
    ),
    "role": ({"roles": ["shop"]}, {"h1": "restart shop", "h2": "set up shop"}),
    "once": ({"tasks": [say("one"), say("two", run_once=True)]}, {"h1": "two"}),
    "free": (
        {"strategy": "ansible.builtin.free", "tasks": [say("one"), say("two", **NOTIFY)]}
        | {"handlers": [say("handle")]},
        {"h1": "handle", "h2": "two"},
    ),
    # What is registered is not known yet when the task ends.
    "registered": ({"tasks": [say("one"), say("two", register="said")]}, {}),
    "by one": ({"serial": 1, "tasks": [say("one"), say("two")]}, {"h1": "two", "h2": "two"}),
}


@pytest.fixture(scope="module")
def journal(tmp_path_factory: pytest.TempPathFactory) -> list[dict[str, Any]]:
    """All plays in one run."""
    place = tmp_path_factory.mktemp("ahead")
    local = {
        "ansible_connection": "local",
        "ansible_python_interpreter": "{{ ansible_playbook_python }}",
    }
    plays = [
        {"name": name, "hosts": "h1,h2", "gather_facts": False, **parts}
        for name, (parts, _) in PLAYS.items()
    ]
    write(place / "site.yml", plays)
    write(place / "hosts.yml", {"all": {"hosts": dict.fromkeys(("h1", "h2", "f1", "f2"), local)}})
    write(place / "more.yml", [say("first"), say("second")])
    write(place / "roles/shop/tasks/main.yml", [say("set up shop", **NOTIFY | {"notify": "again"})])
    write(place / "roles/shop/handlers/main.yml", [say("restart shop", listen="again")])
    environment = {
        "PATH": os.environ["PATH"],
        "HOME": str(place),
        "ANSIBLE_CALLBACK_PLUGINS": str(Path(plugins.__path__[0])),
        "ANSIBLE_CALLBACKS_ENABLED": "worldtree_journal",
        "WORLDTREE_JOURNAL": str(place / "journal"),
    }
    program = str(Path(sys.executable).with_name("ansible-playbook"))
    command = [program, "-i", "hosts.yml", "site.yml"]
    ended = subprocess.run(
        command, cwd=place, env=environment, capture_output=True, text=True, check=False
    )
    assert ended.returncode in (0, 2), ended.stdout + ended.stderr
    return [json.loads(line) for line in (place / "journal").read_text().splitlines()]


def write(path: Path, data: Any) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(data))


@pytest.mark.parametrize("play", PLAYS)
def test_the_last_task_of_a_play_is_found_by_host(journal: list[dict[str, Any]], play: str) -> None:
    """And nothing of the play follows it on the host."""
    of_play = [line for line in journal if line["play"] == play and "task" in line]
    assert of_play
    last = {line["host"]: line["task"] for line in of_play if line.get("last")}
    assert last == PLAYS[play][1]
    for host, name in last.items():
        assert [line for line in of_play if line["host"] == host][-1]["task"] == name
    assert all(line.get("last") in (True, None) for line in of_play)


def test_what_cannot_be_known_is_not_over(monkeypatch: pytest.MonkeyPatch) -> None:
    """Neither before a play, nor when Ansible's iterator is another one."""
    monkeypatch.setattr(PlayIterator, "__init__", lambda _self: None)
    ahead = PlayProgress()
    ended = SimpleNamespace(_task=object(), _host=SimpleNamespace(name="h1"))
    assert not ahead.is_last_task(ended, "runner_on_ok")
    PlayIterator()
    assert not ahead.is_last_task(ended, "runner_on_ok")


@pytest.mark.parametrize("host", ["h1", "h2"])
def test_what_a_host_learnt_is_written_before_it_counts_as_done(
    journal: list[dict[str, Any]], host: str
) -> None:
    """A run that is cut off between the two tries the host again."""
    lines = [line for line in journal if (line["play"], line.get("host")) == ("role", host)]
    [last] = [number for number, line in enumerate(lines) if line.get("last")]
    assert lines[last - 1]["event"] == FACTS_SET_EVENT
