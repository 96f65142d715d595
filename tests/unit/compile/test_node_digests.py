"""Digests of nodes on hosts: they change with what can change the work, and with nothing else."""

from __future__ import annotations

import copy
import shutil
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from examples import examples
from unit.ansible.content.roles.trees import write_tree
from worldtree.compile.compiler import plan_document
from worldtree.core import resources
from worldtree.spec.load import load_file

SITE = "create-cluster/app/site/deploy"
PAGE = "create-cluster/app/site/page"
COUNT = "create-cluster/app/site/count"
RUN = "create-cluster/other/chore/run"

DOCUMENT: dict[str, Any] = {
    "apiVersion": "worldtree.io/v1alpha1",
    "kind": "Cluster",
    "metadata": {"name": "shop", "labels": {"env": "test"}},
    "spec": {
        "rolesPath": ["./roles"],
        "vars": {"motto": "{{ motto_words }}", "motto_words": "hello", "unrelated": 1},
        "hosts": [
            {"name": "w1", "address": "10.0.0.1", "roles": ["web"], "labels": {"rack": "a"}},
            {"name": "w2", "address": "10.0.0.2", "roles": ["web"]},
            {"name": "d1", "address": "10.0.0.3", "roles": ["db"], "vars": {"site_port": 1}},
        ],
        "facts": {"gather": "never"},
        "modules": [
            {
                "name": "app",
                "tasks": [
                    {
                        "name": "site",
                        "hosts": "web",
                        "steps": [
                            {"name": "deploy", "role": "site", "vars": {"site_port": 80}},
                            {
                                "name": "page",
                                "render": {"src": "page.j2", "dest": "/p", "mode": "0644"},
                            },
                            {"name": "count", "command": "echo {{ groups['db'] | length }}"},
                        ],
                    }
                ],
            },
            {
                "name": "other",
                "tasks": [
                    {
                        "name": "chore",
                        "hosts": "db",
                        "steps": [{"name": "run", "command": "uptime"}],
                    }
                ],
            },
        ],
    },
}
FILES = {
    "roles/site/tasks/main.yml": "- ansible.builtin.template: {src: a.j2, dest: /a, mode: u=r}\n",
    "roles/site/templates/a.j2": "{{ motto }} {{ site_port }}\n",
    "roles/site/files/logo": "v1",
    "roles/site/library/probe.py": "#!/usr/bin/python\n",
    "roles/site/meta/main.yml": "dependencies: [base]\n",
    "roles/base/tasks/main.yml": "- ansible.builtin.copy: {src: x, dest: /x, mode: '0644'}\n",
    "roles/base/files/x": "x1",
    "roles/unused/tasks/main.yml": "- ansible.builtin.debug:\n",
    "templates/page.j2": "{{ motto }}\n",
}


def digests(root: Path, document: Mapping[str, Any], *, text: str | None = None) -> dict[str, Any]:
    """Return node -> host -> digest for ``document``, written below ``root``."""
    file = root / "cluster.yaml"
    file.write_text(text or yaml.safe_dump(dict(document), sort_keys=False), encoding="utf-8")
    plan = plan_document(load_file(file)[0]).plan
    assert set(plan.node_digests) == set(plan.pair_digests)
    return plan.pair_digests


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return write_tree(tmp_path, FILES)


def changed(before: Mapping[str, Any], after: Mapping[str, Any]) -> set[tuple[str, str]]:
    """Return the (task/step, host) pairs of ``before`` whose digest is another one."""
    return {
        ("/".join(node.split("/")[2:]), host)
        for node, hosts in before.items()
        for host, digest in hosts.items()
        if after[node][host] != digest
    }


def both(node: str) -> set[tuple[str, str]]:
    return {("/".join(node.split("/")[2:]), host) for host in ("w1", "w2")}


@pytest.mark.parametrize(
    "file",
    [
        "roles/site/tasks/main.yml",
        "roles/site/files/logo",
        "roles/site/templates/a.j2",
        "roles/site/library/probe.py",
        "roles/site/meta/extra.yml",
        "roles/base/files/x",
    ],
)
def test_every_file_of_a_role_and_of_those_it_brings_counts(root: Path, file: str) -> None:
    before = digests(root, DOCUMENT)
    with (root / file).open("a") as stream:
        stream.write("# more\n")
    assert changed(before, digests(root, DOCUMENT)) == both(SITE)


def test_a_template_counts_for_the_step_that_renders_it(root: Path) -> None:
    before = digests(root, DOCUMENT)
    (root / "templates/page.j2").write_text("new {{ motto }}\n")
    # A team's role may look there, too.
    assert changed(before, digests(root, DOCUMENT)) == both(PAGE) | both(SITE)


def test_a_role_that_nothing_calls_counts_for_nobody(root: Path) -> None:
    before = digests(root, DOCUMENT)
    (root / "roles/unused/tasks/main.yml").write_text("- ansible.builtin.ping:\n")
    assert changed(before, digests(root, DOCUMENT)) == set()


def test_a_components_role_is_the_built_in_one(root: Path) -> None:
    """A team's role of the same name is another role."""
    document = edited(components={"nginx": {}}, modules=[])
    document["spec"]["hosts"].append({"name": "n1", "address": "10.0.0.8", "roles": ["nginx"]})
    before = digests(root, document)
    assert any("/nginx/" in node for node in before)
    shutil.copytree(resources.roles_dir() / "nginx", root / "roles/nginx")
    write_tree(root / "roles/nginx", {"tasks/more.yml": "- ansible.builtin.ping:\n"})
    assert changed(before, digests(root, document)) == set()


def edited(**spec: Any) -> dict[str, Any]:
    found = copy.deepcopy(DOCUMENT)
    found["spec"].update(spec)
    return found


@pytest.mark.parametrize(
    ("variables", "nodes"),
    [
        ({"motto_words": "good bye"}, {SITE, PAGE}),
        ({"unrelated": 2}, set()),
        ({"ansible_python_interpreter": "/opt/python"}, {SITE, PAGE, RUN}),
        ({"brand_new": True}, set()),
    ],
    ids=["through another", "not named", "of ansible", "new and not named"],
)
def test_variables_count_where_they_are_named(
    root: Path, variables: dict[str, Any], nodes: set[str]
) -> None:
    """Also through other variables; those that no text names do not."""
    before = digests(root, DOCUMENT)
    after = digests(root, edited(vars={**DOCUMENT["spec"]["vars"], **variables}))
    named = {(n, h) for n, h in changed(before, after) if n != "site/count"}
    assert named == {
        ("/".join(node.split("/")[2:]), host)
        for node in nodes
        for host in (("d1",) if node == RUN else ("w1", "w2"))
    }


def test_a_variable_of_one_host_counts_there_only(root: Path) -> None:
    before = digests(root, DOCUMENT)
    hosts = copy.deepcopy(DOCUMENT["spec"]["hosts"])
    hosts[0]["vars"] = {"motto": "mine"}
    after = digests(root, edited(hosts=hosts))
    # The one that reads `groups` may look at any host.
    assert changed(before, after) == {("site/deploy", "w1"), ("site/page", "w1"), *both(COUNT)}


def test_another_address_is_another_machine(root: Path) -> None:
    before = digests(root, DOCUMENT)
    hosts = copy.deepcopy(DOCUMENT["spec"]["hosts"])
    hosts[2]["address"] = "10.0.0.33"
    assert changed(before, digests(root, edited(hosts=hosts))) == {
        ("chore/run", "d1"),
        *both(COUNT),
    }


def test_more_hosts_leave_the_others_alone_unless_they_are_looked_at(root: Path) -> None:
    before = digests(root, DOCUMENT)
    more = {"name": "w3", "address": "10.0.0.9", "roles": ["web"]}
    after = digests(root, edited(hosts=[*DOCUMENT["spec"]["hosts"], more]))
    assert changed(before, after) == both(COUNT)
    assert set(after[SITE]) == {"w1", "w2", "w3"}


def test_tagged_text_is_not_the_same_as_a_template(root: Path) -> None:
    text = yaml.safe_dump(edited(vars={"motto": "WORDS"}), sort_keys=False)
    plain = digests(root, {}, text=text.replace("WORDS", "'{{ x }}'"))
    unsafe = digests(root, {}, text=text.replace("WORDS", "!unsafe '{{ x }}'"))
    assert changed(plain, unsafe) >= both(SITE)


def test_variables_beside_the_document_count_for_their_hosts(root: Path) -> None:
    before = digests(root, DOCUMENT)
    write_tree(root, {"host_vars/w2.yml": "a: 1\n", "group_vars/db.yml": "b: 1\n"})
    found = changed(before, digests(root, DOCUMENT))
    assert {host for _, host in found - both(COUNT)} == {"w2", "d1"}


POSITIONS = st.tuples(
    st.permutations(range(3)), st.permutations(range(2)), st.permutations(range(4)), st.booleans()
)


@settings(max_examples=examples(15), deadline=None)
@given(POSITIONS)
def test_a_node_does_not_depend_on_how_the_rest_is_written(places: Any) -> None:
    """Order of hosts, modules and keys, comments, labels, policies: nothing of it is the work."""
    hosts, modules, keys, noise = places
    with tempfile.TemporaryDirectory() as directory:
        root = write_tree(Path(directory), FILES)
        before = digests(root, DOCUMENT)
        spec = copy.deepcopy(DOCUMENT["spec"])
        spec["hosts"] = [spec["hosts"][n] for n in hosts]
        spec["modules"] = [spec["modules"][n] for n in modules]
        names = list(spec)
        spec = {names[n]: spec[names[n]] for n in keys} | spec
        if noise:
            spec["modules"][0]["policy"] = {"onFailure": "ignore", "timeout": "5m"}
            spec["hosts"][0]["labels"] = {"rack": "z"}
            spec["ssh"] = {"timeout": "3s"}
        text = "# a word before\n" + yaml.safe_dump({**DOCUMENT, "spec": spec}, sort_keys=False)
        after = digests(root, {}, text=text.replace("modules:", "modules:  # all of them"))
    assert {n for n, _ in changed(before, after)} <= {"site/count"}
