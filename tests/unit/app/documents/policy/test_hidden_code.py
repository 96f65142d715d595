"""Code that is hidden anywhere in a document is found, in the document and in its plays."""

from __future__ import annotations

import copy
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from worldtree.app.documents.document_policy import DocumentPolicy, check_document, check_policy
from worldtree.app.documents.policy.bundle_files import judge_bundle
from worldtree.app.documents.policy.findings import PolicyFindings
from worldtree.app.documents.policy.tagged_yaml import read_tagged
from worldtree.compile.compiler import compile_plan, plan_document
from worldtree.spec.load import load_text
from worldtree.spec.yaml_tags import Unsafe

ALLOWED = read_tagged((Path(__file__).parent / "cases/allowed.yaml").read_text("utf-8"))
POISONS = (
    "{{ lookup('pipe', 'id') }}",
    "{{ query('ansible.builtin.file', '/etc/shadow') }}",
    "{{ q('env', 'HOME') }}",
    "{% if x %}{{ lookup('pipe', 'id') }}{% endif %}",
    "{{ x | default(lookup('file', '/etc/shadow')) }}",
    "{{ ['/etc/*'] | map('fileglob') }}",
    "{{ '/etc/shadow' is file }}",
    "{{ ''.__class__ }}",
    "${env:DATABASE_PASSWORD}",
    "${file:/etc/shadow}",
)
Place = tuple[str | int, ...]


def _texts(value: Any, path: Place = ()) -> list[Place]:
    if isinstance(value, dict):
        return [found for key, item in value.items() for found in _texts(item, (*path, key))]
    if isinstance(value, list):
        return [found for i, item in enumerate(value) for found in _texts(item, (*path, i))]
    return [path] if isinstance(value, str) and not isinstance(value, Unsafe) else []


def _tasks(value: Any, path: Place = ()) -> list[Place]:
    if isinstance(value, dict):
        return [found for key, item in value.items() for found in _tasks(item, (*path, key))]
    if not isinstance(value, list):
        return []
    inner = [found for i, item in enumerate(value) for found in _tasks(item, (*path, i))]
    own = path and path[-1] in ("tasks", "handlers", "block", "rescue") and "steps" in path
    return [*inner, *((*path, i) for i in range(len(value)) if own)]


def _with(place: Place, value: Any) -> str:
    """Return the allowed document with ``value`` at ``place``, as text."""
    data = copy.deepcopy(ALLOWED)
    owner = data
    for step in place[:-1]:
        owner = owner[step]
    owner[place[-1]] = value
    return yaml.dump(_plain(data), sort_keys=False)


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _plain(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_plain(item) for item in value]
    return "raw" if isinstance(value, Unsafe) else value


def _slugs(text: str) -> set[str]:
    (document,) = load_text(text)
    return {one.slug for one in check_document(document, DocumentPolicy())}


@settings(max_examples=30, deadline=None)
@given(st.sampled_from(_texts(ALLOWED)), st.sampled_from(POISONS), st.text("ab \n", max_size=5))
def test_code_in_any_text_is_found(place: Place, poison: str, around: str) -> None:
    """There is no text of a document that is not judged."""
    assert _slugs(_with(place, f"{around}{poison}{around}")) & {
        "policy-template-code",
        "policy-secret",
    }


@settings(max_examples=15, deadline=None)
@given(
    st.sampled_from(_tasks(ALLOWED)),
    st.sampled_from(
        [
            {"delegate_to": "localhost"},
            {"delegate_to": "{{ x }}"},
            {"local_action": "command id"},
            {"connection": "local"},
            {"with_pipe": "id"},
            {"vars": {"ansible_connection": "local"}},
            {"register": "ansible_ssh_executable"},
        ]
    ),
)
def test_work_elsewhere_is_found_in_any_task(place: Place, keyword: dict[str, Any]) -> None:
    """No block or list of tasks hides a keyword."""
    owner = ALLOWED
    for step in place:
        owner = owner[step]
    assert _slugs(_with(place, {**owner, **keyword}))


_STEPS: Place = ("spec", "modules", 0, "tasks", 0, "steps")


def _leave_out_others(data: Any, place: Place) -> None:
    """Leave out components and steps that ``place`` is not in: compiling them takes a second."""
    spec = data["spec"]
    kept = {place[2]} if place[1] == "components" else set()
    spec["components"] = {name: spec["components"][name] for name in kept}
    number = place[len(_STEPS)] if place[: len(_STEPS)] == _STEPS else 0
    task = spec["modules"][0]["tasks"][0]
    task["steps"] = [task["steps"][number]]


@pytest.mark.parametrize(
    ("place", "value"),
    [
        (("spec", "vars", "domain"), POISONS[0]),
        (("spec", "hosts", 0, "vars", "x"), POISONS[0]),
        (("spec", "components", "nginx", "sites", 0, "page"), POISONS[0]),
        ((*_STEPS, 0, "command", "argv", 0), POISONS[0]),
        ((*_STEPS, 0, "outputs", "now"), POISONS[0]),
        ((*_STEPS, 0, "environment"), {"X": POISONS[2]}),
        ((*_STEPS, 0, "when"), "lookup('pipe', 'id') == 'x'"),
        ((*_STEPS, 0, "local"), {"argv": ["id"]}),
        ((*_STEPS, 8, "tasks", 0, "delegate_to"), "localhost"),
        ((*_STEPS, 8, "connection"), "local"),
        (("spec", "ssh"), {"password": "${env:HOME}"}),
        (("spec", "vars", "secret"), "${env:HOME}"),
        (("spec", "vars", "secret"), "${file:/etc/shadow}"),
    ],
)
def test_the_second_net_finds_it_in_the_plays(place: Place, value: Any) -> None:
    """What the first net would miss is found in what Ansible would get."""
    data = yaml.safe_load(_with(("kind",), "Cluster"))
    owner = data
    for step in place[:-1]:
        owner = owner[step]
    if "local" in place:
        owner.pop("command")
        owner.pop("outputs")
    owner[place[-1]] = value
    _leave_out_others(data, place)
    (document,) = load_text(yaml.dump(data, sort_keys=False))
    findings = PolicyFindings(DocumentPolicy())
    judge_bundle(compile_plan(plan_document(document)), findings)
    assert findings.items


_SMALL = """apiVersion: worldtree.io/v1alpha1
kind: Cluster
metadata: {name: shop}
spec:
  hosts: [{name: web1, address: 10.0.0.1}]
  facts: {gather: always}
  STATE
  modules:
    - name: shop
      tasks:
        - name: app
          TASK
          steps: [{STEP, command: {argv: [date]}}]
"""


@pytest.mark.parametrize(
    ("key", "text"),
    [
        ("TASK", "hosts: localhost"),
        ("TASK", "hosts: 127.0.0.1"),
    ],
)
def test_marks_that_compiling_loses_do_not_help(key: str, text: str) -> None:
    """Text that is data in the document, and a template in a play, is found in the play."""
    source = _SMALL.replace(key, text)
    for other, nothing in (("TASK", "tags: [a]"), ("STEP", "tags: [a]"), ("STATE", "vars: {}")):
        source = source.replace(other, nothing)
    (document,) = load_text(source)
    assert check_document(document, DocumentPolicy()) == []
    assert check_policy(compile_plan(plan_document(document)), DocumentPolicy())
