"""wt import: what it writes, what it says, and that it replaces nothing."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from unit.cli.conftest import Wt
from worldtree.core.errors import ExitCode

PLAYBOOK = "- name: Web\n  hosts: web\n  roles: [web]\n"
ALL = ("one", "two", "three", "four")


@pytest.fixture
def playbook(tmp_path: Path) -> Path:
    """A playbook with its role, and with an inventory that its ansible.cfg names."""
    (tmp_path / "ansible.cfg").write_text("[defaults]\ninventory = hosts ; of the site\n")
    (tmp_path / "hosts").write_text("[web]\nweb1\n")
    (tmp_path / "roles" / "web" / "tasks").mkdir(parents=True)
    (tmp_path / "roles" / "web" / "tasks" / "main.yml").write_text("- ping:\n")
    path = tmp_path / "site.yml"
    path.write_text(PLAYBOOK)
    return path


def test_the_document_stands_beside_the_playbook(wt: Wt, playbook: Path) -> None:
    """The inventory of ansible.cfg is the document's; the playbook stays as it is."""
    ran = wt("import", "site.yml")
    assert (ran.code, ran.out) == (ExitCode.OK, "wrote cluster.yaml\n")
    assert ran.err.splitlines() == [
        "",
        f"ansible.cfg: {playbook.parent / 'ansible.cfg'}",
        "  without effect: inventory (line 2): the document says which hosts there are",
        "1 play, 0 things not imported; next: wt plan",
    ]
    text = (playbook.parent / "cluster.yaml").read_text()
    assert "inventory: ./hosts" in text
    assert playbook.read_text() == PLAYBOOK


def test_the_next_command_says_nothing_that_the_import_has_not(wt: Wt, playbook: Path) -> None:
    """Warnings of the document are warnings of the import, at their place in the playbook."""
    role = playbook.parent / "roles" / "web"
    (role / "tasks" / "main.yml").write_text("- acme.net.open: {}\n")
    (role / "defaults").mkdir()
    read = "web_a: \"{{ lookup('file', 'a.pem') }}{{ lookup('env', 'ANSIBLE_X') }}\"\n"
    (role / "defaults" / "main.yml").write_text(read)
    playbook.write_text(
        f"{PLAYBOOK}  tasks:\n    - debug: {{msg: \"{{{{ lookup('file', 'b') }}}}\"}}\n"
    )
    ran = wt("import", "site.yml")
    assert ran.code == ExitCode.OK
    assert f"{playbook}:4:3: warning: there is no file `b`" in ran.err
    checked = wt("validate")
    said = [line.partition(" warning: ")[2] for line in checked.err.splitlines()]
    assert len([one for one in said if one]) == 4
    assert {*filter(None, said)} <= {
        line.partition(" warning: ")[2] for line in ran.err.splitlines()
    }


@pytest.mark.usefixtures("playbook")
def test_the_next_command_names_a_document_that_is_not_found_by_itself(wt: Wt) -> None:
    ran = wt("import", "site.yml", "-o", "other")
    assert "next: wt plan -f other/cluster.yaml\n" in ran.err


def test_another_directory_and_inventory(wt: Wt, playbook: Path) -> None:
    """Paths are relative to the document; `-i` counts from the working directory."""
    (playbook.parent / "lab").write_text("web1\n")
    assert wt("import", "site.yml", "-o", "out/here", "-i", "lab").code == ExitCode.OK
    text = (playbook.parent / "out" / "here" / "cluster.yaml").read_text()
    assert "inventory: ../../lab" in text
    assert wt("import", "site.yml", "-o", "named", "-i", "web1,web2,").code == ExitCode.OK
    assert "- name: web2" in (playbook.parent / "named" / "cluster.yaml").read_text()


def test_the_cluster_gets_the_given_name(wt: Wt, playbook: Path) -> None:
    """By default it is named after the directory, in which staging and production may share it."""
    ran = wt("import", "site.yml", "--name", "Shop staging")
    assert ran.code == ExitCode.INPUT
    assert "--name shop-staging" in ran.err
    assert wt("import", "site.yml", "--name", "shop-staging").code == ExitCode.OK
    assert "  name: shop-staging\n" in (playbook.parent / "cluster.yaml").read_text()


def test_nothing_is_replaced(wt: Wt, playbook: Path) -> None:
    """A document that exists stays, and the message says what to do."""
    there = playbook.parent / "cluster.yaml"
    there.write_text("mine")
    ran = wt("import", "site.yml")
    assert ran.code == ExitCode.REFUSED
    assert "cluster.yaml already exists" in ran.err
    assert "-o DIR" in ran.err
    assert there.read_text() == "mine"


def test_nothing_is_written_through_a_link(wt: Wt, playbook: Path) -> None:
    """A link whose target does not exist is a file that exists."""
    target = playbook.parent / "elsewhere"
    (playbook.parent / "cluster.yaml").symlink_to(target)
    ran = wt("import", "site.yml")
    assert ran.code == ExitCode.REFUSED
    assert "cluster.yaml already exists" in ran.err
    assert not target.exists()


def test_what_is_lost_ends_with_3(wt: Wt, playbook: Path) -> None:
    """The document is written, and each loss has its place and what to do."""
    playbook.write_text(PLAYBOOK + "  debugger: always\n")
    ran = wt("import", "site.yml")
    assert (ran.code, ran.out) == (ExitCode.PARTIAL, "wrote cluster.yaml\n")
    assert "site.yml:4:3" in ran.err
    assert "wt apply --step" in ran.err
    assert "1 play, 1 thing not imported" in ran.err


REFUSED = """\
- hosts: web
  vars:
    a-b: 1
  tasks:
    - ping:
- hosts: "{{ target }}"
  roles: [nowhere]
"""


def test_what_its_own_validation_refuses_is_not_imported(wt: Wt, playbook: Path) -> None:
    """The document is written, and each problem of it has the line of the playbook."""
    playbook.write_text(REFUSED)
    ran = wt("import", "site.yml")
    assert (ran.code, ran.out) == (ExitCode.PARTIAL, "wrote cluster.yaml\n")
    assert "site.yml:2:3: warning: `a-b` is not a valid variable name [not-imported]" in ran.err
    assert "site.yml:6:3: warning: `{{ target }}` needs `target`" in ran.err
    assert "`wt validate` refuses the document for it" in ran.err
    # What the import says itself is not said twice.
    assert ran.err.count("`nowhere`") == 1
    assert "[imported-differently]" not in ran.err
    assert "2 plays, 3 things not imported" in ran.err


def test_equal_names_are_not_the_same_thing(wt: Wt, playbook: Path) -> None:
    """A role and a group of one name, each missing: both are said, each once."""
    play = "- hosts: 'web{0}'\n  roles: [nowhere]\n  tasks: [{{add_host: name=x groups=nowhere}}]\n"
    playbook.write_text(play.format("") + play.format(":nowhere"))
    ran = wt("import", "site.yml")
    assert ran.code == ExitCode.PARTIAL
    assert ran.err.count("hosts in `nowhere`, which `add_host` adds") == 1
    assert ran.err.count("there is no role `nowhere`") == 2
    assert "[unknown-role]" not in ran.err
    assert "2 plays, 3 things not imported" in ran.err


@pytest.mark.parametrize(
    ("text", "told"), [("- hosts: all\n  tasks: [", "is not valid YAML"), ("a: 1", "is a mapping")]
)
def test_a_file_that_is_no_playbook(wt: Wt, playbook: Path, text: str, told: str) -> None:
    """Exit code 2, and nothing is written."""
    playbook.write_text(text)
    ran = wt("import", "site.yml")
    assert ran.code == ExitCode.INPUT
    assert told in ran.err
    assert not (playbook.parent / "cluster.yaml").exists()


def test_a_playbook_that_does_not_exist(wt: Wt) -> None:
    """Exit code 2 with the path."""
    ran = wt("import", "none.yml")
    assert ran.code == ExitCode.INPUT
    assert "none.yml" in ran.err


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1"])
def test_without_an_inventory_this_machine_is_known(wt: Wt, tmp_path: Path, host: str) -> None:
    """As in Ansible: plays on it alone become a document that is valid."""
    (tmp_path / "site.yml").write_text(f"- hosts: {host}\n  tasks: [{{debug: {{msg: x}}}}]\n")
    ran = wt("import", "site.yml")
    assert (ran.code, ran.out) == (ExitCode.OK, "wrote cluster.yaml\n")
    text = (tmp_path / "cluster.yaml").read_text()
    assert f"  hosts:\n    - name: {host}\n      connection: local\n" in text
    assert wt("validate").code == ExitCode.OK


def test_without_an_inventory_other_hosts_are_lost(wt: Wt, tmp_path: Path) -> None:
    """The document has no hosts, which is said at the first play on them, with what to do."""
    (tmp_path / "ansible.cfg").write_text("[defaults]\ninventory = gone\n")
    (tmp_path / "site.yml").write_text(
        "- hosts: localhost\n  tasks: []\n- hosts: web,localhost\n  tasks: []\n"
    )
    ran = wt("import", "site.yml")
    assert (ran.code, ran.out) == (ExitCode.PARTIAL, "wrote cluster.yaml\n")
    assert "site.yml:3:3" in ran.err
    # Its own check says it too, of the head of the document.
    assert ran.err.count("[not-imported]") == 1
    assert "-i INVENTORY" in ran.err
    assert "hosts:" not in (tmp_path / "cluster.yaml").read_text().partition("modules:")[0]
    assert "[no-hosts]" in wt("validate").err


def test_the_configuration_is_the_one_that_ansible_reads(
    wt: Wt, playbook: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """ANSIBLE_CONFIG before the one of the working directory; `{{CWD}}` and variables are read."""
    other = playbook.parent / "other"
    other.mkdir()
    (other / "lab").write_text("web1\n")
    (other / "my.cfg").write_text(
        "[defaults]\ninventory = {{CWD}}/$PLACE/lab\ngathering=explicit\n"
    )
    monkeypatch.setenv("ANSIBLE_CONFIG", str(other / "my.cfg"))
    monkeypatch.setenv("PLACE", "other")
    assert wt("import", "site.yml").code == ExitCode.OK
    text = (playbook.parent / "cluster.yaml").read_text()
    assert "inventory: ./other/lab" in text
    assert "gatherFacts: false" in text


@pytest.mark.parametrize("variable", ["", "../cfg/my.cfg"])
def test_the_document_names_a_configuration_that_is_elsewhere(
    wt: Wt, playbook: Path, monkeypatch: pytest.MonkeyPatch, variable: str
) -> None:
    """That of the import applies to later runs too, from any directory and without variables."""
    text = "[defaults]\ninventory = hosts\nforks = 33\nfilter_plugins = more\n"
    config = playbook.parent / "ansible.cfg"
    written = "../ansible.cfg"
    if variable:
        config = playbook.parent / "cfg" / "my.cfg"
        config.parent.mkdir()
        text = text.replace("hosts", "../hosts")
        monkeypatch.setenv("ANSIBLE_CONFIG", str(config))
        written = "../cfg/my.cfg"
    config.write_text(text)
    (config.parent / "more").mkdir()
    playbook.write_text(
        "- hosts: web\n  tasks: [{debug: {msg: \"{{ lookup('env', 'PLACE') }}\"}}]\n"
    )
    ran = wt("import", "site.yml", "-o", "deploy")
    assert ran.code == ExitCode.OK, ran.err
    monkeypatch.delenv("ANSIBLE_CONFIG", raising=False)
    document = playbook.parent / "deploy" / "cluster.yaml"
    settings = yaml.safe_load(document.read_text())["spec"]["ansible"]
    assert settings == {"config": written, "environment": ["PLACE"]}
    assert "used: forks, filter_plugins" in wt("validate", "-v", "-f", str(document)).out


def test_the_configuration_beside_the_document_is_not_named(wt: Wt, playbook: Path) -> None:
    assert wt("import", "site.yml").code == ExitCode.OK
    assert "config:" not in (playbook.parent / "cluster.yaml").read_text()


def test_a_configuration_that_ansible_refuses(wt: Wt, playbook: Path) -> None:
    """Exit code 2, and nothing is written."""
    (playbook.parent / "ansible.cfg").write_text("inventory = hosts\n")
    ran = wt("import", "site.yml")
    assert ran.code == ExitCode.INPUT
    assert "[unreadable-ansible-config]" in ran.err
    assert not (playbook.parent / "cluster.yaml").exists()


@pytest.mark.parametrize("more", [(), ("--check",)])
def test_an_inventory_that_does_not_exist(wt: Wt, playbook: Path, more: tuple[str, ...]) -> None:
    """Exit code 2 with the path, before anything is written."""
    ran = wt("import", "site.yml", "-i", "hosts", "-i", "none/hosts", *more)
    assert ran.code == ExitCode.INPUT
    assert "[inventory-not-found]" in ran.err
    assert "none/hosts" in ran.err
    assert not (playbook.parent / "cluster.yaml").exists()


@pytest.mark.parametrize("second", ["lab", "web2,web3"])
def test_several_inventories_become_a_list(wt: Wt, playbook: Path, second: str) -> None:
    """In the order of the options, and the document is valid."""
    (playbook.parent / "lab").write_text("web2\n")
    playbook.write_text("- {hosts: web, tasks: [{debug: {msg: x}}]}\n")
    assert wt("import", "site.yml", "-i", "hosts", "-i", second).code == ExitCode.OK
    text = (playbook.parent / "cluster.yaml").read_text()
    assert text.index("./hosts") < text.index(second if second == "lab" else "web2")


def test_what_concerns_all_plays_is_said_once(wt: Wt, playbook: Path) -> None:
    """Directories beside the playbook; nothing of tags, which select the same tasks."""
    (playbook.parent / "group_vars").mkdir()
    play = (
        "- hosts: web\n  tags: [own]\n  roles: [{role: web, tags: [a, own]}]\n"
        "  tasks: [{block: [{debug: {msg: x}, tags: 'b,always'}]}]\n"
    )
    playbook.write_text(play * 2)
    ran = wt("import", "site.yml", "-o", "out")
    assert ran.code == ExitCode.PARTIAL
    assert ran.err.count("`group_vars/` beside the playbook") == 1
    assert "2 plays, 1 thing not imported" in ran.err
    assert "[imported-differently]" not in ran.err


def test_plays_beside_each_other(wt: Wt, playbook: Path) -> None:
    """Without a common host and a word of others; each play says what it waits for."""
    (playbook.parent / "hosts").write_text("[web]\nweb1\n[db]\ndb1\n[cache]\ncache1\n")
    role = playbook.parent / "roles" / "looks" / "tasks"
    role.mkdir(parents=True)
    (role / "main.yml").write_text("- debug: var=hostvars['db1']\n")
    # What tests of a role do is no part of a play.
    tests = playbook.parent / "roles" / "web" / "molecule"
    tests.mkdir()
    (tests / "verify.yml").write_text("- debug: var=hostvars['db1']\n")
    playbook.write_text(
        "- {name: One, hosts: web, tasks: []}\n"
        "- {name: Two, hosts: db, roles: [web]}\n"
        "- {name: Three, hosts: 'web:!db', tasks: []}\n"
        "- {name: Four, hosts: cache, roles: [looks]}\n"
        "- {name: Five, hosts: nobody, tasks: []}\n"
    )
    ran = wt("import", "site.yml", "--parallel")
    assert ran.code == ExitCode.OK, ran.err
    assert ran.err.splitlines()[3:7] == [
        "two: beside `one`: no host in common",
        "three: after `one`: both run on `web1`; beside `two`: no host in common",
        *(
            f"four: {'; '.join(f'after `{n}`: `hostvars` concerns other hosts' for n in names)}"
            for names in (("one", "two", "three"),)
        ),
        f"five: {'; '.join(f'after `{n}`: hosts are not known here' for n in ALL)}",
    ]
    text = (playbook.parent / "cluster.yaml").read_text()
    assert "needs: [one]" in text
    assert "needs: [one, two, three, four]" in text


def test_environment_variables_that_are_looked_up_are_named(wt: Wt, playbook: Path) -> None:
    names = ("CI_COMMIT_SHA", "HOME", "AWS_REGION", "ANSIBLE_X")
    looked_up = " ".join(f"{{{{ lookup('env', '{name}') }}}}" for name in names)
    playbook.write_text(
        f'- hosts: all\n  gather_facts: false\n  tasks:\n    - debug: {{msg: "{looked_up}"}}\n'
    )
    ran = wt("import", "site.yml")
    assert ran.code == ExitCode.OK
    assert f"{playbook}:3:3: warning: the document names the environment variables" in ran.err
    assert "looked up: `AWS_REGION`, `CI_COMMIT_SHA`" in ran.err
    written = yaml.safe_load((playbook.parent / "cluster.yaml").read_text())["spec"]
    assert written["ansible"] == {"environment": ["AWS_REGION", "CI_COMMIT_SHA"]}
    assert list(written)[-1] == "modules"
    assert wt("validate").err.count("environment-not-passed") == 1


def test_tasks_whose_files_only_a_run_knows_are_named(wt: Wt, playbook: Path) -> None:
    """With the place in the playbook or task file, and what to write."""
    copy = '- {name: NAME, copy: {src: "{{ found.path }}", dest: /x}}\n'
    tasks = playbook.parent / "tasks/more.yml"
    tasks.parent.mkdir()
    tasks.write_text(copy.replace("NAME", "Second"))
    playbook.write_text(
        f"- hosts: all\n  tasks:\n    {copy.replace('NAME', 'First')}"
        "    - import_tasks: tasks/more.yml\n"
    )
    ran = wt("import", "site.yml")
    assert ran.code == ExitCode.OK, ran.err
    said = "names files that are known only when it runs: `{{ found.path }}`"
    assert f"{playbook}:2:3: warning: the task `First` {said}" in ran.err
    column = tasks.read_text().index("{{") + 1
    assert f"{tasks}:1:{column}: warning: the task `Second` {said}" in ran.err
    for name in ("First", "Second"):
        assert f"spec: {{ansible: {{carry: [PATH], carriedFor: [{name}]}}}}" in ran.err
    assert wt("validate").err.count("task-files-not-known") == 2
