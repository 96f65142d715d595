"""The role `addons`, run by ansible-playbook against a real API of Kubernetes on this machine."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from kubernetes_api import Cluster, kubernetes_api, unavailable

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def cluster() -> Iterator[Cluster]:
    if why := unavailable():
        pytest.skip(why)
    with kubernetes_api() as found:
        yield found


class Role:
    """Runs entries of the role with variables."""

    def __init__(self, cluster: Cluster, work: Path) -> None:
        self._cluster, self._work = cluster, work

    def __call__(self, entry: str, *options: str, check: bool = True, **variables: Any) -> str:
        """Return the output of a run; raises ``AssertionError`` with it where that fails."""
        play = {
            "name": "Run an entry",
            "hosts": "localhost",
            "connection": "local",
            "gather_facts": False,
            "vars": {
                "addons_kubectl": str(self._cluster.kubectl),
                "addons_kubeconfig": str(self._cluster.kubeconfig),
                "worldtree_state_dir": str(self._work / "state"),
                **variables,
            },
            "tasks": [
                {
                    "name": "Run it",
                    "ansible.builtin.import_role": {"name": "addons", "tasks_from": entry},
                },
                {
                    "name": "Show what a precheck found",
                    "ansible.builtin.debug": {"msg": "done={{ worldtree_done | default(false) }}"},
                },
            ],
        }
        file = self._work / "play.yml"
        file.write_text(yaml.safe_dump([play]))
        done = subprocess.run(
            [Path(sys.executable).with_name("ansible-playbook"), file, *options],
            cwd=self._work,
            env={
                **os.environ,
                "ANSIBLE_ROLES_PATH": str(ROOT / "roles"),
                "ANSIBLE_NOCOLOR": "1",
                "ANSIBLE_LOCALHOST_WARNING": "False",
                "ANSIBLE_PYTHON_INTERPRETER": sys.executable,
            },
            capture_output=True,
            text=True,
            check=False,
        )
        text = done.stdout + done.stderr
        assert not check or done.returncode == 0, text
        return text


def changed(text: str) -> int:
    found = re.search(r"changed=(\d+)", text)
    assert found is not None, text
    return int(found[1])


def settings(value: str) -> dict[str, Any]:
    metadata = {"name": "settings", "namespace": "role"}
    return {"apiVersion": "v1", "kind": "ConfigMap", "metadata": metadata, "data": {"key": value}}


def test_an_addon_from_check_to_removal(cluster: Cluster, tmp_path: Path) -> None:
    """Check, apply, apply again, change, undo, verify, prune and remove, as the pipelines do."""
    role = Role(cluster, tmp_path)
    space = {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "role"}}
    first = {"addons_name": "one", "addons_objects": [space, settings("first")]}
    would = role("apply", "--check", "--diff", **first)
    assert changed(would) == 1
    assert '+    "key": "first"' in would.replace("\r", "")
    assert cluster.get("namespace", "role") is None
    assert changed(role("apply", **first)) == 1
    assert changed(role("apply", **first)) == 0
    assert changed(role("verify", addons_names=["one"])) == 0
    second = {"addons_name": "one", "addons_objects": [space, settings("second")]}
    assert changed(role("apply", **second)) == 1
    undo = {"addons_name": "one", "worldtree_undone_entry": "apply"}
    assert changed(role("rollback", **undo)) == 1
    assert (cluster.get("configmap", "settings", "role") or {})["data"] == {"key": "first"}
    assert changed(role("prune", addons_names=["one"])) == 0
    assert "done=False" in role("precheck", worldtree_entry="remove")
    assert changed(role("remove", addons_names=["one"])) == 1
    assert cluster.get("namespace", "role") is None
    assert changed(role("remove", addons_names=["one"])) == 0
    missing = role("verify", check=False, addons_names=["one"])
    assert "was not applied to this cluster" in missing


def test_a_cluster_that_is_gone_has_nothing_to_remove(cluster: Cluster, tmp_path: Path) -> None:
    role = Role(cluster, tmp_path)
    gone = {"addons_kubeconfig": str(tmp_path / "missing.conf")}
    assert "done=True" in role("precheck", worldtree_entry="remove", **gone)
    assert "done=False" in role("precheck", worldtree_entry="apply", **gone)


def test_a_failure_names_the_object_and_shows_no_secret(cluster: Cluster, tmp_path: Path) -> None:
    role = Role(cluster, tmp_path)
    secret = {
        "apiVersion": "v1",
        "kind": "Secret",
        "metadata": {"name": "login", "namespace": "nowhere"},
        "stringData": {"password": "hunter2"},
    }
    failed = role("apply", "-vvv", check=False, addons_name="two", addons_objects=[secret])
    assert "Secret nowhere/login" in failed
    assert 'namespaces \\"nowhere\\" not found' in failed or "not found" in failed
    assert "hunter2" not in json.dumps(failed)
