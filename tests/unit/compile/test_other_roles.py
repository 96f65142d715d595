"""Pass ``roles``: names and handlers that a step's role would share with others in one play."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

from unit.ansible.content.roles.trees import write_tree
from worldtree.compile.compiler import plan_document
from worldtree.core.errors import Diagnostic
from worldtree.spec.load import load_file

ROLES = {
    "base/defaults/main.yml": "base_port: 80\nbase_user: www\nbase_vault: {}\n",
    "base/vars/main.yml": "base_fixed: 1\n",
    "base/tasks/main.yml": "- {debug: {msg: '{{ base_port }}'}, notify: Tell}\n",
    "base/handlers/main.yml": "- {name: Own, debug: {}}\n",
    "app/tasks/main.yml": "- {debug: {msg: 'port {{ base_port }}'}}\n",
    "app/handlers/main.yml": "- {name: Say, listen: Tell, debug: {}}\n",
}
APP = {"role": "app"}
BASE = {"role": "base"}


@pytest.fixture
def warn(tmp_path: Path) -> Callable[..., list[Diagnostic]]:
    """Compile a document of these steps; return the warnings about other roles."""

    def run(
        *steps: dict[str, Any], files: dict[str, str] | None = None, **more: Any
    ) -> list[Diagnostic]:
        write_tree(tmp_path, {f"roles/{name}": text for name, text in ROLES.items()})
        write_tree(tmp_path, files or {})
        named = [{"name": f"s{index}", **step} for index, step in enumerate(steps)]
        spec = {
            "rolesPath": ["./roles"],
            "hosts": [{"name": "h[1:2]", "connection": "local", "roles": ["web"]}],
            "modules": [{"name": "m", "tasks": [{"name": "t", "hosts": "all", "steps": named}]}],
            **more,
        }
        document = {"apiVersion": "worldtree.io/v1alpha1", "kind": "Cluster"}
        file = tmp_path / "cluster.yaml"
        file.write_text(yaml.safe_dump({**document, "metadata": {"name": "c"}, "spec": spec}))
        (loaded,) = load_file(file)
        found = plan_document(loaded).diagnostics
        return [one for one in found if one.slug.endswith("-of-another-role")]

    return run


Warn = Callable[..., list[Diagnostic]]


def names(found: list[Diagnostic]) -> list[str]:
    assert not any(one.is_error for one in found)
    return [one.summary for one in found if one.slug == "name-of-another-role"]


WARNED = ["role `app` reads `base_port`, which only role `base` sets"]


@pytest.mark.parametrize("steps", [(BASE, APP), (APP, BASE)])
def test_a_role_that_reads_another_roles_default_is_named(warn: Warn, steps: Any) -> None:
    """In one play the order of the two would not matter."""
    found = [one for one in warn(*steps) if one.slug == "name-of-another-role"]
    assert names(found) == WARNED
    assert "Read in roles/app/tasks/main.yml:1:26." in found[0].detail
    assert "as roles/base/defaults/main.yml:1:1 does" in found[0].hint
    order = ", ".join(step["role"] for step in steps)
    assert f"`roles: [{order}]`" in found[0].hint
    assert found[0].path is not None
    assert found[0].path[-1] == "role"


@pytest.mark.parametrize(
    "more",
    [
        {"vars": {"base_port": 1}},
        {"groups": {"web": {"vars": {"base_port": 1}}}},
        {"files": {"group_vars/all.yml": "base_port: 1\n"}},
        {"files": {"host_vars/h1/secret.yml": "$ANSIBLE_VAULT;1.1;AES256\n61\n"}},
        {"files": {"roles/base/tasks/main.yml": "- set_fact: {base_port: 1}\n"}},
        {"files": {"roles/base/tasks/main.yml": "- {command: x, register: base_port}\n"}},
        {"files": {"roles/app/defaults/main.yml": "base_port: 1\n"}},
        {"files": {"roles/app/vars/Debian.yml": "base_port: 1\n"}},
        {"files": {"roles/app/meta/main.yml": "dependencies: [base]\n"}},
        {"files": {"roles/app/tasks/more.yml": "- {include_role: {name: 'x_{{ y }}'}}\n"}},
        {"files": {"roles/app/vars/secret.yml": "$ANSIBLE_VAULT;1.1;AES256\n61\n"}},
        {"files": {"roles/app/tasks/main.yml": "- {debug: {msg: base_port}}\n"}},
    ],
)
def test_a_name_that_something_else_may_set_is_not(warn: Warn, more: dict[str, Any]) -> None:
    assert names(warn(BASE, APP, **more)) == []


def test_nor_is_one_of_a_role_in_the_same_play(warn: Warn) -> None:
    """Whichever the order of the roles, and for tasks beside them."""
    tasks = [{"debug": {"msg": "{{ base_port }}"}, "changed_when": True, "notify": "Tell"}]
    assert warn({"roles": ["base", "app"]}) == []
    assert warn({"roles": ["app", {"role": "base"}], "tasks": tasks}) == []


def test_a_play_is_called_by_its_step(warn: Warn) -> None:
    """It reads what its tasks name, in the document or in a file."""
    files = {"tasks/site.yml": "- {debug: {msg: '{{ base_user }}'}, notify: Nobody}\n"}
    written = {"tasks": [{"debug": {"msg": "{{ base_port }}"}}]}
    found = warn(BASE, written, {"roles": [], "tasks": "tasks/site.yml"}, files=files)
    assert names(found) == [
        "the step `m/t/s1` reads `base_port`, which only role `base` sets",
        "the step `m/t/s2` reads `base_user`, which only role `base` sets",
    ]
    assert "Read in cluster.yaml:" in found[0].detail
    assert "Read in tasks/site.yml:1:" in found[1].detail
    assert [one.summary for one in found[2:]] == [
        "role `base` notifies `Tell`, which no role of the document has",
        "the step `m/t/s2` notifies `Nobody`, which no role of the document has",
    ]


def test_nor_is_one_that_the_step_sets_or_a_role_of_other_hosts(warn: Warn) -> None:
    assert names(warn(BASE, {**APP, "vars": {"base_port": 1}})) == []
    assert names(warn({**BASE, "hosts": "h1"}, {**APP, "hosts": "h2"})) == []
    assert names(warn(APP)) == []


@pytest.mark.parametrize(
    ("file", "text"),
    [
        ("templates/x.j2", "{% for user in users %}{{ base_user }}{% endfor %}"),
        ("defaults/main.yml", "app_user: '{{ base_user }}'\n"),
        ("tasks/main.yml", "- {debug: {}, when: base_user == 'www'}\n"),
        ("handlers/main.yml", "- {name: Say, listen: Tell, debug: {msg: '{{ base_user }}'}}\n"),
    ],
)
def test_every_kind_of_file_of_a_role_is_read(warn: Warn, file: str, text: str) -> None:
    files = {"roles/app/tasks/main.yml": "- debug:\n", f"roles/app/{file}": text}
    (found,) = names(warn(BASE, APP, files=files))
    assert found == "role `app` reads `base_user`, which only role `base` sets"


def test_a_fallback_that_hides_the_missing_value_is_named_too(warn: Warn) -> None:
    """In one play it would not be used."""
    text = "- {debug: {msg: '{{ base_port | default(9) }}'}}\n"
    files = {"roles/app/tasks/main.yml": text}
    (found,) = (one for one in warn(BASE, APP, files=files) if one.slug.startswith("name"))
    assert "the fallback of the reader takes the place of that value" in found.detail


def test_names_of_one_role_are_one_warning(warn: Warn) -> None:
    text = "- {debug: {msg: '{{ base_port }} {{ base_user }} {{ base_fixed }}'}}\n"
    (found,) = names(warn(BASE, APP, APP, files={"roles/app/tasks/main.yml": text}))
    assert found == (
        "role `app` reads `base_fixed`, `base_port`, `base_user`, which only role `base` sets"
    )


@pytest.mark.parametrize(
    ("step", "place"),
    [
        ({"command": {"argv": ["{{ base_user }}"]}}, ("command", "argv", 0)),
        ({"command": "x", "vars": {"y": {"z": "{{ base_user }}"}}}, ("vars", "y", "z")),
        ({"command": "x", "when": "base_user == 'www'"}, ("when",)),
        ({"command": "x", "environment": {"U": "{{ base_user }}"}}, ("environment", "U")),
        ({"render": {"src": "x.j2", "dest": "/x"}}, ()),
    ],
)
def test_a_step_that_reads_a_roles_default_is_named_at_its_place(
    warn: Warn, step: dict[str, Any], place: tuple[str, ...]
) -> None:
    files = {"templates/x.j2": "{{ base_user }}"}
    (found,) = warn(BASE, step, files={**files, "roles/base/tasks/main.yml": "- debug:\n"})
    assert found.summary == "the step reads `base_user`, which only role `base` sets"
    assert found.path == ("spec", "modules", 0, "tasks", 0, "steps", 1, *place)


def test_hosts_that_lack_the_value_are_listed(warn: Warn) -> None:
    hosts = [
        {"name": "h1", "connection": "local", "vars": {"base_port": 1}},
        {"name": "h2", "connection": "local"},
    ]
    (found,) = (one for one in warn(BASE, APP, hosts=hosts) if one.slug.startswith("name"))
    assert "Hosts without a value: h2." in found.detail


# ---- handlers ------------------------------------------------------------------------------------


def handlers(found: list[Diagnostic]) -> list[str]:
    assert not any(one.is_error for one in found)
    return [one.summary for one in found if one.slug == "handler-of-another-role"]


def notify(text: str) -> dict[str, str]:
    return {"roles/base/tasks/main.yml": f"- {{debug: {{}}, notify: {text}}}\n"}


def test_a_handler_that_a_later_role_has_is_named(warn: Warn) -> None:
    found = [one for one in warn(BASE, APP, APP) if one.slug == "handler-of-another-role"]
    assert handlers(found) == ["role `base` notifies `Tell`, which only role `app` has"]
    assert "Notified in roles/base/tasks/main.yml:1:45." in found[0].detail
    assert "`roles: [base, app]`" in found[0].hint


def test_a_handler_that_no_role_has_is_named(warn: Warn) -> None:
    """A playbook may have it beside its roles."""
    (found,) = warn(BASE, files=notify("[Own, 'Restart it all']"))
    assert (
        found.summary == "role `base` notifies `Restart it all`, which no role of the document has"
    )


@pytest.mark.parametrize(
    "files",
    [
        notify("Own"),
        notify("'base : Own'"),
        notify("'{{ name }}'"),
        {"roles/base/meta/main.yml": "dependencies: [app]\n"},
        {"roles/base/handlers/main.yml": "- {name: 'Tell {{ x }}', debug: {}}\n"},
        {"roles/base/handlers/main.yml": "- {import_tasks: '{{ x }}.yml'}\n"},
        {"roles/base/handlers/main.yml": "- {import_tasks: ../shared.yml}\n"},
        {
            "roles/base/handlers/main.yml": "- {import_tasks: more.yml}\n",
            "roles/base/handlers/more.yml": "- {name: Tell, debug: {}}\n",
        },
        {
            "roles/base/tasks/main.yml": "- {include_role: {name: '{{ x }}'}, notify: Tell}\n",
        },
        {
            "roles/base/tasks/main.yml": "- debug:\n",
            "roles/base/tasks/other.yml": "- {debug: {}, notify: Tell}\n",
        },
    ],
)
def test_a_handler_that_may_be_found_is_not(warn: Warn, files: dict[str, str]) -> None:
    assert handlers(warn(BASE, APP, files=files)) == []


def test_a_handler_counts_where_the_entry_point_notifies_it(warn: Warn) -> None:
    files = {
        "roles/base/tasks/main.yml": "- debug:\n",
        "roles/base/tasks/other.yml": "- {debug: {}, notify: Tell}\n",
    }
    assert len(handlers(warn({**BASE, "entry": "other"}, APP, files=files))) == 1


def test_a_fallback_is_meant_where_both_steps_are_plays(warn: Warn) -> None:
    """As in a playbook, where no play sees the defaults of a role of another one."""
    files = {"roles/app/tasks/main.yml": "- {debug: {msg: '{{ base_port | default(9) }}'}}\n"}
    assert names(warn({"roles": ["base"]}, {"roles": ["app"]}, files=files)) == []
    files = {"roles/app/tasks/main.yml": "- {debug: {msg: '{{ base_port }}'}}\n"}
    assert len(names(warn({"roles": ["base"]}, {"roles": ["app"]}, files=files))) == 1
