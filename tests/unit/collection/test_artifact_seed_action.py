"""The action `artifact` on hosts of a group with a seed: who serves, who asks, and who does not."""

from __future__ import annotations

import hashlib
import json
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from unit.collection.conftest import COLLECTIONS

Plugins = Callable[[str], Any]
CONTENT = b"a file" * 1000
DIGEST = hashlib.sha256(CONTENT).hexdigest()
SEEDS = {name: {"group": "1", "address": "192.0.2.1", "port": 22} for name in ("a", "b")}
SERVED = {"host_keys": ["ssh-ed25519 HHHH"], "seconds": 60}


def run(place: Path, **task: Any) -> dict[str, dict[str, Any]]:
    """Bring the file to the hosts `a`, the seed, and `b`; return the result of each.

    Their user does not exist, so that no account of this machine is touched.
    """
    file = place / "cache" / "sha256" / DIGEST[:2] / DIGEST
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(CONTENT)
    artifact = {
        "name": "tool",
        "version": "1",
        "store": str(place / "{{ inventory_hostname }}"),
        "dest": str(place / "{{ inventory_hostname }}-tool"),
    }
    results = {
        "dest": str(place / "{{ inventory_hostname }}.json"),
        "content": "{{ result | to_json }}",
    }
    variables = {
        "worldtree_artifact_cache": str(place / "cache"),
        "worldtree_artifacts": {"tool": {"1": {"any": {"sha256": DIGEST, "kind": "binary"}}}},
        "worldtree_distribution": {"seeds": SEEDS},
        "ansible_python_interpreter": sys.executable,
        "ansible_connection": "local",
        "ansible_user": "nobody-of-these-tests",
    }
    play = {
        "hosts": "all",
        "gather_facts": False,
        "tasks": [
            {"worldtree.core.artifact": artifact, "register": "result", **task},
            {"ansible.builtin.copy": results},
        ],
    }
    hosts = {"all": {"hosts": {"a": {}, "b": {}, "c": {}}, "vars": variables}}
    (place / "hosts.json").write_text(json.dumps(hosts))
    (place / "play.json").write_text(json.dumps([{**play, "hosts": "a,b"}]))
    done = subprocess.run(
        [Path(sys.executable).with_name("ansible-playbook"), "-i", "hosts.json", "play.json"],
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
    return {name: json.loads((place / f"{name}.json").read_text()) for name in ("a", "b")}


def test_a_host_that_cannot_be_a_seed_goes_on_and_says_why(tmp_path: Path) -> None:
    found = run(tmp_path)
    assert found["a"]["not_served"].startswith("there is no ")
    assert "not_served" not in found["b"]
    for name in ("a", "b"):
        assert (found[name]["changed"], found[name]["sent"]) == (True, len(CONTENT))
        assert (tmp_path / f"{name}-tool").read_bytes() == CONTENT
    # It says so each time: a file that exists already would be served too.
    again = run(tmp_path)
    assert not again["a"]["changed"]
    assert again["a"]["not_served"].startswith("there is no ")


def test_a_control_node_that_cannot_have_seeds_sends_the_file(tmp_path: Path) -> None:
    """Without ssh-keygen, or in a cache that cannot be written, which a file in the way is."""
    (tmp_path / "cache").mkdir()
    (tmp_path / "cache" / "transfers").write_text("in the way")
    found = run(tmp_path)
    assert found["a"]["not_served"].startswith("the control node cannot prepare it: ")
    assert {name: result["sent"] for name, result in found.items()} == dict.fromkeys(
        ("a", "b"), len(CONTENT)
    )


def test_a_delegated_task_has_no_seed(tmp_path: Path) -> None:
    """It works on another host than the one whose group has the seed."""
    found = run(tmp_path, delegate_to="c")
    assert "not_served" not in found["a"]
    assert [result["sent"] for result in found.values()] == [len(CONTENT)] * 2
    assert not list((tmp_path / "cache" / "transfers").glob("seed-*"))


def test_a_host_that_is_delegated_to_itself_has_its_seed(tmp_path: Path) -> None:
    found = run(tmp_path, delegate_to="{{ inventory_hostname }}")
    assert found["a"]["not_served"].startswith("there is no ")


def test_a_seed_keeps_its_key_as_long_as_it_serves(plugins: Plugins, tmp_path: Path) -> None:
    """No program makes it, and a run that finds everything as it should be changes nothing."""
    seeds = plugins("plugin_utils.artifact_seeds")
    first = seeds.Seeding(tmp_path, [DIGEST], "a")
    with first.preparing():
        first.tell(DIGEST, SERVED, {"address": "10.0.0.1"})
    assert first.public_key.startswith("ssh-ed25519 ")
    again = seeds.Seeding(tmp_path, ["0" * 64, DIGEST], "a")
    assert again.public_key == first.public_key
    state = seeds.SeedState(tmp_path, DIGEST, "a").read()
    assert state["key"].startswith("-----BEGIN OPENSSH PRIVATE KEY-----\n")
    assert (state["address"], state["host_keys"]) == ("10.0.0.1", SERVED["host_keys"])
    with again.preparing():
        again.tell(DIGEST, None, {})
    assert seeds.SeedState(tmp_path, DIGEST, "a").read() is None
    assert seeds.Seeding(tmp_path, [DIGEST], "a").public_key != first.public_key


@pytest.mark.parametrize("content", ["", "{", "[]", "{}", '{"until": "never"}', "null"])
def test_a_damaged_state_of_a_seed_is_none(plugins: Plugins, tmp_path: Path, content: str) -> None:
    seeds = plugins("plugin_utils.artifact_seeds")
    state = seeds.SeedState(tmp_path, DIGEST, "a")
    with state.preparing():
        state.write({})
    (file,) = (tmp_path / "transfers").glob("seed-*.json")
    file.write_text(content)
    assert state.read() is None
    assert seeds.Seeding(tmp_path, [DIGEST], "a").public_key


def test_others_wait_for_a_seed_that_works(plugins: Plugins, tmp_path: Path) -> None:
    seeds = plugins("plugin_utils.artifact_seeds")
    seed, other = (seeds.SeedState(tmp_path, DIGEST, "s") for _ in range(2))
    assert other.read() is None
    found: list[Any] = []
    thread = threading.Thread(target=lambda: found.append(other.read()))
    with seed.preparing():
        thread.start()
        seed.write({"address": "10.0.0.1"}, 60)
        time.sleep(0.1)
        assert found == []
    thread.join(60)
    assert found == [{"address": "10.0.0.1"}]
