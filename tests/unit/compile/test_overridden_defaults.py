"""Defaults of roles that every call overrides are not read for files and environment variables."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from unit.ansible.content.roles.trees import write_tree
from worldtree.compile.compiler import plan_document
from worldtree.spec.load import load_file

DEFAULTS = """\
# Mostly replaced.
app_text: "{{ lookup('file', playbook_dir ~ '/certs/text.txt') }}"
app_list:
  - src: "{{ playbook_dir }}/certs/list.txt"
    dest: /srv/list.txt
app_token: "{{ lookup('env', 'APP_TOKEN') }}"
app_last: 1
"""
FILES = {
    "roles/app/defaults/main.yml": DEFAULTS,
    "roles/app/tasks/main.yml": "- debug: {var: app_text}\n",
    "roles/outer/tasks/main.yml": "- include_role: {name: app}\n  vars: {app_list: []}\n",
    "roles/needs/meta/main.yml": "dependencies: [{role: app, app_text: a, vars: {app_list: []}}]\n",
    "roles/needs/tasks/main.yml": "- debug:\n",
    "vars/app.yml": "app_text: a\napp_list: []\napp_token: b\n",
}
GIVEN = {"app_text": "a", "app_list": [], "app_token": "b"}
WHOLE = {("text", 2), ("list", 4), ("env", 6)}
KINDS = {"named-file-not-found": "certs/", "environment-not-passed": ""}


def told(
    directory: Path, *steps: dict[str, Any], spec: dict[str, Any] | None = None
) -> set[tuple[str, int]]:
    """Return what is reported of the defaults of `app`: the name's end, and the line."""
    write_tree(directory, FILES)
    tasks = [{"name": f"t{n}", "steps": [{"name": "s", **s}]} for n, s in enumerate(steps)]
    body = {
        "rolesPath": ["./roles"],
        "hosts": [{"name": "h1", "connection": "local"}, {"name": "h2", "connection": "local"}],
        "facts": {"gather": "never"},
        "modules": [{"name": "m", "tasks": tasks}],
        **(spec or {}),
    }
    document = {"apiVersion": "worldtree.io/v1alpha1", "kind": "Cluster"}
    file = directory / "cluster.yaml"
    file.write_text(yaml.safe_dump({**document, "metadata": {"name": "c"}, "spec": body}))
    found = plan_document(load_file(file)[0]).diagnostics
    names = {"certs/text.txt": "text", "certs/list.txt": "list", "APP_TOKEN": "env"}
    assert {one.slug for one in found} <= {*KINDS}
    return {
        (names[one.summary.split("`")[1]], one.mark.line) for one in found if one.mark is not None
    }


@pytest.mark.parametrize(
    "step",
    [
        {"role": "app", "vars": GIVEN},
        {"vars": GIVEN, "roles": ["app"]},
        {"roles": [{"role": "app", "vars": GIVEN}]},
        {"varsFiles": ["vars/app.yml"], "roles": ["app"]},
        {"tasks": [{"ansible.builtin.include_role": {"name": "app"}, "vars": GIVEN}]},
        {"role": "outer", "vars": {"app_text": "a", "app_token": "b"}},
        {"role": "needs", "vars": {"app_token": "b"}},
    ],
)
def test_nothing_is_said_of_what_every_call_overrides(tmp_path: Path, step: dict[str, Any]) -> None:
    assert told(tmp_path, step) == set()


@pytest.mark.parametrize(
    "steps",
    [
        [{"role": "app"}],
        [{"role": "app", "vars": GIVEN}, {"role": "app"}],
        [{"roles": [{"role": "app", "vars": GIVEN}, "app"]}],
        [{"role": "app", "vars": GIVEN}, {"tasks": [{"include_role": {"name": "app"}}]}],
    ],
)
def test_one_call_that_uses_a_default_is_enough(
    tmp_path: Path, steps: list[dict[str, Any]]
) -> None:
    assert told(tmp_path, *steps) == WHOLE


def test_only_the_overridden_ones_are_left_out(tmp_path: Path) -> None:
    """Lines of lists below a name belong to it."""
    assert told(tmp_path, {"role": "outer"}) == WHOLE - {("list", 4)}
    assert told(tmp_path, {"role": "needs"}) == {("env", 6)}
    assert told(tmp_path, {"role": "app", "vars": {"app_text": "a"}}) == WHOLE - {("text", 2)}


def test_the_inventory_counts_where_all_hosts_have_the_variable(tmp_path: Path) -> None:
    one = {"name": "h1", "connection": "local", "vars": {"app_text": "a"}}
    other = {"name": "h2", "connection": "local"}
    hosts = {"hosts": [one, other]}
    assert told(tmp_path, {"role": "app"}, spec=hosts) == WHOLE
    only = {"hosts": [one]}
    assert told(tmp_path, {"role": "app"}, spec=only) == WHOLE - {("text", 2)}
    assert told(tmp_path, {"role": "app"}, spec={"vars": GIVEN}) == set()
