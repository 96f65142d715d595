"""Extra variables are read as Ansible reads them."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from ansible.parsing.splitter import parse_kv

from worldtree.app.documents.extra_vars import read_extra_vars
from worldtree.compile.compiler import compile_plan, plan_document
from worldtree.core.errors import InputError
from worldtree.results.run import RunRequest
from worldtree.runner.control.run_files import playbook_arguments
from worldtree.spec.document import Document
from worldtree.spec.load import load_text

_DOCUMENT = """
apiVersion: worldtree.io/v1alpha1
kind: Cluster
metadata: {name: c}
spec:
  hosts: [{name: web1, roles: [web]}, {name: db1, roles: [db]}]
  modules:
    - name: m
      tasks:
        - {name: a, hosts: "{{ target | default('all') }}", steps: [{command: "echo {{ shown }}"}]}
        - {name: b, steps: [{command: "true"}]}
"""


@pytest.mark.parametrize(
    "text",
    [
        "",
        "a=1",
        "a=1 b=two",
        "a='one two' b=\"three  four\"",
        "a=x=y",
        "a=",
        "a={{ b }}",
        "a={{ b | default('c d') }}/x",
        "a=one\\ttwo",
        "a='it is \"so\"'",
        "path=/srv/x:y,z",
        "flag=yes count=007",
    ],
)
def test_words_are_split_and_unquoted_as_in_ansible(text: str, tmp_path: Path) -> None:
    """Values stay text."""
    assert read_extra_vars([text], tmp_path) == parse_kv(text)


def test_mappings_and_files_keep_types_and_a_later_one_wins(tmp_path: Path) -> None:
    (tmp_path / "x.yml").write_text("a: 1\nday: 2026-01-02\nlocked: !vault |\n  $ANSIBLE_VAULT;1\n")
    (tmp_path / "y.json").write_text('{"list": [1, {"b": null}]}')
    given = ["a=text", "@x.yml", "@y.json", '{"n": 1.5, "on": true}', "{z: {deep: [x]}}"]
    assert read_extra_vars(given, tmp_path) == {
        "a": 1,
        "day": "2026-01-02",
        "locked": {"__ansible_vault": "$ANSIBLE_VAULT;1\n"},
        "list": [1, {"b": None}],
        "n": 1.5,
        "on": True,
        "z": {"deep": ["x"]},
    }


@pytest.mark.parametrize(
    ("given", "slug", "hint"),
    [
        (["vars.yml"], "bad-extra-vars", "write `-e @vars.yml`"),
        (["debug"], "bad-extra-vars", "write `-e debug=value`"),
        (["[1, 2]"], "bad-extra-vars", "write `-e name=value`"),
        (["a='open"], "bad-extra-vars", "close the quote"),
        (["@absent.yml"], "bad-extra-vars", "name a file of variables"),
        (["@."], "bad-extra-vars", "name a file of variables"),
        (["@whole.yml"], "bad-extra-vars", "encrypt single values"),
        (["{a: [}"], "bad-extra-vars", "correct the JSON or YAML"),
        (['{"a":'], "bad-extra-vars", "correct the JSON or YAML"),
        (["my-name=1"], "bad-variable-name", ""),
        ([r'half="\ud800"'], "bad-extra-vars", "correct the value"),
        (["{a: &a {b: *a}}"], "bad-extra-vars", "correct the value"),
        (["{a: " + "[" * 3000 + "]" * 3000 + "}"], "bad-extra-vars", "correct"),
        (["bytes=\udcff"], "bad-extra-vars", "correct the value"),
        (["hostvars=1"], "reserved-variable", ""),
        (["password=${env:PASSWORD}"], "secret-in-extra-vars", "give the reference to `vars`"),
        (['{"a": {"b": ["${vault:kv/x#y}"]}}'], "secret-in-extra-vars", "give the reference"),
    ],
)
def test_what_is_wrong_is_said_without_values(
    given: Sequence[str], slug: str, hint: str, tmp_path: Path
) -> None:
    (tmp_path / "whole.yml").write_text("$ANSIBLE_VAULT;1.1;AES256\n6162\n")
    with pytest.raises(InputError) as caught:
        read_extra_vars(given, tmp_path)
    (found,) = caught.value.diagnostics
    assert (found.slug, hint in found.hint) == (slug, True)


def _planned(**extra_vars: Any) -> Any:
    (document,) = load_text(_DOCUMENT)
    known = Document(document.data, document.source, 0, document.root, extra_vars)
    return plan_document(known)


def test_extra_variables_are_inputs_of_the_plan_and_of_what_names_them() -> None:
    """Work that does not name one keeps its digest."""
    one, other = _planned(shown="x").plan, _planned(shown="y").plan
    assert one.extra_vars == {"shown": "x"}
    assert one.digests["extra-vars"] != other.digests["extra-vars"]
    first, second = one.graph.nodes
    assert one.node_digests[first] != other.node_digests[first]
    assert one.node_digests[second] == other.node_digests[second]
    assert "extra-vars" not in _planned().plan.digests


def test_hosts_see_extra_variables_and_a_bundle_brings_them(tmp_path: Path) -> None:
    """Each run of Ansible gets the file of the bundle."""
    compiled = compile_plan(_planned(target="web", n=[1]))
    nodes = list(compiled.plan.graph.nodes.values())
    assert (nodes[0].hosts, nodes[0].host_pattern) == (("web1",), "web")
    text = str(compiled.bundle.files["extra_vars.yml"].content)
    assert text == '---\ntarget: web\n"n":\n  - 1\n'
    assert "-e @extra_vars.yml" in str(compiled.bundle.files["README.md"].content)
    request = RunRequest(attempt="x", nodes=(), hosts=(), bundle=tmp_path, directory=tmp_path)
    assert playbook_arguments(request) == ()
    (tmp_path / "extra_vars.yml").write_text(text)
    assert playbook_arguments(request) == ("--extra-vars", f"@{tmp_path}/extra_vars.yml")
