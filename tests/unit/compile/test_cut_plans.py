"""Plans of which tags select some tasks only."""

from __future__ import annotations

from pathlib import Path

import pytest

from unit.ansible.content.roles.trees import write_tree
from worldtree.compile.compiler import PlanResult, compile_plan, plan_document
from worldtree.compile.selection import Selection
from worldtree.plan.plan import Plan
from worldtree.results.run import RunRequest
from worldtree.runner.control.run_files import playbook_arguments
from worldtree.spec.load import load_file

APP, OTHER = "create-cluster/m/t/app", "create-cluster/m/t/other"
DOCUMENT = """
apiVersion: worldtree.io/v1alpha1
kind: Cluster
metadata: {name: shop}
spec:
  rolesPath: [./roles]
  hosts: [{name: web1}]
  facts: {gather: never}
  modules:
    - name: m
      tasks:
        - name: t
          steps:
            - {name: app, role: app}
            - {name: other, role: app, entry: other, tags: [step]}
"""


@pytest.fixture
def document(tmp_path: Path) -> Path:
    tasks = "[{command: a, tags: deploy}, {command: b, tags: slow}, {command: c}]"
    files = {"tasks/main.yml": tasks, "tasks/other.yml": "[{command: a}]"}
    write_tree(tmp_path / "roles" / "app", files)
    file = tmp_path / "cluster.yaml"
    file.write_text(DOCUMENT)
    return file


def planned(file: Path, tags: str = "", skipped: str = "") -> PlanResult:
    chosen = [tuple(filter(None, text.split(","))) for text in (tags, skipped)]
    (document,) = load_file(file)
    return plan_document(document, selection=Selection(tags=chosen[0], skip_tags=chosen[1]))


def digest(plan: Plan, node: str) -> str:
    return plan.pair_digests[node]["web1"]


def test_a_node_that_is_cut_has_another_digest_for_each_choice(document: Path) -> None:
    """So its success proves nothing of the whole node; the order of tags does not matter."""
    whole, cut = planned(document).plan, planned(document, "deploy,step").plan
    assert cut.cut == {APP: "part"}
    assert digest(cut, OTHER) == digest(whole, OTHER)
    more = planned(document, "deploy,step", "slow").plan
    again = planned(document, "step,deploy").plan
    found = [digest(plan, APP) for plan in (whole, cut, more, again)]
    assert len({*found}) == 3
    assert found[1] == found[3]


@pytest.mark.parametrize(("tags", "skipped"), [("step", ""), ("all", ""), ("", "never")])
def test_nodes_that_run_as_a_whole_need_no_tags(document: Path, tags: str, skipped: str) -> None:
    """Their runs, digests and plays are those without tags."""
    whole, chosen = planned(document).plan, planned(document, tags, skipped).plan
    assert (chosen.tags, chosen.skip_tags, chosen.cut) == ((), (), {})
    assert digest(chosen, OTHER) == digest(whole, OTHER)


def test_runs_and_the_readme_have_the_options(document: Path, tmp_path: Path) -> None:
    found = compile_plan(planned(document, "deploy", "slow"))
    assert (found.plan.tags, found.plan.skip_tags) == (("deploy",), ("slow",))
    readme = str(found.bundle.files["README.md"].content)
    assert "ansible-playbook site.yml --tags deploy --skip-tags slow  # the same work" in readme
    request = RunRequest(
        attempt="x",
        nodes=(APP,),
        hosts=("web1",),
        bundle=tmp_path,
        directory=tmp_path,
        tags=("deploy", "-x"),
        skip_tags=("slow",),
    )
    assert playbook_arguments(request) == ("--tags=deploy,-x", "--skip-tags=slow")
