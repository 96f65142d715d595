"""`hosts: localhost` where no inventory lists it: this machine, as in `ansible-playbook`."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from acceptance.test_apply_local import HOSTS, module, sh, task
from acceptance.workspace import Workspace


def _document(place: Workspace, **spec: Any) -> None:
    place.target.mkdir(exist_ok=True)
    note = "{{ inventory_hostname }} {{ ansible_connection }} {{ group_names | join }}"
    note += " {{ ansible_facts.hostname is defined }} {{ 'localhost' in groups.all }}"
    tells = sh(f"echo '{note} {{{{ motto }}}}' >> {place.target}/$0-{{{{ inventory_hostname }}}}")
    gate = sh(
        f"echo run >> {place.target}/both-{{{{ inventory_hostname }}}};"
        f" test {{{{ inventory_hostname }}}} != localhost || test -e {place.target}/gate"
    )
    place.write(
        {
            "vars": {"motto": "hello"},
            "modules": [
                module("here", task("tell", tells, hosts="localhost")),
                module("both", task("try", gate, hosts=spec.pop("both")), needs=["here"]),
                module("last", task("tell", tells, hosts="127.0.0.1"), needs=["both"]),
            ],
            **spec,
        }
    )


@pytest.mark.long  # Three runs; a machine alone below, and tests/unit/compile/test_host_patterns.
def test_this_machine_needs_no_entry_in_an_inventory(tmp_path: Path) -> None:
    """Beside listed hosts: in its own plays only, with facts, and alone in the resumed run."""
    place = Workspace(tmp_path)
    _document(place, hosts=HOSTS[:2], both="all:localhost")
    begun = place.wt("apply", "--yes", "-o", "json")
    assert begun.out, begun.err
    assert begun.hosts("here/tell/s1") == {"localhost": "changed"}
    assert begun.hosts("both/try/s1") == {
        "a": "changed",
        "b": "changed",
        "localhost": "failed",
    }
    assert begun.hosts("facts/gather/setup").keys() == {"a", "b", "localhost"}
    (place.target / "gate").touch()
    resumed = place.wt("resume", "latest", "--yes", "-o", "json")
    assert resumed.code == 0, resumed.err
    told = (place.target / "sh-localhost").read_text().splitlines()
    assert told == ["localhost local  True False hello"] * 2
    runs = {f.name: f.read_text().count("run") for f in place.target.glob("both-*")}
    assert runs == {"both-a": 1, "both-b": 1, "both-localhost": 2}

    assert place.wt("compile", "--dir", tmp_path / "bundle").code == 0
    playbook = Path(sys.executable).with_name("ansible-playbook")
    subprocess.run([playbook, "site.yml"], cwd=tmp_path / "bundle", check=True, capture_output=True)
    assert (place.target / "sh-localhost").read_text().splitlines() == told * 2


def test_a_document_of_this_machine_alone_needs_no_hosts(tmp_path: Path) -> None:
    place = Workspace(tmp_path)
    _document(place, both="localhost")
    (place.target / "gate").touch()
    done = place.wt("apply", "--yes", "-o", "json")
    assert done.code == 0, done.err
    assert (place.target / "sh-localhost").read_text().count("localhost local") == 2
