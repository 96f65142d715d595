"""What a team's ``ansible.cfg`` changes in a bundle."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from unit.ansible.content.roles.trees import write_tree
from worldtree.ansible.bundle import emit
from worldtree.app.views.plans import team_config_view
from worldtree.cli.config_lines import config_lines
from worldtree.compile.compiler import CompileResult, compile_plan, plan_document
from worldtree.core.errors import InputError
from worldtree.runner.connect.ssh_command import effective_connection_vars
from worldtree.spec.load import load_file

DOCUMENT = """
    apiVersion: worldtree.io/v1alpha1
    kind: Cluster
    metadata: {name: c}
    spec:
      facts: {gather: never}
      vars: {shop: {a: 1}}
      hosts:
        - {name: h1, connection: local, roles: [web], vars: {shop: {b: 2}}}
      modules:
        - {name: m, tasks: [{name: t, hosts: [h1], steps: [{role: app}, {role: more}]}]}
    """
CONFIG = """
    # Settings of the team.
    [defaults]
    hash_behaviour = merge
    filter_plugins = plugins/filter:/nowhere/filter
    roles_path = roles:vendor/roles
    vault_password_file = .password
    inventory = hosts.yml
    force_handlers = True
    error_on_missing_handler = False
    nocows = 1
    stdout_callback = minimal
    callback_result_format = json
    """
FILES = {
    "cluster.yaml": DOCUMENT,
    "ansible.cfg": CONFIG,
    ".password": "secret-of-the-team",
    "plugins/filter/shout.py": """
        class FilterModule:
            def filters(self):
                return {"shout": str.upper}
        """,
    "roles/app/tasks/main.yml": """
        - ansible.builtin.copy:
            content: "{{ shop | to_json(sort_keys=true) }} {{ 'x' | shout }}"
            dest: "{{ lookup('ansible.builtin.env', 'RESULT') }}"
            mode: "0644"
        """,
    "vendor/roles/more/tasks/main.yml": "- ansible.builtin.debug:\n",
    "hosts.yml": """
        all:
          hosts:
            h1:
              ansible_connection: local
              ansible_python_interpreter: "{{ ansible_playbook_python }}"
              shop: {b: 2}
        """,
    "group_vars/all/main.yml": "shop: {a: 1}\n",
    "site.yml": "- {hosts: all, gather_facts: false, roles: [app, more]}\n",
}


@pytest.fixture(autouse=True)
def _no_exported_config(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("ANSIBLE_CONFIG", raising=False)


def _compiled(root: Path, document: str = "cluster.yaml") -> CompileResult:
    return compile_plan(plan_document(load_file(root / document)[0]))


def _result_of(directory: Path, home: Path) -> str:
    """Return what ``site.yml`` in ``directory`` writes."""
    result = home / "result"
    result.unlink(missing_ok=True)
    done = subprocess.run(
        [Path(sys.executable).parent / "ansible-playbook", "site.yml"],
        cwd=directory,
        env={**os.environ, "HOME": str(home), "RESULT": str(result)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return result.read_text()


def test_settings_that_change_results_count_in_the_bundle(tmp_path: Path) -> None:
    """The bundle alone gives what the team's own playbook gives with its configuration."""
    root = write_tree(tmp_path / "team", FILES)
    plain = _result_of(root, tmp_path)
    assert plain == '{"a": 1, "b": 2} X'
    emit(_compiled(root).bundle, tmp_path / "bundle")
    for name in ("plugins", "roles", "vendor", "ansible.cfg"):
        (root / name).rename(root / f"{name}.away")
    assert _result_of(tmp_path / "bundle", tmp_path) == plain


def test_what_is_used_and_what_is_not_is_listed_once(tmp_path: Path) -> None:
    """By name and line, with the reason where WorldTree has a setting of its own."""
    root = write_tree(tmp_path, FILES)
    made = _compiled(root)
    # The test's own way to say where the result goes.
    assert [found.slug for found in made.diagnostics] == ["environment-not-passed"]
    assert config_lines(team_config_view(made.planned.config))[2:] == [
        "  used: hash_behaviour, vault_password_file, force_handlers, error_on_missing_handler,"
        " filter_plugins, roles_path",
        "  without effect: inventory (line 8): the document says which hosts there are",
        "  without effect: stdout_callback (line 12): WorldTree records and shows runs itself;"
        " see `wt tasks logs`",
        "  not used, changes no result: nocows, callback_result_format",
    ]


@pytest.mark.parametrize(("value", "has_effect"), [("smart", True), ("implicit", False)])
def test_gathering_counts_where_plays_do_not_say_it(
    tmp_path: Path, value: str, has_effect: bool
) -> None:
    """Plays say whether they gather facts; only `smart` says more."""
    files = FILES | {
        "ansible.cfg": f"[defaults]\nroles_path = roles:vendor/roles\ngathering = {value}\n"
    }
    made = _compiled(write_tree(tmp_path, files))
    assert ("gathering" in made.planned.config.used) == has_effect
    replaced = [one.name for one in made.planned.config.replaced]
    assert ("gathering" in replaced) != has_effect


def test_the_password_of_a_vault_stays_where_it_is(tmp_path: Path) -> None:
    """The bundle names its file, and does not have it."""
    root = write_tree(tmp_path, FILES)
    bundle = _compiled(root).bundle
    config = bundle.files["ansible.cfg"].read().decode()
    assert f"vault_password_file = {root}/.password" in config
    assert not any(b"secret-of-the-team" in file.read() for file in bundle.files.values())


def test_a_changed_setting_is_a_changed_input(tmp_path: Path) -> None:
    """One that changes results makes nodes run again, one of connections or comments does not."""
    root = write_tree(tmp_path, FILES)
    before = _compiled(root).plan
    config = root / "ansible.cfg"
    config.write_text(config.read_text() + "timeout = 77\n# more\n")
    calmer = _compiled(root).plan
    assert before.digests["ansible.cfg"] != calmer.digests["ansible.cfg"]
    assert before.node_digests == calmer.node_digests
    config.write_text(config.read_text().replace("merge", "replace"))
    assert not set(calmer.node_digests.values()) & set(_compiled(root).plan.node_digests.values())
    (root / "plugins/filter/shout.py").write_text("class FilterModule: pass\n")
    assert _compiled(root).plan.node_digests != calmer.node_digests


REMOTE = """
    apiVersion: worldtree.io/v1alpha1
    kind: Cluster
    metadata: {name: c}
    spec:
      ssh: {timeout: 5s}
      hosts: [{name: a}, {name: b, user: root, port: 22}]
      modules: [{name: m, tasks: [{name: t, steps: [{command: "true"}]}]}]
    """
CONNECTION = """
    [defaults]
    remote_user = deploy
    remote_port = 2222
    timeout = 40
    forks = 3
    private_key_file = keys/id
    host_key_checking = False
    [privilege_escalation]
    become = yes
    become_user = app
    become_method = su
    [ssh_connection]
    ssh_args = -C -o ControlPath=/tmp/x -oStrictHostKeyChecking=no -o "UserKnownHostsFile /dev/null"
    ssh_common_args = -o ProxyJump=gate
    ssh_extra_args = -v
    pipelining = False
    """


def test_connections_of_listed_hosts_follow_the_configuration(tmp_path: Path) -> None:
    """As defaults of what the document does not say; host keys stay checked."""
    root = write_tree(
        tmp_path, {"cluster.yaml": REMOTE, "ansible.cfg": CONNECTION, "keys/id": "key"}
    )
    made = _compiled(root)
    a, b = made.plan.hosts
    assert (a.user, a.port, a.ssh.timeout, a.ssh.become, a.ssh.become_user) == (
        *("deploy", 2222, 5, True),
        "app",
    )
    assert a.ssh.private_key_file == str(root / "keys/id")
    assert (b.user, b.port) == ("root", 22)
    checked = effective_connection_vars(a, {"a": a, "b": b})
    assert checked["ansible_ssh_args"] == "-C -o ProxyJump=gate -v"
    assert checked["ansible_become_method"] == "su"
    text = made.bundle.files["ansible.cfg"].read().decode()
    assert "ssh_args = -C -o ProxyJump=gate -v\n" in text
    assert "pipelining = False\n" in text
    assert "forks = 3\n" in text
    assert "host_key_checking = True\n" in text
    assert "timeout = 5\n" in text
    assert "ssh_common_args" not in text
    names = {entry.name for entry in made.planned.config.replaced}
    assert names == {
        "host_key_checking",
        "[ssh_connection] ssh_args: -o ControlPath",
        "[ssh_connection] ssh_args: -o StrictHostKeyChecking",
        "[ssh_connection] ssh_args: -o UserKnownHostsFile",
    }


def test_connections_of_an_inventory_follow_the_configuration(tmp_path: Path) -> None:
    """Its own variables take precedence."""
    document = REMOTE.replace(
        "hosts: [{name: a}, {name: b, user: root, port: 22}]", "inventory: hosts"
    )
    files = {"cluster.yaml": document, "ansible.cfg": CONNECTION, "keys/id": "key"}
    root = write_tree(tmp_path, {**files, "hosts": "a\nb ansible_user=root\n"})
    a, b = _compiled(root).plan.hosts
    assert (a.user, a.port, b.user) == ("deploy", 2222, "root")
    assert a.vars["ansible_ssh_common_args"] == "-o ProxyJump=gate"
    assert a.vars["ansible_ssh_private_key_file"] == str(root / "keys/id")


def test_an_inventory_is_read_with_the_configuration(tmp_path: Path) -> None:
    """Its plugins beside the configuration are found, in the bundle too."""
    plugin = """
        from ansible.plugins.inventory import BaseInventoryPlugin

        DOCUMENTATION = "name: fixed\\noptions: {plugin: {required: true}}"


        class InventoryModule(BaseInventoryPlugin):
            NAME = "fixed"

            def parse(self, inventory, loader, path, cache=True):
                super().parse(inventory, loader, path, cache)
                inventory.add_host("z1")
        """
    config = """
        [defaults]
        inventory_plugins = own/inventory
        [inventory]
        enable_plugins = fixed
        """
    files = {"ansible.cfg": config, "own/inventory/fixed.py": plugin, "z.yml": "plugin: fixed\n"}
    document = REMOTE.replace(
        "hosts: [{name: a}, {name: b, user: root, port: 22}]", "inventory: z.yml"
    )
    root = write_tree(tmp_path, {**files, "cluster.yaml": document})
    made = _compiled(root)
    assert [host.name for host in made.plan.hosts] == ["z1"]
    assert "ansible_plugins/inventory_plugins/fixed.py" in made.bundle.files


def test_the_file_is_found_as_ansible_finds_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The document names it, else ANSIBLE_CONFIG, else it is beside the document."""
    config = "[defaults]\nforks = {}\n"
    files = {name: config.format(n) for n, name in enumerate(("a.cfg", "b/ansible.cfg"), 1)}
    root = write_tree(tmp_path, {**files, "cluster.yaml": REMOTE})
    (root / "ansible.cfg").write_text(config.format(3))
    named = REMOTE.replace("ssh: {timeout: 5s}", "ansible: {config: a.cfg}")
    write_tree(root, {"named.yaml": named})

    def forks(document: str) -> int:
        return plan_document(load_file(root / document)[0]).cluster.ansible.forks

    assert forks("cluster.yaml") == 3
    monkeypatch.setenv("ANSIBLE_CONFIG", str(root / "b"))
    assert forks("cluster.yaml") == 2
    assert forks("named.yaml") == 1
    monkeypatch.setenv("ANSIBLE_CONFIG", str(root / "missing.cfg"))
    assert forks("cluster.yaml") == 3


@pytest.mark.parametrize(
    ("text", "slug", "place"),
    [
        ("[defaults\nx = 1\n", "unreadable-ansible-config", "ansible.cfg"),
        ("[defaults]\ntimeout = soon\n", "invalid-ansible-config", "ansible.cfg:2:1"),
        (
            "[defaults]\n\nvault_identity_list = a@none, b@prompt\n",
            "ansible-config-path-not-found",
            "ansible.cfg:3:1",
        ),
    ],
)
def test_a_wrong_file_is_reported_at_its_line(
    tmp_path: Path, text: str, slug: str, place: str
) -> None:
    """As an error: no run would start with it."""
    root = write_tree(tmp_path, {"cluster.yaml": REMOTE, "ansible.cfg": text})
    with pytest.raises(InputError) as raised:
        _compiled(root)
    (found,) = raised.value.diagnostics
    assert (found.slug, str(found.mark)) == (slug, str(root / place))


def test_a_configuration_that_everybody_can_write_is_not_read(tmp_path: Path) -> None:
    """Ansible passes over it, too."""
    root = write_tree(tmp_path / "open", {"cluster.yaml": REMOTE, "ansible.cfg": CONNECTION})
    root.chmod(0o777)
    made = _compiled(root)
    assert [found.slug for found in made.diagnostics] == ["ansible-config-ignored"]
    assert made.plan.hosts[0].user == "root"


def test_plugins_outside_of_the_tree_are_named(tmp_path: Path) -> None:
    """They stay where they are, and a run on this machine has them."""
    root = write_tree(tmp_path / "team", {"cluster.yaml": REMOTE})
    write_tree(tmp_path / "else", {"f.py": ""})
    (root / "linked").symlink_to(tmp_path / "else")
    write_tree(root, {"ansible.cfg": "[defaults]\nfilter_plugins = linked:../else\n"})
    made = _compiled(root)
    assert [found.slug for found in made.diagnostics] == ["ansible-plugins-outside"]
    assert not any(path.endswith("f.py") for path in made.bundle.files)
    text = made.bundle.files["ansible.cfg"].read().decode()
    assert f"filter_plugins = {root}/linked:{tmp_path}/else\n" in text
