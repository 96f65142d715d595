"""Keywords of plays that Ansible evaluates reach the play as they are written."""

from __future__ import annotations

import yaml

from worldtree.compile.compiler import compile_plan, plan_document
from worldtree.spec.load import load_text

DOCUMENT = """
apiVersion: worldtree.io/v1alpha1
kind: Cluster
metadata: {name: shop}
spec:
  hosts: [{name: "web[1:3]"}]
  facts: {gather: never}
  modules:
    - name: shop
      tasks:
        - name: web
          steps:
            - name: play
              environment: ENVIRONMENT
              policy: {serial: "{{ batch | default(2) }}", allowedFailures: 1}
              tasks: [{ansible.builtin.debug: {msg: hello}}]
"""


def _play(environment: str) -> dict[str, object]:
    document = load_text(DOCUMENT.replace("ENVIRONMENT", environment), "cluster.yaml")[0]
    bundle = compile_plan(plan_document(document)).bundle
    name = next(path for path in bundle.files if path.startswith("plays/"))
    text = bundle.files[name].read()
    found: dict[str, object] = yaml.safe_load(text)[0]
    return found


def test_serial_and_environment_may_be_templates() -> None:
    """The own variable of a run is added; no limit is computed from a size that is not known."""
    play = _play('"{{ proxy_env }}"')
    assert play["serial"] == "{{ batch | default(2) }}"
    assert "max_fail_percentage" not in play
    environment = play["environment"]
    assert isinstance(environment, list)
    assert environment[0] == "{{ proxy_env }}"
    assert list(environment[1]) == ["WORLDTREE_ATTEMPT"]


def test_environment_may_be_a_list_or_have_numbers() -> None:
    """As in Ansible; variables with their text stay one mapping."""
    listed = _play('["{{ proxy_env }}", {A: 1}]')["environment"]
    assert isinstance(listed, list)
    assert listed[:2] == ["{{ proxy_env }}", {"A": 1}]
    mapping = _play("{A: b}")["environment"]
    assert isinstance(mapping, dict)
    assert mapping["A"] == "b"
