"""`varsFiles` of the document, its modules and its tasks: plays, digests, what checks know."""

from __future__ import annotations

from pathlib import Path

import pytest

from worldtree.compile.compiler import PlanResult, compile_plan, plan_document
from worldtree.core.errors import InputError
from worldtree.spec.load import load_file

DOCUMENT = """
apiVersion: worldtree.io/v1alpha1
kind: Cluster
metadata: {name: shop}
spec:
  rolesPath: [./roles]
  hosts: [{name: web1}]
  facts: {gather: never}
  vars: {env: prod}
  varsFiles: [conf/site.yml, ["env/{{ env }}.yml", conf/other.yml]]
  modules:
    - name: m
      varsFiles: [conf/m.yml]
      tasks:
        - name: t
          varsFiles: conf/t.yml
          steps:
            - {name: app, role: app}
            - {name: one, command: date}
            - name: play
              varsFiles: [conf/p.yml]
              tasks: [{ansible.builtin.debug: {msg: "{{ x }}"}}]
        - {name: other, steps: [{name: one, command: date}]}
    - {name: n, tasks: [{name: t, steps: [{name: one, command: date}]}]}
  hooks:
    after: [{name: end, step: {command: date}}]
"""
APP, PLAY = "create-cluster/m/t/app", "create-cluster/m/t/play"


@pytest.fixture
def document(tmp_path: Path) -> Path:
    files = {f"conf/{name}.yml": f"{name}: 1" for name in ("site", "m", "t", "p")}
    files["env/prod.yml"] = "prod: 1"
    files |= {"roles/app/tasks/main.yml": "[{command: date}]", "cluster.yaml": DOCUMENT}
    files["roles/app/meta/argument_specs.yml"] = (
        "argument_specs: {main: {options: {m: {type: int, required: true}}}}"
    )
    for path, text in files.items():
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_text(text)
    return tmp_path / "cluster.yaml"


def planned(file: Path) -> PlanResult:
    (document,) = load_file(file)
    return plan_document(document)


def test_plays_read_the_files_of_all_levels_the_nearest_last(document: Path) -> None:
    """Of every kind of step, and of hooks those of the document; the bundle has the files."""
    found = compile_plan(planned(document))
    lowered = found.bundle.files
    listed = {
        name: node.vars_files for name, node in found.plan.graph.nodes.items() if node.vars_files
    }
    shared = ("conf/site.yml", ("env/{{ env }}.yml", "conf/other.yml"))
    task = (*shared, "conf/m.yml", "conf/t.yml")
    assert listed == {
        APP: task,
        "create-cluster/m/t/one": task,
        PLAY: task,
        "create-cluster/m/other/one": (*shared, "conf/m.yml"),
        "create-cluster/n/t/one": shared,
        "create-cluster/hooks/after/end": shared,
    }
    play = next(str(f.content) for n, f in lowered.items() if n.endswith("m.t.play.yml"))
    order = ["conf/site", "env/{{ env }}", "conf/other", "conf/m", "conf/t", "conf/p"]
    places = [play.index(f"{name}.yml") for name in order]
    assert places == sorted(places)
    assert {"env/prod.yml", *(f"conf/{n}.yml" for n in ("site", "m", "t", "p"))} <= lowered.keys()


@pytest.mark.parametrize(
    ("changed", "again"),
    [
        ("conf/site.yml", {"m/t/app", "m/t/one", "m/t/play", "m/other/one", "n/t/one", "after"}),
        ("conf/m.yml", {"m/t/app", "m/t/one", "m/t/play", "m/other/one"}),
        ("conf/t.yml", {"m/t/app", "m/t/one", "m/t/play"}),
        ("conf/p.yml", {"m/t/play"}),
    ],
)
def test_a_changed_file_is_another_input_of_the_steps_that_read_it(
    document: Path, changed: str, again: set[str]
) -> None:
    before = planned(document).plan
    (document.parent / changed).write_text("x: 2")
    # The role's required variable is not what this is about.
    (document.parent / "roles/app/meta/argument_specs.yml").unlink()
    (document.parent / "roles/app/meta").rmdir()
    without = planned(document).plan
    (document.parent / changed).write_text("x: 3")
    after = planned(document).plan
    differ = {n for n, d in after.node_digests.items() if d != without.node_digests[n]}
    assert {n for n in after.graph.nodes if any(one in n for one in again)} == differ
    names = {name for name, d in after.digests.items() if d != without.digests[name]}
    assert names == {f"file:{changed}"}
    assert f"file:{changed}" in before.digests


def test_a_required_variable_of_a_role_may_stand_in_a_file(document: Path) -> None:
    planned(document)
    (document.parent / "conf/m.yml").write_text("other: 1")
    with pytest.raises(InputError, match="needs the variable `m`"):
        planned(document)
