"""Keywords of plays that Ansible evaluates reach the play as they are written."""

from __future__ import annotations

from typing import Any

import pytest
import yaml

from worldtree.compile.compiler import compile_plan, plan_document
from worldtree.core.errors import InputError
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


STEP = """
apiVersion: worldtree.io/v1alpha1
kind: Cluster
metadata: {name: shop}
spec:
  hosts: [{name: "web[1:3]"}]
  facts: {gather: never}
  modules:
    - name: shop
      tasks: [{name: web, steps: [{name: one, command: uptime, KEYWORDS}]}]
"""


def _play(environment: str) -> dict[str, Any]:
    return _play_of(DOCUMENT.replace("ENVIRONMENT", environment))


def _play_of(text: str) -> dict[str, Any]:
    document = load_text(text, "cluster.yaml")[0]
    bundle = compile_plan(plan_document(document)).bundle
    name = next(path for path in bundle.files if path.startswith("plays/"))
    text = bundle.files[name].read()
    found: dict[str, Any] = yaml.safe_load(text)[0]
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


def test_the_environment_of_a_built_in_step_may_be_a_template_or_a_list() -> None:
    """As in Ansible; secrets in it become lookups."""
    one = _play_of(STEP.replace("KEYWORDS", 'environment: "{{ proxy_env }}"'))["environment"]
    assert one[:-1] == ["{{ proxy_env }}"]
    many = _play_of(STEP.replace("KEYWORDS", 'environment: ["{{ proxy_env }}", {A: "${env:B}"}]'))[
        "environment"
    ]
    assert many[0] == "{{ proxy_env }}"
    assert "lookup('worldtree.core.secret', 'env:B')" in many[1]["A"]
    assert list(many[2]) == ["WORLDTREE_ATTEMPT"]


def test_no_log_may_be_a_template() -> None:
    """Ansible evaluates it, on the step's task and on a play."""
    (task,) = _play_of(STEP.replace("KEYWORDS", 'noLog: "{{ hidden }}"'))["tasks"]
    assert task["no_log"] == "{{ hidden }}"
    play = _play_of(DOCUMENT.replace("environment: ENVIRONMENT", 'noLog: "{{ hidden }}"'))
    assert play["no_log"] == "{{ hidden }}"


def test_variables_of_a_list_must_be_texts() -> None:
    """As those of a mapping."""
    with pytest.raises(InputError, match="the environment variable `A` must be a string"):
        _play_of(STEP.replace("KEYWORDS", "environment: [{A: 1}]"))
