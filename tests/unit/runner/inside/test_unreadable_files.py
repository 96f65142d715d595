"""Errors of files of variables."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from ansible.errors import AnsibleError
from ansible.inventory.manager import InventoryManager
from ansible.parsing.dataloader import DataLoader
from ansible.parsing.vault import VaultLib, VaultSecret
from ansible.plugins.loader import init_plugin_loader
from ansible.utils.collection_loader import AnsibleCollectionConfig
from ansible.vars import manager, plugins

from worldtree.runner.inside.unreadable_files import name_unreadable_files

SECRETS = [("default", VaultSecret(b"password"))]
BROKEN = "first: 1\nkey: !<tag:hidden-text> [\n"


@pytest.fixture(autouse=True)
def _named(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(DataLoader, "load", DataLoader.load)
    for module in (plugins, manager):
        monkeypatch.setattr(module, "get_vars_from_path", module.get_vars_from_path)
    monkeypatch.chdir(tmp_path)
    name_unreadable_files()


def broken(path: Path, *, encrypted: bool) -> DataLoader:
    """Write a file that is no YAML; return a loader that can decrypt it."""
    path.parent.mkdir(exist_ok=True)
    text = VaultLib(SECRETS).encrypt(BROKEN.encode()).decode() if encrypted else BROKEN
    path.write_text(text)
    loader = DataLoader()
    loader.set_vault_secrets(SECRETS)
    return loader


def test_nothing_of_a_decrypted_file_is_quoted(tmp_path: Path) -> None:
    loader = broken(tmp_path / "vars/site.yml", encrypted=True)
    with pytest.raises(AnsibleError) as found:
        loader.load_from_file(str(tmp_path / "vars/site.yml"))
    assert str(found.value) == "vars/site.yml:3:1: decrypted, but is no valid YAML"
    assert found.value.__cause__ is None


def test_of_a_file_that_is_not_encrypted_ansible_says_what_is_wrong(tmp_path: Path) -> None:
    loader = broken(tmp_path / "vars/site.yml", encrypted=False)
    with pytest.raises(AnsibleError, match="YAML parsing failed") as found:
        loader.load_from_file(str(tmp_path / "vars/site.yml"))
    assert str(found.value.obj) == f"{tmp_path}/vars/site.yml:3:1"


@pytest.mark.parametrize("encrypted", [True, False])
def test_the_error_of_a_group_names_the_file(tmp_path: Path, encrypted: bool) -> None:
    """Ansible's plugin drops the place."""
    (tmp_path / "hosts").write_text("h1\n")
    loader = broken(tmp_path / "group_vars/all.yml", encrypted=encrypted)
    if AnsibleCollectionConfig.collection_finder is None:
        init_plugin_loader([])
    source = os.fspath(tmp_path / "hosts")
    inventory = InventoryManager(loader=loader, sources=[source])
    group = inventory.groups["all"]
    with pytest.raises(AnsibleError) as found:
        plugins.get_vars_from_inventory_sources(loader, [source], [group], "all")
    assert str(found.value.obj) == f"{tmp_path}/group_vars/all.yml:3:1"
