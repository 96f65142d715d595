"""Pass ``roles``: what Ansible refuses before a play starts is an error, else a warning."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from unit.ansible.content.roles.trees import write_tree
from worldtree.compile.compiler import plan_document
from worldtree.core.errors import InputError
from worldtree.spec.load import load_file

FILES = {
    "roles/old/tasks/main.yml": "- import_tasks: more.yml\n",
    "roles/old/tasks/more.yml": "- block:\n  - include: x.yml\n",
    "roles/later/tasks/main.yml": "- include_tasks: more.yml\n",
    "roles/later/tasks/more.yml": "# include: a\n- name: include\n  include: x.yml\n",
    "now.yml": "- include: x.yml\n",
    "copi.yml": "- copi: {}\n",
    "gone.yml": "- acme.gone.x: {}\n",
    "more/mine.py": "",
    "roles/moved/tasks/main.yml": "- acme.old.ping: {}\n",
    "collections/ansible_collections/acme/old/meta/runtime.yml": (
        "plugin_routing: {modules: {ping: {redirect: acme.new.ping}}}\n"
    ),
}
NOW, LATER = "error", "warning"


def _found(directory: Path, step: dict[str, Any]) -> list[tuple[str, str, str]]:
    write_tree(directory, FILES)
    task = {"name": "t", "hosts": "all", "steps": [{"name": "s", **step}]}
    spec = {
        "rolesPath": ["./roles"],
        "collectionsPath": ["./collections"],
        "hosts": [{"name": "h1", "connection": "local"}],
        "facts": {"gather": "never"},
        "modules": [{"name": "m", "tasks": [task]}],
    }
    document = {"apiVersion": "worldtree.io/v1alpha1", "kind": "Cluster"}
    file = directory / "cluster.yaml"
    file.write_text(yaml.safe_dump({**document, "metadata": {"name": "c"}, "spec": spec}))
    (loaded,) = load_file(file)
    try:
        problems = [*plan_document(loaded).diagnostics]
    except InputError as refused:
        problems = [*refused.diagnostics]
    found = [(one, loaded.locate([one])[0]) for one in problems]
    return [
        (one.slug, str(one.severity), str(placed.mark).removeprefix(f"{directory}/").rsplit(":")[0])
        for one, placed in found
        if one.slug in ("removed-action", "unknown-action", "missing-collection")
    ]


@pytest.mark.parametrize(
    ("step", "slug", "severity", "file"),
    [
        ({"roles": ["old"]}, "removed-action", NOW, "roles/old/tasks/more.yml"),
        ({"role": "old"}, "removed-action", NOW, "roles/old/tasks/more.yml"),
        ({"role": "later"}, "removed-action", LATER, "roles/later/tasks/more.yml"),
        ({"tasks": [{"include_role": {"name": "old"}}]}, "removed-action", LATER, "roles/old/"),
        ({"tasks": "now.yml"}, "removed-action", NOW, "now.yml"),
        ({"tasks": [{"include_tasks": "now.yml"}]}, "removed-action", LATER, "now.yml"),
        ({"tasks": [{"ansible.builtin.include": "x"}]}, "removed-action", NOW, "cluster.yaml"),
        ({"tasks": [{"copi": {}}]}, "unknown-action", NOW, "cluster.yaml"),
        ({"tasks": [{"include_tasks": "copi.yml"}]}, "unknown-action", LATER, "cluster.yaml"),
        ({"tasks": [{"acme.gone.x": {}, "when": False}]}, "missing-collection", NOW, "cluster"),
        ({"tasks": [{"include_tasks": "gone.yml"}]}, "missing-collection", LATER, "gone.yml"),
    ],
)
def test_only_what_is_read_before_the_play_starts_is_an_error(
    tmp_path: Path, step: dict[str, Any], slug: str, severity: str, file: str
) -> None:
    ((found, level, place),) = _found(tmp_path, step)
    assert (found, level) == (slug, severity)
    assert place.startswith(file)


def test_modules_that_the_configuration_names_are_known(tmp_path: Path) -> None:
    (tmp_path / "ansible.cfg").write_text("[defaults]\nlibrary = more\n")
    assert _found(tmp_path, {"tasks": [{"mine": {}}]}) == []


def test_a_collection_that_a_redirect_leads_to_is_missing(tmp_path: Path) -> None:
    ((slug, level, _),) = _found(tmp_path, {"role": "moved"})
    assert (slug, level) == ("missing-collection", LATER)
