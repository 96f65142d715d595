"""Digests of nodes whose texts lead to other hosts: through variables, and files beside them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import yaml

from unit.ansible.content.roles.trees import write_tree
from unit.growth import growth
from worldtree.compile.compiler import plan_document
from worldtree.spec.load import load_file

NODE = "create-cluster/app/site/step"
UPSTREAMS = "{{ groups['web'] | map('extract', hostvars, 'port') | list }}"
REPORT = '{% for h in groups["web"] %}{{ hostvars[h].port }}\n{% endfor %}'
COPY = {"copy": {"content": "{{ ups }}", "dest": "/x", "mode": "0644"}}
TEMPLATE_TASK = "- ansible.builtin.template: {src: rep.j2, dest: /x, mode: '0644'}\n"
UPSTREAM_TASK = "- ansible.builtin.copy: {content: '{{ ups }}', dest: /x, mode: '0644'}\n"
PORT_TASK = "- ansible.builtin.copy: {content: '{{ hostvars.w1.port }}', dest: /x, mode: '0644'}\n"
ROLE = {"role": "lb"}
LOOKUP_PLUGIN = """\
from ansible.plugins.lookup import LookupBase
class LookupModule(LookupBase):
    def run(self, terms, variables=None, **kwargs):
        return [variables["hostvars"]["w1"]["port"]]
"""


def document(
    step: Mapping[str, Any], *, port: int = 1, web: int = 1, own: int = 1, **spec: Any
) -> dict[str, Any]:
    """Return a document with ``web`` hosts of the group `web`, and the step on the host m1."""
    hosts: list[dict[str, Any]] = [
        {"name": f"w{n}", "address": f"10.0.1.{n}", "roles": ["web"], "vars": {"port": port}}
        for n in range(1, web + 1)
    ]
    own_vars = {"own": own, **spec.pop("host_vars", {})}
    hosts.append({"name": "m1", "address": "10.0.0.1", "roles": ["mon"], "vars": own_vars})
    task = {"name": "site", "hosts": "mon", "steps": [{"name": "step", **step}]}
    return {
        "apiVersion": "worldtree.io/v1alpha1",
        "kind": "Cluster",
        "metadata": {"name": "shop"},
        "spec": {
            "rolesPath": ["./roles"],
            "hosts": hosts,
            "facts": {"gather": "never"},
            "modules": [{"name": "app", "tasks": [task]}],
            **spec,
        },
    }


def digest_of(
    root: Path, content: Mapping[str, Any], *, host: str = "m1", extra: Mapping[str, Any] = {}
) -> str:
    """Return the digest of the step on ``host``."""
    (root / "roles").mkdir(exist_ok=True)
    file = root / "cluster.yaml"
    file.write_text(yaml.safe_dump(dict(content), sort_keys=False), encoding="utf-8")
    found = replace(load_file(file)[0], extra_vars=dict(extra))
    return plan_document(found).plan.pair_digests[NODE][host]


#: What it is -> (step, rest of the spec, files beside the document).
FORMS: dict[str, tuple[Mapping[str, Any], dict[str, Any], dict[str, str]]] = {
    "a variable of the cluster": (COPY, {"vars": {"ups": UPSTREAMS}}, {}),
    "a variable of a group": (COPY, {"groups": {"mon": {"vars": {"ups": UPSTREAMS}}}}, {}),
    "a variable of the host": (COPY, {"host_vars": {"ups": UPSTREAMS}}, {}),
    "a variable that another one names": (
        COPY,
        {"vars": {"ups": "{{ inner.list }}", "inner": {"list": [UPSTREAMS]}}},
        {},
    ),
    "a variable whose name another one computes": (
        COPY,
        {"vars": {"ups": "{{ lookup('vars', 'ups_' ~ 'web') }}", "ups_web": UPSTREAMS}},
        {},
    ),
    "a variable that is a condition": (
        {"command": "uptime", "when": "is_up"},
        {"vars": {"is_up": "hostvars['w1'].port == 1"}},
        {},
    ),
    "a variable that Ansible reads": (
        {"command": "uptime"},
        {"vars": {"ansible_python_interpreter": "/opt/{{ hostvars.w1.port }}"}},
        {},
    ),
    "a file of a group": (COPY, {}, {"group_vars/mon.yml": f'ups: "{UPSTREAMS}"\n'}),
    "a file in the directory of a group": (
        COPY,
        {"vars": {"ups": "{{ inner }}"}},
        {"group_vars/all/web.yml": f'inner: "{UPSTREAMS}"\n'},
    ),
    "a file of the host": (COPY, {}, {"host_vars/m1.yml": f'ups: "{UPSTREAMS}"\n'}),
    "a variable that a role's template names": (
        ROLE,
        {"vars": {"ups": UPSTREAMS}},
        {"roles/lb/tasks/main.yml": TEMPLATE_TASK, "roles/lb/templates/rep.j2": "{{ ups }}"},
    ),
    "a variable of a group that a role's template names": (
        ROLE,
        {},
        {
            "roles/lb/tasks/main.yml": TEMPLATE_TASK,
            "roles/lb/templates/rep.j2": "{{ ups }}",
            "group_vars/mon.yml": f'ups: "{UPSTREAMS}"\n',
        },
    ),
    "a template beside the document, of a role": (
        ROLE,
        {},
        {"roles/lb/tasks/main.yml": TEMPLATE_TASK, "templates/rep.j2": REPORT},
    ),
    "a template beside the document, of a play": (
        {"tasks": yaml.safe_load(TEMPLATE_TASK)},
        {},
        {"templates/rep.j2": REPORT},
    ),
    "a variable that a template beside the document names": (
        {"tasks": yaml.safe_load(TEMPLATE_TASK)},
        {"vars": {"ups": UPSTREAMS}},
        {"templates/rep.j2": "{{ ups }}"},
    ),
    "a template in `files/`": (
        {"tasks": yaml.safe_load(TEMPLATE_TASK.replace("rep.j2", "files/rep"))},
        {},
        {"files/rep": REPORT},
    ),
    "a template that a step looks up": (
        {"copy": {"content": "{{ lookup('template', 'rep.j2') }}", "dest": "/x"}},
        {},
        {"templates/rep.j2": REPORT},
    ),
    "a template that a variable looks up": (
        COPY,
        {"vars": {"ups": "{{ lookup('template', 'rep.j2') }}"}},
        {"templates/rep.j2": REPORT},
    ),
    "a file of tasks beside the document": (
        {"tasks": [{"include_tasks": "inc.yml"}]},
        {},
        {"inc.yml": PORT_TASK},
    ),
    "a file of tasks that a role includes": (
        ROLE,
        {},
        {
            "roles/lb/tasks/main.yml": "- include_tasks: '{{ playbook_dir }}/more/inc.yml'\n",
            "more/inc.yml": PORT_TASK,
        },
    ),
    "a file of variables": (
        {"varsFiles": ["vars/site.yml"], "tasks": yaml.safe_load(UPSTREAM_TASK)},
        {},
        {"vars/site.yml": f'ups: "{UPSTREAMS}"\n'},
    ),
    "a file of a play in a directory of tests": (
        {"tasks": "tests/smoke.yml"},
        {},
        {"tests/smoke.yml": PORT_TASK},
    ),
    "a role whose name is a template": (
        {"tasks": [{"include_role": {"name": "{{ which }}"}}], "vars": {"which": "lb"}},
        {},
        {"roles/lb/tasks/main.yml": PORT_TASK},
    ),
    "a lookup beside the document": (
        {"copy": {"content": "{{ lookup('port_of') }}", "dest": "/x"}},
        {},
        {"lookup_plugins/port_of.py": LOOKUP_PLUGIN},
    ),
    "a lookup that a variable names": (
        COPY,
        {"vars": {"ups": "{{ lookup('port_of') }}"}},
        {
            "ansible.cfg": "[defaults]\nlookup_plugins = ./plugins/lookup\n",
            "plugins/lookup/port_of.py": LOOKUP_PLUGIN,
        },
    ),
    "a lookup at a place of `ansible.cfg`": (
        {"copy": {"content": "{{ lookup('port_of') }}", "dest": "/x"}},
        {},
        {
            "ansible.cfg": "[defaults]\nlookup_plugins = ./plugins/lookup\n",
            "plugins/lookup/port_of.py": LOOKUP_PLUGIN,
        },
    ),
}


@pytest.mark.parametrize("form", FORMS)
def test_other_hosts_count_wherever_they_are_named(tmp_path: Path, form: str) -> None:
    """A variable of another host, and another host, are inputs of the step."""
    step, spec, files = FORMS[form]
    root = write_tree(tmp_path, files)
    before = digest_of(root, document(step, **dict(spec)))
    assert digest_of(root, document(step, **dict(spec))) == before
    assert digest_of(root, document(step, port=2, **dict(spec))) != before
    assert digest_of(root, document(step, web=2, **dict(spec))) != before


def test_other_hosts_count_where_an_extra_variable_names_them(tmp_path: Path) -> None:
    extra = {"ups": UPSTREAMS}
    before = digest_of(tmp_path, document(COPY), extra=extra)
    assert digest_of(tmp_path, document(COPY, port=2), extra=extra) != before


def test_other_hosts_count_where_files_of_an_inventory_name_them(tmp_path: Path) -> None:
    hosts = "[web]\nw1\nw2\n[mon]\nm1\n"
    root = write_tree(
        tmp_path,
        {
            "hosts": hosts,
            "group_vars/mon.yml": f'ups: "{UPSTREAMS}"\n',
            "roles/lb/tasks/main.yml": TEMPLATE_TASK,
            "roles/lb/templates/rep.j2": "{{ ups }}",
        },
    )
    content = document(ROLE, inventory="./hosts")
    del content["spec"]["hosts"]
    before = digest_of(root, content)
    (root / "hosts").write_text(hosts.replace("w2", "w2\nw3"))
    assert digest_of(root, content) != before


def test_play_hosts_count_where_a_variable_names_them(tmp_path: Path) -> None:
    variables = {"ups": "{{ ansible_play_hosts }}"}
    content = document(COPY, vars=variables)
    before = digest_of(tmp_path, content)
    content["spec"]["hosts"].append({"name": "m2", "address": "10.0.0.2", "roles": ["mon"]})
    assert digest_of(tmp_path, content) != before


def test_groups_of_the_host_count_where_a_variable_names_them(tmp_path: Path) -> None:
    content = document(COPY, vars={"ups": "{{ group_names }}"})
    content["spec"]["hosts"][-1]["roles"] = ["mon", "old"]
    before = digest_of(tmp_path, content)
    content["spec"]["hosts"][-1]["roles"] = ["mon", "new"]
    assert digest_of(tmp_path, content) != before


@pytest.mark.parametrize("step", [ROLE, {"tasks": yaml.safe_load(TEMPLATE_TASK)}])
def test_a_variable_counts_that_a_template_beside_the_document_names(
    tmp_path: Path, step: Mapping[str, Any]
) -> None:
    files = {"roles/lb/tasks/main.yml": TEMPLATE_TASK, "templates/rep.j2": "{{ own }}\n"}
    root = write_tree(tmp_path, files)
    before = digest_of(root, document(step))
    assert digest_of(root, document(step, own=2)) != before


def test_variables_count_where_this_machine_is_the_only_host(tmp_path: Path) -> None:
    step = {"copy": {"content": "{{ motto }}", "dest": "/x", "mode": "0644"}}

    def local(motto: str) -> dict[str, Any]:
        content = document(step, vars={"motto": motto})
        content["spec"]["hosts"] = []
        content["spec"]["modules"][0]["tasks"][0]["hosts"] = "localhost"
        return content

    before = digest_of(tmp_path, local("a"), host="localhost")
    assert digest_of(tmp_path, local("b"), host="localhost") != before


def test_the_files_of_a_play_count_besides_roles_whose_name_is_a_template(tmp_path: Path) -> None:
    root = write_tree(
        tmp_path,
        {
            "site.yml": "- include_role: {name: '{{ which }}'}\n",
            "roles/lb/tasks/main.yml": "- ansible.builtin.ping:\n",
        },
    )
    content = document({"tasks": "site.yml", "vars": {"which": "lb"}})
    before = digest_of(root, content)
    write_tree(root, {"roles/lb/tasks/main.yml": "- ansible.builtin.setup:\n"})
    other_role = digest_of(root, content)
    assert other_role != before
    (root / "site.yml").write_text("- include_role: {name: '{{ which }}', public: true}\n")
    assert digest_of(root, content) != other_role


#: What it is -> (step, rest of the spec, files beside the document).
UNRELATED: dict[str, tuple[Mapping[str, Any], dict[str, Any], dict[str, str]]] = {
    "a variable that the step does not name": (
        {"command": "uptime"},
        {"vars": {"ups": UPSTREAMS}},
        {"group_vars/all.yml": f'others: "{UPSTREAMS}"\n'},
    ),
    "prose": (COPY, {"vars": {"ups": "for all groups. Also hostvars"}}, {}),
    "a program among files": (
        ROLE,
        {},
        {"roles/lb/tasks/main.yml": UPSTREAM_TASK, "files/who.sh": "groups $USER\n"},
    ),
    "the groups of a match": (
        ROLE,
        {},
        {
            "roles/lb/tasks/main.yml": UPSTREAM_TASK,
            "filter_plugins/x.py": "def f(m):\n    return m.groups()\n",
        },
    ),
    "templates of other steps, and a password from the environment": (
        {"command": "uptime"},
        {"vars": {"ansible_become_password": "{{ lookup('env', 'PASSWORD') }}"}},
        {"templates/rep.j2": REPORT},
    ),
}


@pytest.mark.parametrize("form", UNRELATED)
def test_other_hosts_do_not_count_where_nothing_names_them(tmp_path: Path, form: str) -> None:
    step, spec, files = UNRELATED[form]
    root = write_tree(tmp_path, files)
    before = digest_of(root, document(step, **dict(spec)))
    assert digest_of(root, document(step, port=2, web=2, **dict(spec))) == before


def test_digests_through_variables_grow_with_the_hosts(tmp_path: Path) -> None:
    """Not with hosts times hosts, although each host reads all of them."""

    def plan(hosts: int) -> None:
        content = document(COPY, web=hosts, vars={"ups": UPSTREAMS + "{{ ansible_play_hosts }}"})
        content["spec"]["modules"][0]["tasks"][0]["hosts"] = "all"
        digest_of(tmp_path, content)

    assert growth(lambda: plan(20), lambda: plan(160)) < 9
