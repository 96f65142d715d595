"""The action `artifact` in plain ansible-playbook: what is sent over the connection, and when."""

from __future__ import annotations

import hashlib
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from unit.collection.conftest import COLLECTIONS

#: More than one piece.
CONTENT = bytes(range(256)) * 70_000


#: A directory, and the result of each task by its name.
Made = tuple[Path, dict[str, dict[str, Any]]]
#: sha256 of the artifact.
DIGEST = hashlib.sha256(CONTENT).hexdigest()
#: Cut off, and what has arrived of another file.
CUT, OTHER = CONTENT[:1000], b"x" * 1000


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Made:
    """Run all tasks in one playbook."""
    place = tmp_path_factory.mktemp("artifact")
    file = place / "cache" / "sha256" / DIGEST[:2] / DIGEST
    file.parent.mkdir(parents=True)
    file.write_bytes(CONTENT)
    for name, content in (("cut", CUT), ("other", OTHER)):
        part = place / name / "partial" / DIGEST
        part.parent.mkdir(parents=True)
        part.write_bytes(content)
    tool = {"name": "tool", "version": 1.0}
    tasks: dict[str, dict[str, Any]] = {
        "checked": {**tool, "dest": str(place / "checked"), "store": str(place / "none")},
        "first": {**tool, "dest": str(place / "bin" / "tool")},
        "second": {**tool, "dest": str(place / "bin" / "tool")},
        "stored": {**tool, "dest": str(place / "two")},
        "cut": {**tool, "store": str(place / "cut")},
        "other": {**tool, "store": str(place / "other")},
        "missing": {"name": "gone", "version": "1.0"},
        "version": {"name": "tool", "version": "2.0"},
        "name": {"name": "else", "version": "1.0"},
        "given": {**tool, "offer": {}},
    }
    run(place, tasks)
    return place, json.loads((place / "results.json").read_text())


def run(place: Path, tasks: dict[str, dict[str, Any]]) -> None:
    """Run tasks on this machine over a local connection; their results are in a file."""
    steps: list[dict[str, Any]] = [
        {
            "worldtree.core.artifact": {"store": str(place / "store"), **task},
            "ignore_errors": True,
            "check_mode": name == "checked",
            "diff": name == "checked",
            "register": f"r_{name}",
        }
        for name, task in tasks.items()
    ]
    text = "{{ dict(names | zip(query('vars', *variables))) | to_json }}"
    results = {"dest": str(place / "results.json"), "content": text}
    steps.append({"ansible.builtin.copy": results})
    variables = {
        "names": [*tasks],
        "variables": [f"r_{name}" for name in tasks],
        "worldtree_artifact_cache": str(place / "cache"),
        "worldtree_artifacts": {
            "tool": {"1.0": {"any": {"sha256": DIGEST, "kind": "binary"}}},
            "gone": {"1.0": {"any": {"sha256": "0" * 64, "size": 1, "kind": "binary"}}},
        },
        "ansible_python_interpreter": sys.executable,
    }
    play = {"hosts": "localhost", "connection": "local", "gather_facts": False}
    (place / "play.json").write_text(json.dumps([{**play, "vars": variables, "tasks": steps}]))
    done = subprocess.run(
        [Path(sys.executable).with_name("ansible-playbook"), "play.json"],
        cwd=place,
        env={
            "PATH": "/usr/bin:/bin",
            "HOME": str(place),
            "LC_ALL": "C.UTF-8",
            "ANSIBLE_COLLECTIONS_PATH": str(COLLECTIONS),
        },
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr


def test_a_file_is_sent_once(made: Made) -> None:
    place, found = made
    first, second, stored = (found[name] for name in ("first", "second", "stored"))
    assert (first["changed"], first["sent"]) == (True, len(CONTENT)), first
    assert (second["changed"], second["sent"]) == (False, 0)
    assert (stored["changed"], stored["sent"]) == (True, 0)
    assert (place / "bin" / "tool").read_bytes() == CONTENT
    assert (place / "bin" / "tool").stat().st_mode & 0o777 == 0o755


def test_a_cut_transfer_continues_or_begins_again(made: Made) -> None:
    _, found = made
    rest = len(CONTENT) - len(CUT)
    assert found["cut"]["sent"] == rest
    # What arrived of another file is found out at the end; all of it is sent again then.
    assert found["other"]["sent"] == rest + len(CONTENT)
    for name in ("cut", "other"):
        assert Path(found[name]["path"]).read_bytes() == CONTENT


def test_what_cannot_be_sent_is_said(made: Made) -> None:
    _, found = made
    assert "gone 1.0 (any) is not in the cache" in found["missing"]["msg"]
    assert "wt artifacts fetch" in found["missing"]["msg"]
    assert "no version 2.0 of `tool`; it has: 1.0" in found["version"]["msg"]
    assert "no artifact `else`; it has: gone, tool" in found["name"]["msg"]
    assert "`offer` is not for tasks" in found["given"]["msg"]


def test_check_mode_sends_nothing(made: Made) -> None:
    place, found = made
    assert (found["checked"]["changed"], found["checked"]["sent"]) == (True, 0)
    assert "tool 1.0 (any)" in found["checked"]["diff"]["after"]
    assert not (place / "none").exists()
    assert not (place / "checked").exists()
