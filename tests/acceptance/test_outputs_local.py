"""Outputs of steps on local connections, with ``wt`` and with plain ansible-playbook."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from acceptance.workspace import Workspace

HOSTS = [{"name": name, "connection": "local"} for name in ("a", "b")]


def spec(target: Path) -> dict[str, Any]:
    """``init`` on one host publishes; ``join`` on both reads; a role publishes, and sets facts."""
    out = str(target)
    token = {
        "name": "init",
        # It prints what looks like a template and is none.
        "command": {"argv": ["sh", "-c", "printf '%s%s' '{' '{ 1 }} x'; echo 7 >&2"]},
        "outputs": {
            "token": "{{ result.stdout }}",
            "number": {"value": "{{ result.stderr }}", "type": "int"},
        },
    }
    text = "{{ outputs['init'].token }}|{{ outputs['first/init/init'].number + 1 }}"
    join = {
        "name": "join",
        "copy": {"dest": f"{out}/{{{{ inventory_hostname }}}}", "content": text, "mode": "0644"},
    }
    own = {"name": "own", "role": "publish", "outputs": {"name": {"type": "str"}}}
    read = {
        "name": "read",
        "copy": {
            "dest": f"{out}/role-{{{{ inventory_hostname }}}}",
            "content": "{{ outputs['own'].name }}",
            "mode": "0644",
        },
    }
    # Another host list than that of the role: a run of its own.
    recall = {
        "name": "recall",
        "copy": {
            "dest": f"{out}/recalled",
            "content": "{{ remembered }} {{ hostvars['b'].remembered }}",
            "mode": "0644",
        },
    }
    after = {"name": "after", "needs": ["both"], "hosts": ["a"], "steps": [recall]}
    announce = {"local": {"argv": ["sh", "-c", f"echo once >> {out}/announced"]}}
    return {
        "rolesPath": ["./roles"],
        "hosts": HOSTS,
        "facts": {"gather": "never"},
        "hooks": {"after": [{"name": "announce", "step": announce}]},
        "modules": [
            {"name": "last", "tasks": [{"name": "join", "steps": [join]}]},
            {"name": "first", "tasks": [{"name": "init", "hosts": ["a"], "steps": [token]}]},
            {"name": "role", "tasks": [{"name": "both", "steps": [own, read]}, after]},
        ],
    }


@pytest.fixture
def place(tmp_path: Path) -> Workspace:
    """A document and a role that publishes by ``set_stats`` and sets a fact."""
    tasks = tmp_path / "roles" / "publish" / "tasks"
    tasks.mkdir(parents=True)
    data = {"name": "n-{{ inventory_hostname }}"}
    stats = {"data": data, "per_host": True, "aggregate": False}
    task = {"name": "Publish", "ansible.builtin.set_stats": stats}
    fact = {"remembered": "r-{{ inventory_hostname }}"}
    remember = {"name": "Remember", "ansible.builtin.set_fact": fact}
    (tasks / "main.yml").write_text(yaml.safe_dump([task, remember]))
    place = Workspace(tmp_path)
    place.target.mkdir()
    place.write(spec(place.target))
    return place


def written(place: Workspace) -> dict[str, str]:
    """Text by file."""
    return {p.name: p.read_text() for p in place.target.iterdir() if p.is_file()}


EXPECTED = {
    "a": "{{ 1 }} x|8",
    "b": "{{ 1 }} x|8",
    "role-a": "n-a",
    "role-b": "n-b",
    "recalled": "r-a r-b",
    "announced": "once\n",
}


@pytest.mark.both_cores
def test_outputs_reach_their_readers(place: Workspace) -> None:
    """In the order that reading makes; values are data; unchanged readers stay as they are."""
    planned = place.wt("plan")
    assert "known after apply:\n" in planned.out
    assert "last/join/join: outputs['first/init/init'].number (int)" in planned.out
    ran = place.wt("apply", "--yes", "-o", "json")
    assert ran.code == 0, ran.err + ran.out
    assert written(place) == EXPECTED
    # A reader alone gets what was published before.
    (place.target / "b").unlink()
    alone = place.wt("apply", "--yes", "--only", "last/*", "--hosts", "b", "-o", "json")
    assert alone.code == 0, alone.err + alone.out
    assert written(place) == EXPECTED
    again = place.wt("apply", "--yes", "--changed", "-o", "json")
    assert set(again.statuses.values()) == {"skipped"}


def test_plain_ansible_does_the_same(place: Workspace) -> None:
    bundle = place.path / "bundle"
    made = place.wt("compile", "--dir", bundle)
    assert made.code == 0, made.err
    program = Path(sys.executable).parent / "ansible-playbook"
    environ = {k: v for k, v in os.environ.items() if not k.startswith("ANSIBLE_")}
    ran = subprocess.run(
        [program, "site.yml"],
        cwd=bundle,
        env={**environ, "LANG": "C.UTF-8"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert ran.returncode == 0, ran.stdout + ran.stderr
    assert written(place) == EXPECTED


def test_a_value_of_another_type_fails_what_publishes_it(place: Workspace) -> None:
    """A step or a role; the error names the output, as it does for a template that goes wrong."""
    echo = {"command": {"argv": ["echo", "notint"]}}
    wrong = {"name": "wrong", **echo, "outputs": {"n": _typed("{{ result.stdout }}", "int")}}
    gone = {"name": "gone", **echo, "outputs": {"n": "{{ result.gone }}"}}
    role = {"name": "role", "role": "publish", "outputs": {"name": {"type": "int"}}}
    read = {"copy": {"dest": f"{place.target}/x", "content": "{{ outputs['wrong'].n }}"}}
    tasks = [
        {"name": step["name"], "hosts": ["a"], "steps": [step]} for step in (wrong, gone, role)
    ]
    tasks.append({"name": "read", "hosts": ["a"], "steps": [{"name": "read", **read}]})
    place.write(
        {"rolesPath": ["./roles"], "hosts": HOSTS, "modules": [{"name": "m", "tasks": tasks}]}
    )
    ran = place.wt("apply", "--yes", "-o", "json")
    assert ran.code == 3, ran.err + ran.out
    assert ran.statuses == {
        "facts/gather/setup": "succeeded",
        "m/wrong/wrong": "failed",
        "m/gone/gone": "failed",
        "m/role/role": "failed",
        "m/read/read": "skipped",
    }
    assert "`n` must be of type int, but is 'notint'" in ran.out
    assert "the output `n` cannot be rendered: object of type 'dict' has no attribute" in ran.out
    assert "`name` must be of type int, but is 'n-a'" in ran.out


def _typed(value: str, wanted: str) -> dict[str, str]:
    return {"value": value, "type": wanted}


CANARY = "canary-5b1f9c7e"


@pytest.mark.both_cores
def test_secret_outputs_stay_in_memory(tmp_path: Path) -> None:
    """They reach their readers, are made again for a reader that failed, and are kept nowhere."""
    place = Workspace(tmp_path)
    place.target.mkdir()
    out = str(place.target)
    # In pieces, so that only what it prints is the secret.
    make = f"echo x >> {out}/made; printf '%s%s' canary- 5b1f9c7e"
    init = {
        "name": "init",
        "command": {"argv": ["sh", "-c", make]},
        "outputs": {"token": {"value": "{{ result.stdout }}", "secret": True}},
    }
    read = 'test "$TOKEN" = canary-$(printf 5b1f9c7e); echo read; test -e "$0"'
    join = {
        "name": "join",
        "command": {"argv": ["sh", "-c", f"set -e; {read}", f"{out}/allowed"]},
        "environment": {"TOKEN": "{{ outputs['init'].token }}"},
    }
    place.write(
        {
            "hosts": HOSTS,
            "policy": {"onInterrupted": "rerun"},
            "modules": [
                {
                    "name": "m",
                    "tasks": [
                        {"name": "first", "hosts": ["a"], "steps": [init]},
                        {"name": "second", "hosts": ["b"], "steps": [join]},
                    ],
                }
            ],
        }
    )
    ran = place.wt("apply", "--yes", "-o", "json")
    assert ran.code == 3, ran.err + ran.out
    assert ran.statuses == {"m/first/init": "succeeded", "m/second/join": "failed"}
    # What it was passed is hidden; why it failed is not.
    assert "return code 1 (the rest is hidden; `noLog: false` on the step" in ran.out
    (place.target / "allowed").touch()
    again = place.wt("resume", "latest", "--yes", "-o", "json")
    assert again.code == 0, again.err + again.out
    assert (place.target / "made").read_text() == "x\nx\n"
    assert place.texts(CANARY) == []
    assert CANARY not in ran.out + ran.err + again.out + again.err
