"""The playbook of a run, and the copies of plays in which variables were edited."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from unit.engine.plans import node_id
from worldtree.ansible.content.yaml_files import read_yaml
from worldtree.ansible.model.yaml_writer import dump
from worldtree.plan.ids import file_stem
from worldtree.results.run import RunRequest
from worldtree.runner.control.run_files import write_run_files
from worldtree.spec.yaml_tags import Unsafe, Vault

NODE = node_id("n")
STEM = file_stem(NODE)
#: The variables of a step, each in a form that must survive a copy.
OWN = {
    "port": 80,
    "secret": "{{ lookup('worldtree.core.secret', 'env:PW') }}",
    "plain": Unsafe("{{ x }}"),
    "vaulted": Vault("$ANSIBLE_VAULT;1.1;AES256\n6162\n"),
    "time": "12:30",
}


def play(**sections: Any) -> dict[str, Any]:
    """Return a play of the node with ``sections``."""
    return {"name": NODE, "hosts": "all", "vars": {"port": 1, "words": "old"}, **sections}


def imported(tmp_path: Path, written: str, variables: Mapping[str, Any]) -> dict[str, Any]:
    """Return the import that a run of the play ``written`` makes with edited ``variables``."""
    bundle = tmp_path / "bundle"
    (bundle / "plays").mkdir(parents=True)
    (bundle / "plays" / f"{STEM}.yml").write_text(written)
    request = RunRequest(
        attempt="a" * 32,
        nodes=(NODE,),
        hosts=("h1",),
        bundle=bundle,
        directory=tmp_path / "attempt",
        vars=variables,
    )
    name, _ = write_run_files(request)
    (found,) = json.loads((bundle / name).read_text())
    result: dict[str, Any] = found
    return result


@pytest.mark.parametrize("edited", [{}, {"words": "new"}])
def test_variables_of_the_play_are_edited_at_its_import(
    tmp_path: Path, edited: dict[str, Any]
) -> None:
    """Ansible reads the reviewed play itself."""
    written = dump([play(roles=[{"role": "r", "vars": {"port": 80}}])])
    found = imported(tmp_path, written, edited)
    assert found["ansible.builtin.import_playbook"] == f"plays/{STEM}.yml"
    assert found.get("vars", {}) == edited
    assert len(list((tmp_path / "bundle" / "plays").iterdir())) == 1


@pytest.mark.parametrize(
    ("hosts", "written", "named"),
    [
        (("localhost",), "localhost", None),
        (("localhost",), ["web", "localhost"], "localhost"),
        (("h1", "localhost"), ["web", "localhost"], None),
    ],
)
def test_a_run_on_a_host_that_no_inventory_lists_alone_has_no_limit(
    tmp_path: Path, hosts: tuple[str, ...], written: Any, named: str | None
) -> None:
    """Ansible refuses a limit that leaves only such a host; its plays then name it."""
    bundle = tmp_path / "bundle"
    (bundle / "plays").mkdir(parents=True)
    (bundle / "plays" / f"{STEM}.yml").write_text(dump([play(hosts=written)]))
    request = RunRequest("a" * 32, (NODE,), hosts, bundle=bundle, directory=tmp_path / "attempt")
    name, limit = write_run_files(request, {"localhost"})
    assert (limit is None) == (len(hosts) == 1)
    (found,) = json.loads((bundle / name).read_text())
    playbook = bundle / found["ansible.builtin.import_playbook"]
    assert playbook.name.startswith(".run-") == (named is not None)
    (made,) = read_yaml(playbook)
    assert made["hosts"] == (named or written)


@pytest.mark.parametrize("section", ["pre_tasks", "roles", "tasks", "post_tasks"])
def test_variables_of_a_role_or_a_block_are_edited_in_a_copy(tmp_path: Path, section: str) -> None:
    """It lies beside the play, whose other values stay as they are."""
    before = play(**{section: [{"name": "one", "vars": OWN}, {"name": "two"}]})
    found = imported(tmp_path, dump([before]), {"port": 81, "words": "new"})
    copy = tmp_path / "bundle" / found["ansible.builtin.import_playbook"]
    assert copy.parent.name == "plays"
    assert copy.name.startswith(".run-")
    assert found["vars"] == {"port": 81, "words": "new"}
    after = play(**{section: [{"name": "one", "vars": {**OWN, "port": 81}}, {"name": "two"}]})
    (got,) = read_yaml(copy)
    assert got == after
    kept = got[section][0]["vars"]
    assert {name: type(value) for name, value in kept.items()} == {
        name: type(value) for name, value in OWN.items()
    }


def test_a_copy_has_a_short_name_whatever_the_node_is_called(tmp_path: Path) -> None:
    """The names of nodes may fill what file systems allow."""
    found = imported(tmp_path, dump([play(roles=[{"role": "r", "vars": OWN}])]), {"port": 81})
    assert STEM not in found["ansible.builtin.import_playbook"]


def test_a_play_that_is_no_yaml_is_left_to_ansible(tmp_path: Path) -> None:
    """Its message becomes that of the run."""
    found = imported(tmp_path, "- name: [", {"port": 81})
    assert found["ansible.builtin.import_playbook"] == f"plays/{STEM}.yml"
