"""A play that gets a secret sets no facts: it hides them, so that no later task knows them.

`wt apply --only` of other work that may read such a name would be refused.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from worldtree.ansible.bundle import Bundle
from worldtree.compile.compiler import compile_plan, plan_document
from worldtree.plan.pipeline_request import PipelineRequest
from worldtree.spec.load import load_file

#: Every component that takes secrets, with all of them.
_DOCUMENT = """
apiVersion: worldtree.io/v1alpha1
kind: Cluster
metadata: {name: shop}
spec:
  hosts:
    - {name: cp1, address: 10.0.0.11, roles: [control-plane, etcd, containerd]}
    - {name: "w[1:2]", address: "10.0.0.[12:13]", roles: [worker, loadbalancer, containerd]}
    - {name: store, address: 10.0.0.14, roles: [registry]}
  components:
    pki: {passphrase: "${env:P}", purge: true}
    etcd: {}
    loadbalancer: {vip: 10.0.0.200/24, vrrpVersion: 2, vrrpPassword: "${env:P}"}
    registry:
      users: [{name: puller, password: "${env:P}"}]
      httpSecret: ${env:P}
    containerd:
      source: archives
      version: 2.3.4
      registries:
        - name: a.example.com
          mirrors: [{url: "https://b.example.com", username: u, password: "${env:P}"}]
    kubernetes:
      version: 1.34.9
      encryption: {keys: [{name: one, secret: "${env:P}"}]}
"""
_INCLUDES = ("ansible.builtin.import_tasks", "ansible.builtin.include_tasks")
_SETS = ("ansible.builtin.set_fact", "ansible.builtin.include_vars")
#: Names that plays use among themselves, which are handed on and never refused.
_OWN = "worldtree_"


def _tasks(entries: Any) -> Iterator[dict[str, Any]]:
    for task in entries or ():
        yield task
        for part in ("block", "rescue", "always"):
            yield from _tasks(task.get(part))


def _facts(bundle: Bundle, role: str, file: str) -> Iterator[str]:
    """Yield the facts that a task file of a role sets, with those that it includes."""
    for task in _tasks(yaml.safe_load(bundle.files[f"roles/{role}/tasks/{file}"].read())):
        for included in filter(None, map(task.get, _INCLUDES)):
            if included != file:
                yield from _facts(bundle, role, included)
        for fact in filter(None, map(task.get, _SETS)):
            yield from fact


@pytest.mark.parametrize("pipeline", ["create-cluster", "verify", "destroy-cluster"])
def test_a_play_that_gets_a_secret_sets_no_facts(tmp_path: Path, pipeline: str) -> None:
    document = tmp_path / "cluster.yaml"
    document.write_text(_DOCUMENT)
    plan = plan_document(load_file(document)[0], pipeline=PipelineRequest(name=pipeline))
    bundle = compile_plan(plan).bundle
    hidden, found = set(), set()
    for path, file in bundle.files.items():
        if not path.startswith("plays/") or not path.endswith(".yml"):
            continue
        (play,) = yaml.safe_load(file.read())
        if play.get("no_log") is not True:
            continue
        for task in _tasks(play["tasks"]):
            if call := task.get("ansible.builtin.import_role"):
                hidden.add(call["name"])
                facts = _facts(bundle, call["name"], f"{call.get('tasks_from', 'main')}.yml")
                found |= {(call["name"], fact) for fact in facts if not fact.startswith(_OWN)}
    assert found == set()
    # The document has a secret for each of them.
    expected = {"pki", "loadbalancer", "registry", "containerd", "kubernetes"}
    assert hidden >= (expected if pipeline == "create-cluster" else set())
