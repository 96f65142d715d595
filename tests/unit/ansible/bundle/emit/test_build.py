"""What goes into a bundle, and from where."""

from __future__ import annotations

from pathlib import Path

import yaml

from unit.ansible.bundle.conftest import write
from unit.ansible.bundles import HERE, bundle, chain, node, plan
from unit.ansible.content.roles.trees import write_tree
from worldtree.ansible.bundle import Bundle, emit
from worldtree.ansible.bundle.emit.readme import _secrets
from worldtree.plan.plan import Plan, PlanHost
from worldtree.plan.play_work import PlayRoleCall, PlayWork


def _text(made: Bundle, path: str) -> str:
    return made.files[path].read().decode()


def test_a_bundle_holds_all_that_its_plays_read(shop_bundle: Bundle) -> None:
    paths = set(shop_bundle.files)
    assert {
        *("README.md", "plan.json", "ansible.cfg", "site.yml", "rollback.yml", "requirements.yml"),
        *("graph.svg", ".ansible-lint", ".gitattributes", "digests.json", "inventory/hosts.yml"),
        *("layers/00-app.yml", "plays/demo.app.main.motd.yml", "rollback/demo.app.main.motd.yml"),
        *("roles/shop/tasks/main.yml", "roles/shop/templates/a.j2"),
        *("files/motd.txt", "templates/shop.j2", "vars/more.yml", "files/tool.sh"),
        "collections/ansible_collections/worldtree/core/plugins/modules/snapshot.py",
    } <= paths
    assert not any("community" in path or "__pycache__" in path for path in paths)
    assert list(shop_bundle.files)[:-2] == sorted(paths - {"plan.json", "digests.json"})


def test_a_file_beside_the_document_is_put_where_ansible_looks(shop_bundle: Bundle) -> None:
    assert _text(shop_bundle, "files/beside.txt") == "beside\n"


def test_plays_find_the_carried_directories_through_links(shop_bundle: Bundle) -> None:
    assert shop_bundle.links == {
        f"{place}/{name}": f"../{name}"
        for place in ("plays", "rollback")
        for name in ("collections", "files", "roles", "templates", "vars")
    }


def test_files_keep_their_modes_and_those_of_an_installer_the_executable_bit(
    shop: Plan, document: Path, tmp_path: Path
) -> None:
    """The umask of an installation of the program is no input; the mode of a team's file is one."""
    shipped = write(tmp_path / "shipped", base__tasks__main_yml="[]\n", base__files__run_sh="x\n")
    (shipped / "base/files/run.sh").chmod(0o700)
    (shipped / "base/tasks/main.yml").chmod(0o600)
    team = {
        "roles/shop/templates/a.j2": 0o600,
        "files/motd.txt": 0o440,
        "files/tool.sh": 0o750,
        "beside.txt": 0o664,
        "templates/shop.j2": 0o640,
    }
    for path, mode in team.items():
        (document / path).chmod(mode)
    (document / "inventory.ini").write_text("here\n")
    (document / "inventory.ini").chmod(0o600)
    inventory = {"inventory/hosts": document / "inventory.ini"}
    nodes = [*shop.graph.nodes.values(), node("base", role="base", component="base")]
    made, bag = bundle(plan(nodes), document, builtin=shipped, inventory=inventory)
    assert bag.items == []
    emit(made, tmp_path / "bundle")
    wanted = {
        **{path: mode for path, mode in team.items() if path != "beside.txt"},
        "files/beside.txt": 0o664,
        "inventory/hosts": 0o600,
        "roles/base/files/run.sh": 0o755,
        "roles/base/tasks/main.yml": 0o644,
        "site.yml": 0o644,
    }
    places = {path: (tmp_path / "bundle" / path).stat().st_mode & 0o777 for path in wanted}
    assert places == wanted


def test_layers_import_plays_behind_their_barrier(shop_bundle: Bundle) -> None:
    guard, play = yaml.safe_load(_text(shop_bundle, "layers/01-app.yml"))
    assert guard["name"] == "Barrier before layer 01-app"
    assert play["ansible.builtin.import_playbook"] == "../plays/demo.app.main.beside.yml"
    site = yaml.safe_load(_text(shop_bundle, "site.yml"))
    assert site[0]["ansible.builtin.import_playbook"] == "layers/00-app.yml"


def test_rollback_goes_backwards_and_names_what_it_cannot(shop_bundle: Bundle) -> None:
    text = _text(shop_bundle, "rollback.yml")
    assert "# - demo/app/main/role" in text
    assert [item["name"] for item in yaml.safe_load(text)] == [
        f"Undo demo/app/main/{name}" for name in ("conf", "beside", "motd")
    ]


def test_the_readme_names_layers_secrets_and_what_is_carried(shop_bundle: Bundle) -> None:
    text = _text(shop_bundle, "README.md")
    assert "[demo/app/main/role](plays/demo.app.main.role.yml)" in text
    assert "- `env:PW`" in text
    assert "- `roles/shop/`: the team's, unchanged" in text
    assert "- `vars/`: the team's variable files" in text


def test_the_readme_names_the_secrets_of_plays_in_steps_and_of_groups() -> None:
    """What a play's own tasks and roles use, and the connection variables of groups."""
    work = PlayWork(
        roles=(PlayRoleCall(role="app", vars={"key": "${env:ROLE_KEY}"}),),
        tasks=({"ansible.builtin.debug": {"msg": "${env:TASK_KEY}"}},),
    )
    of = chain(node("play", role="app").model_copy(update={"play": work}))
    host = PlanHost(name="a", address="a", inherited={"ansible_x": "${env:GROUP}"})
    found = "\n".join(_secrets(of.model_copy(update={"hosts": (host,)})))
    assert [name for name in ("ROLE_KEY", "TASK_KEY", "GROUP") if name not in found] == []


def test_an_overlay_wins_file_by_file_in_built_in_roles(tmp_path: Path) -> None:
    write(
        tmp_path,
        builtin__etcd__tasks__main_yml="[]\n",
        builtin__etcd__templates__a_j2="ours\n",
        builtin__etcd__templates__b_j2="ours\n",
        builtin__etcd__molecule__x_yml="[]\n",
        one__etcd__a_j2="one\n",
        two__etcd__a_j2="two\n",
        two__etcd__deep__c_j2="two\n",
    )
    of = chain(node("etcd", role="etcd", component="etcd"))
    overlays = (tmp_path / "one", tmp_path / "two")
    made, _bag = bundle(of, tmp_path, builtin=tmp_path / "builtin", templates_paths=overlays)
    templates = {path: _text(made, path) for path in made.files if path.startswith("roles/")}
    assert templates == {
        "roles/etcd/tasks/main.yml": "[]\n",
        "roles/etcd/templates/a.j2": "one\n",
        "roles/etcd/templates/b.j2": "ours\n",
        "roles/etcd/templates/deep/c.j2": "two\n",
    }


def test_a_template_may_lie_in_an_overlay_directory(tmp_path: Path) -> None:
    write(tmp_path, overlay__site_j2="x\n")
    of = chain(node("r", "render", {"src": "site.j2", "dest": "/tmp/x"}))
    made, bag = bundle(of, tmp_path, templates_paths=(tmp_path / "overlay",))
    assert bag.items == []
    assert _text(made, "templates/site.j2") == "x\n"


def test_a_community_collection_comes_only_when_it_is_used(tmp_path: Path) -> None:
    of = chain(node("s", "sysctl", {"name": "vm.swappiness", "value": 1}))
    made, _bag = bundle(of, tmp_path)
    base = "collections/ansible_collections/ansible/posix"
    assert f"{base}/plugins/modules/sysctl.py" in made.files
    assert not any(path.startswith(f"{base}/tests/") for path in made.files)
    wanted = yaml.safe_load(_text(made, "requirements.yml"))
    assert wanted == {"collections": [{"name": "ansible.posix", "version": "2.1.0"}]}


def test_the_documents_own_files_may_use_plugins_of_collections(tmp_path: Path) -> None:
    """Task files, variables and templates beside the document, and variables in it."""
    acme = "ansible_collections/acme"
    for name in (
        "net/plugins/modules/open",
        "net/plugins/modules/shut",
        "text/plugins/filter/loud",
    ):
        write_tree(tmp_path / "collections", {f"{acme}/{name}.py": ""})
    write_tree(
        tmp_path,
        {
            "roles/shop/tasks/main.yml": "- include_tasks: '{{ playbook_dir }}/tasks/hook.yml'",
            "tasks/hook.yml": "- acme.net.open: {}",
            "group_vars/all.yml": 'a: "{{ b | acme.text.loud }}"',
        },
    )
    made, bag = bundle(chain(node("s", role="shop")), tmp_path)
    assert bag.items == []
    base = f"collections/{acme}"
    assert {path.removeprefix(base) for path in made.files if path.startswith(base)} == {
        "/net/plugins/modules/open.py",
        "/text/plugins/filter/loud.py",
    }


def test_a_bundle_has_what_a_collection_redirects_to_others(tmp_path: Path) -> None:
    """Modules of a role, lookups of a text, over two redirects; nothing for what is not used."""
    runtime = {
        "old": "{modules: {ping: {redirect: acme.mid.ping}, rare: {redirect: acme.rare.rare}}}",
        "mid": "{modules: {ping: {redirect: acme.new.pong}}, lookup: {find: {redirect: a.b.find}}}",
    }
    tree = {f"acme/{k}/meta/runtime.yml": f"plugin_routing: {v}" for k, v in runtime.items()}
    tree |= dict.fromkeys(("acme/new/plugins/modules/pong.py", "a/b/plugins/lookup/find.py"), "")
    tree |= {"acme/rare/plugins/modules/rare.py": ""}
    write_tree(tmp_path / "collections/ansible_collections", tree)
    write_tree(
        tmp_path,
        {
            "roles/shop/tasks/main.yml": "- acme.old.ping: {}",
            "group_vars/all.yml": "a: \"{{ lookup('acme.mid.find') }}\"",
        },
    )
    made, bag = bundle(chain(node("s", role="shop")), tmp_path)
    assert bag.items == []
    base = "collections/ansible_collections/"
    found = {path.removeprefix(base) for path in made.files if path.startswith(base)}
    assert {name for name in found if name.endswith(".py") and name.startswith("a")} == {
        "acme/new/plugins/modules/pong.py",
        "a/b/plugins/lookup/find.py",
    }
    wanted = yaml.safe_load(_text(made, "requirements.yml"))["collections"]
    assert [one["name"] for one in wanted] == ["a.b", "acme.mid", "acme.new", "acme.old"]


def test_the_readme_names_collections_that_the_bundle_lacks_apart(tmp_path: Path) -> None:
    """A role may use them in tasks for another platform."""
    tasks = "- ansible.posix.sysctl: {}\n- acme.tools.x: {}\n"
    write_tree(tmp_path, {"roles/shop/tasks/main.yml": tasks})
    made, bag = bundle(chain(node("s", role="shop")), tmp_path)
    assert bag.items == []
    there, lacking = _text(made, "README.md").split("## Not in the bundle")
    assert "- `collections/`: `ansible.posix`" in there
    assert "acme.tools" not in there
    assert "- `acme.tools`" in lacking


def test_what_is_missing_or_outside_is_reported(tmp_path: Path) -> None:
    of = chain(
        node("a", "copy", {"src": "nope", "dest": "/tmp/a"}),
        node("b", "copy", {"src": "../b", "dest": "/tmp/b"}),
        node("c", "copy", {"src": "/etc/hostname", "dest": "/tmp/c"}),
        node("d", "copy", {"src": "{{ which }}", "dest": "/tmp/d"}),
        node("e", "command", {"cmd": "true {{ x | acme.tools.y }}"}),
    )
    _made, bag = bundle(of, tmp_path)
    assert sorted(item.slug for item in bag.items) == [
        "collection-not-found",
        "step-file-not-found",
        "step-file-outside",
    ]


def test_the_template_file_of_a_step_has_valid_syntax(tmp_path: Path) -> None:
    """Also one that is carried with its whole directory; filters of roles are not known here."""
    texts = {
        "bad.j2": "one\n{{ x | }}\n",
        "good.j2": "{% do x.append(1) %}{{ x | acme.tools.y }}",
        "own.j2": "#jinja2: variable_start_string: '[%'\n{{ no }",
    }
    for place in (tmp_path, tmp_path / "templates"):
        write_tree(place, {f"{place.name[:4]}-{name}": text for name, text in texts.items()})
    names = [path.name for path in (*tmp_path.glob("*.j2"), *tmp_path.glob("templates/*"))]
    steps = [
        node(f"s{i}", "render", {"src": name, "dest": "/tmp/x"}) for i, name in enumerate(names)
    ]
    _made, bag = bundle(chain(*steps), tmp_path)
    assert [(item.slug, item.mark and item.mark.line) for item in bag.items] == [
        ("jinja-syntax", 2)
    ] * 2


def test_an_empty_plan_makes_playbooks_that_do_nothing() -> None:
    made, _bag = bundle(plan([], hosts=[HERE]))
    for name in ("site.yml", "rollback.yml"):
        (play,) = yaml.safe_load(_text(made, name))
        assert play["hosts"] == "localhost"


def test_the_place_of_the_document_is_not_in_a_bundle(shop_bundle: Bundle, document: Path) -> None:
    whole = b"".join(file.read() for file in shop_bundle.files.values())
    assert str(document).encode() not in whole
