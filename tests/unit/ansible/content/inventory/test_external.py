"""Existing inventories of every form are read by Ansible and copied as they are."""

from __future__ import annotations

from pathlib import Path

import pytest
from ansible.parsing.vault import VaultLib, VaultSecret

from unit.ansible.content.roles.trees import write_tree
from worldtree.ansible.content.inventory.connection_vars import HIDDEN_PASSWORD
from worldtree.ansible.content.inventory.external import ExternalInventory, read_inventory
from worldtree.ansible.content.inventory.sources import InventorySource
from worldtree.ansible.content.team_config import TeamConfig
from worldtree.core.file_digest import file_digest

INI = """
[web]
w1 ansible_host=10.0.0.1 ansible_port=2200 ansible_user=deploy
w2 ansible_connection=local
[db]
d1
[site:children]
web
db
[site:vars]
tier=prod
"""

YAML = """
site:
  vars: {tier: prod}
  children:
    web:
      hosts:
        w1: {ansible_host: 10.0.0.1, ansible_port: 2200, ansible_user: deploy}
        w2: {ansible_connection: local}
    db: {hosts: {d1: }}
"""

SCRIPT = """#!/bin/sh
cat <<'END'
{"site": {"children": ["web", "db"], "vars": {"tier": "prod"}},
 "web": {"hosts": ["w1", "w2"]}, "db": {"hosts": ["d1"]},
 "_meta": {"hostvars": {
  "w1": {"ansible_host": "10.0.0.1", "ansible_port": 2200, "ansible_user": "deploy"},
  "w2": {"ansible_connection": "local"}}}}
END
"""

#: A directory whose plugin configuration makes groups of what another file in it says.
DIRECTORY = {
    "10-hosts.yml": "all: {hosts: {w1: {ansible_host: 10.0.0.1, ansible_port: 2200, "
    "ansible_user: deploy, r: web}, w2: {ansible_connection: local, r: web}, d1: {r: db}}}",
    "20-groups.yml": "plugin: ansible.builtin.constructed\nstrict: true\n"
    "keyed_groups: [{key: r, separator: '', parent_group: site}]\n",
    "group_vars/site.yml": "tier: prod",
}


def read(path: Path) -> ExternalInventory:
    found, problems = read_inventory([InventorySource(path)])
    assert problems == []
    assert found is not None
    return found


@pytest.mark.parametrize("form", ["ini", "yaml", "script", "directory"])
def test_hosts_groups_and_variables_are_the_same_in_every_form(tmp_path: Path, form: str) -> None:
    path = tmp_path / "hosts"
    if form == "directory":
        write_tree(path, DIRECTORY)
    else:
        path.write_text({"ini": INI, "yaml": YAML, "script": SCRIPT}[form])
        path.chmod(0o755 if form == "script" else 0o644)
    found = read(path)
    assert {h.name for h in found.hosts} == {"w1", "w2", "d1"}
    assert {name: set(m) for name, m in found.groups.items()} == {
        "web": {"w1", "w2"},
        "db": {"d1"},
        "site": {"w1", "w2", "d1"},
    }
    assert {n: set(c) for n, c in found.children.items()} == {"site": {"web", "db"}}
    hosts = {host.name: host for host in found.hosts}
    w1 = hosts["w1"]
    assert (w1.address, w1.port, w1.user, w1.connection) == ("10.0.0.1", 2200, "deploy", "ssh")
    assert hosts["w2"].connection == "local"
    assert w1.roles == ("site", "web")
    assert w1.vars == {}
    assert "tier" in found.variables.names("d1")
    assert "inventory_dir" not in found.variables.names("d1")


def test_a_files_variables_beside_it_belong_to_it_and_are_copied(tmp_path: Path) -> None:
    root = write_tree(
        tmp_path,
        {
            "hosts.ini": INI,
            "group_vars/web.yml": "port: 80",
            "host_vars/w1/main.yml": "port: 81",
            "other.ini": "[x]\n",
        },
    )
    found = read(root / "hosts.ini")
    assert [f.relative for f in found.placed.files] == [
        "inventory/hosts.ini",
        "inventory/group_vars/web.yml",
        "inventory/host_vars/w1/main.yml",
    ]
    assert found.placed.sources == ("inventory/hosts.ini",)
    assert [s.vars["port"] for s in found.variables.scopes("w1") if "port" in s.vars] == [80, 81]


def test_a_directory_is_copied_whole_with_its_modes(tmp_path: Path) -> None:
    root = write_tree(tmp_path / "inv", {"hosts": "w1\n", "dyn.sh": '#!/bin/sh\necho "{}"\n'})
    (root / "dyn.sh").chmod(0o755)
    (root / "hosts").chmod(0o644)
    before = read(root)
    (root / "hosts").chmod(0o600)
    found = read(root)
    assert [(f.relative, f.mode) for f in found.placed.files] == [
        ("inventory/dyn.sh", 0o755),
        ("inventory/hosts", 0o600),
    ]
    assert before.digest != found.digest
    assert found.placed.sources == ("inventory",)


def test_vaulted_values_are_not_opened(tmp_path: Path) -> None:
    vaulted = "$ANSIBLE_VAULT;1.1;AES256\n6161\n"
    inline = "key: !vault |\n  $ANSIBLE_VAULT;1.1;AES256\n  6161\n"
    root = write_tree(tmp_path, {"hosts": "w1\n", "group_vars/all.yml": inline})
    assert read(root / "hosts").variables.names("w1") == {"key"}
    (root / "group_vars/all.yml").write_text(vaulted)
    found, (warning,) = read_inventory([InventorySource(root / "hosts")])
    assert found is not None
    assert not found.variables.complete
    assert (warning.slug, warning.is_error) == ("inventory-partly-unread", False)


PASSWORD = "vault-password"


def _vaulted(text: str, password: str = PASSWORD) -> str:
    vault = VaultLib([("default", VaultSecret(password.encode()))])
    return str(vault.encrypt(text.encode()).decode())


def _vaulted_team(tmp_path: Path) -> Path:
    return write_tree(
        tmp_path,
        {
            "inv/hosts.yml": "all: {children: {web: {hosts: {w1: , w2: }}}}\n",
            "inv/z-built.yml": """
                plugin: ansible.builtin.constructed
                use_vars_plugins: true
                strict: true
                groups: {deep: nested.size == 7}
                """,
            "inv/group_vars/web/vault.yml": _vaulted(
                "token: hidden-text\nflag: true\n"
                "nested: {size: 7, enabled: true, unset: , list: [hidden-item]}\n"
            ),
            "inv/group_vars/web/main.yml": "ansible_port: 2222\nplain: text\n",
            "password": f"{PASSWORD}\n",
        },
    )


@pytest.mark.parametrize("how", ["variable", "identity", "document", "configuration"])
def test_an_encrypted_file_is_read_with_the_vault_password(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, how: str
) -> None:
    """Its values stay hidden; what is not encrypted, and groups made of both, are known."""
    root = _vaulted_team(tmp_path)
    file = str(root / "password")
    config = TeamConfig()
    if how == "variable":
        monkeypatch.setenv("ANSIBLE_VAULT_PASSWORD_FILE", file)
    elif how == "identity":
        monkeypatch.chdir(root)
        monkeypatch.setenv("ANSIBLE_VAULT_IDENTITY_LIST", "dev@prompt, team@password")
    elif how == "configuration":
        config = TeamConfig(settings={"defaults": {"vault_password_file": file}})
    files = [file] if how == "document" else []
    found, problems = read_inventory(
        [InventorySource(root / "inv")], config=config, vault_files=files
    )
    assert problems == []
    assert found is not None
    assert found.variables.complete
    assert found.groups["deep"] == ("w1", "w2")
    assert found.variables.files is not None
    values = dict(found.variables.files.groups["web"].vars)
    hidden = {"__ansible_vault": file_digest(root / "inv/group_vars/web/vault.yml")}
    assert (values.pop("token"), values.pop("flag")) == (hidden, hidden)
    nested = {"size": hidden, "enabled": hidden, "unset": hidden, "list": [hidden]}
    assert values == {"nested": nested, "ansible_port": 2222, "plain": "text"}
    assert found.hosts[0].port == 2222
    assert "hidden" not in repr(found).replace("hidden-password", "")


def test_a_wrong_vault_password_is_told_from_none(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The advice differs, and the rest of the inventory is read."""
    root = _vaulted_team(tmp_path)
    (root / "inv/z-built.yml").unlink()
    (root / "wrong").write_text("other\n")
    for files, advice in (([], "spec.secrets.ansibleVault"), ([str(root / "wrong")], "right one")):
        found, (warning,) = read_inventory([InventorySource(root / "inv")], vault_files=files)
        assert found is not None
        assert not found.variables.complete
        assert found.hosts[0].port == 2222
        assert (warning.slug, advice in warning.hint) == ("inventory-partly-unread", True)
    monkeypatch.setenv("ANSIBLE_VAULT_PASSWORD_FILE", str(root / "missing"))
    found, (problem,) = read_inventory([InventorySource(root / "inv")])
    assert (found, problem.slug) == (None, "unreadable-inventory")
    assert "missing" in problem.detail


@pytest.mark.parametrize("encrypted", [True, False])
def test_a_broken_file_of_variables_is_named_whether_encrypted_or_not(
    tmp_path: Path, encrypted: bool
) -> None:
    """The password is right, so it is no advice; nothing of a decrypted file is quoted."""
    root = _vaulted_team(tmp_path)
    (root / "inv/z-built.yml").unlink()
    file = root / "inv/group_vars/web/vault.yml"
    text = "first: 1\nkey: *hidden-text\n"
    file.write_text(_vaulted(text) if encrypted else text)
    found, (warning,) = read_inventory(
        [InventorySource(root / "inv")], vault_files=[str(root / "password")]
    )
    assert found is not None
    assert not found.variables.complete
    assert f"{file}:2:6: " in warning.detail
    assert ("decrypted, but is no valid YAML. " in warning.detail) is encrypted
    assert "hidden-text" not in warning.detail
    assert ".." not in warning.detail
    assert "password" not in warning.hint
    assert "correct the file" in warning.hint


def test_the_digest_follows_files_and_what_a_script_says(tmp_path: Path) -> None:
    root = write_tree(tmp_path, {"hosts": "#!/bin/sh\ncat $(dirname $0)/list\n"})
    (root / "hosts").chmod(0o755)
    seen = set()
    for name in ("w1", "w2", "w1"):
        (root / "list").write_text(f'{{"web": {{"hosts": ["{name}"]}}}}')
        seen.add(read(root / "hosts").digest)
    assert len(seen) == 2


@pytest.mark.parametrize(
    ("files", "slug"),
    [
        ({}, "inventory-not-found"),
        ({"hosts": "[web\nw1\n"}, "unreadable-inventory"),
        ({"hosts": "[web]\n"}, "empty-inventory"),
        ({"hosts": "plugin: acme.gone.cloud\n"}, "unreadable-inventory"),
    ],
)
def test_an_inventory_that_does_not_parse_is_a_diagnostic(
    tmp_path: Path, files: dict[str, str], slug: str
) -> None:
    found, (problem,) = read_inventory([InventorySource(write_tree(tmp_path, files) / "hosts")])
    assert found is None
    assert (problem.slug, problem.is_error) == (slug, True)
    assert problem.path == ("spec", "inventory")


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("[web]\nw1 ansible_password=x hunter22\n", "Expected key=value host variable assignment"),
        ("[web:vars]\nhunter22\n", "Expected key=value, got: (text of the file)"),
        ("[web:children]\nhunter22 x\n", "Expected group name, got: (text of the file)"),
        ("[hunter22 x]\nw1\n", "Invalid section entry: (text of the file). Please make sure"),
        ("[web]\nw1 hunter22='a\n", "host definition (text of the file): No closing quotation"),
        ("[web]\nhunter22:\n", "Invalid host pattern (text of the file) supplied"),
    ],
)
def test_ansibles_quotations_of_an_inventory_are_hidden(
    tmp_path: Path, text: str, reason: str
) -> None:
    """They may be a password that has a blank in it; the reason stays."""
    found, (problem,) = read_inventory(
        [InventorySource(write_tree(tmp_path, {"hosts": text}) / "hosts")]
    )
    assert found is None
    assert reason in problem.detail
    assert "hunter22" not in str(problem)


def test_a_file_of_a_directory_that_ansible_warns_of_is_named_and_the_rest_is_read(
    tmp_path: Path,
) -> None:
    root = write_tree(
        tmp_path / "inv",
        {
            "hosts": "[web]\nw1\n",
            "certs/ca.pem": "-----BEGIN CERTIFICATE-----\nMIIB\n",
            "notes.md": "passed over without a word",
        },
    )
    found, (warning,) = read_inventory([InventorySource(root)])
    assert found is not None
    assert [host.name for host in found.hosts] == ["w1"]
    assert found.unread == (root / "certs/ca.pem",)
    assert (warning.slug, warning.is_error) == ("inventory-file-unread", False)
    assert "`certs/ca.pem`" in warning.summary
    assert "CERTIFICATE" not in str(warning)
    (root / "hosts").unlink()
    nothing, (problem,) = read_inventory([InventorySource(root)])
    assert (nothing, problem.slug) == (None, "unreadable-inventory")


def test_a_script_that_never_ends_is_given_up(tmp_path: Path) -> None:
    script = write_tree(tmp_path, {"hosts": "#!/bin/sh\nexec sleep 60\n"}) / "hosts"
    script.chmod(0o755)
    found, (problem,) = read_inventory([InventorySource(script)], timeout=3)
    assert found is None
    assert "longer than 3 s" in problem.detail


def test_how_hosts_are_reached_is_read_from_all_scopes(tmp_path: Path) -> None:
    """Key, arguments, user and port may come from groups; a password never gets into a plan."""
    root = write_tree(
        tmp_path,
        {
            "hosts": "[web]\nw1\nw2 ansible_ssh_private_key_file=/keys/w2\nw3\n[net]\nn1\n",
            "group_vars/all.yml": "ansible_ssh_common_args: -o ProxyJump=gate\n"
            "ansible_ssh_private_key_file: /keys/all\nunrelated: 1\n",
            "group_vars/web.yml": "ansible_ssh_user: deploy\nansible_port: 2222\n",
            "host_vars/w3.yml": "ansible_password: hunter2\nansible_host: '{{ addresses.w3 }}'\n",
            "group_vars/net.yml": "ansible_connection: acme.net.cli\n",
        },
    )
    hosts = {host.name: host for host in read(root / "hosts").hosts}
    everybody = {"ansible_ssh_common_args": "-o ProxyJump=gate"}
    assert hosts["w1"].vars == {**everybody, "ansible_ssh_private_key_file": "/keys/all"}
    assert hosts["w2"].vars == {**everybody, "ansible_ssh_private_key_file": "/keys/w2"}
    assert [(hosts[name].user, hosts[name].port) for name in ("w1", "n1")] == [
        ("deploy", 2222),
        (None, 22),
    ]
    assert hosts["w3"].vars["ansible_host"] == "{{ addresses.w3 }}"
    assert "hunter2" not in hosts["w3"].model_dump_json()
    assert hosts["w3"].vars["ansible_password"] == HIDDEN_PASSWORD
    assert hosts["n1"].vars["ansible_connection"] == "acme.net.cli"


def test_the_innermost_cause_of_an_unreadable_inventory_comes_first_and_once(
    tmp_path: Path,
) -> None:
    text = "[all]\nw1\n[site:children]\ngone\n"
    _, (problem,) = read_inventory(
        [InventorySource(write_tree(tmp_path, {"hosts": text}) / "hosts")]
    )
    first, *others = problem.detail.splitlines()
    assert first == "Section [site:children] includes undefined group 'gone'."
    assert not any("Failed to parse" in line or first in line for line in others)
    assert others[-1] == f"Origin: {tmp_path / 'hosts'}"
