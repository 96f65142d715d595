"""Secrets are resolved at the moment of use; errors name the reference and never a value."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from ansible.errors import AnsibleLookupError
from ansible.parsing.dataloader import DataLoader
from ansible.parsing.vault import VaultSecret

from unit.secrets.bao import ROOT_TOKEN, Bao, program, started, write
from unit.secrets.conftest import NO_BAO
from unit.secrets.providers.test_ansible_vault import vaulted
from worldtree.secrets.broker_process import BrokerProcess
from worldtree.secrets.resolver import SecretSources


@pytest.fixture
def lookup(plugins: Callable[[str], Any]) -> Any:
    """The lookup plugin."""
    plugin = plugins("lookup.secret").LookupModule(loader=DataLoader())
    # Options come from its documentation, which only the plugin loader reads.
    plugin.set_options = lambda **_: None
    return plugin


def test_environment_and_files_give_their_text(
    lookup: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SHOP_PASSWORD", "{{ pä$$ }}")
    (tmp_path / "key").write_text("line\nline\n\n")
    terms = ["env:SHOP_PASSWORD", f"file:{tmp_path}/key"]
    assert lookup.run(terms) == ["{{ pä$$ }}", "line\nline\n"]


@pytest.mark.parametrize(
    ("reference", "why"),
    [
        ("env:NOT_SET", "is not set on the control node"),
        ("env:EMPTY", "is empty on the control node"),
        ("file:/no/such/file", "No such file"),
        ("nope:kv/x", "one of the providers ansible-vault, env, file, prompt, vault"),
        ("vault:kv/x", "mount/path#key"),
        ("vault:kv/x#y", "the address of Vault is not set"),
        ("prompt:DB password?", "set WORLDTREE_PROMPT_DB_PASSWORD"),
        ("ansible-vault:/no/such#x", "there is no file /no/such"),
        ("env:", "provider:rest"),
        ("nothing", "provider:rest"),
    ],
)
def test_a_reference_without_a_value_is_reported(
    lookup: Any, reference: str, why: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("EMPTY", "")
    monkeypatch.delenv("VAULT_ADDR", raising=False)
    with pytest.raises(AnsibleLookupError) as caught:
        lookup.run([reference])
    assert why in str(caught.value)
    assert f"'{reference}'" in str(caught.value)


def test_questions_of_the_document_have_defaults(lookup: Any) -> None:
    """A hash with a random salt would be another one in each task, so that it is refused."""
    questions = {"A": {"default": "1.0"}, "B": {"default": "x", "encrypt": "sha512_crypt"}}
    known = {"worldtree_secrets": {"prompt": {"questions": questions}}}
    assert lookup.run(["prompt:A"], known) == ["1.0"]
    with pytest.raises(AnsibleLookupError, match="with another salt"):
        lookup.run(["prompt:B"], known)


def test_what_is_no_text_is_reported_without_its_bytes(lookup: Any, tmp_path: Path) -> None:
    (tmp_path / "binary").write_bytes(b"s3cret\xff")
    with pytest.raises(AnsibleLookupError) as caught:
        lookup.run([f"file:{tmp_path}/binary"])
    assert "not UTF-8" in str(caught.value)
    assert "s3cret" not in str(caught.value)


def test_with_a_broker_all_comes_from_there(
    lookup: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What is in Ansible's own environment does not count, and errors come with their fix."""
    monkeypatch.setenv("SHOP_PASSWORD", "of ansible")
    with BrokerProcess.start(SecretSources({"SHOP_PASSWORD": "of the broker"})) as broker:
        for name, value in broker.environment().items():
            monkeypatch.setenv(name, value)
        assert lookup.run(["env:SHOP_PASSWORD"]) == ["of the broker"]
        with pytest.raises(AnsibleLookupError, match="NOPE is not set; set it and run"):
            lookup.run(["env:NOPE"])
    with pytest.raises(AnsibleLookupError, match="does not answer; run wt resume"):
        lookup.run(["env:SHOP_PASSWORD"])
    assert tmp_path.exists()


def test_vaulted_files_are_opened_with_ansibles_passwords(lookup: Any, tmp_path: Path) -> None:
    file = vaulted(tmp_path)
    reference = f"ansible-vault:{file}#shop.password"
    with pytest.raises(AnsibleLookupError, match="cannot be decrypted"):
        lookup.run([reference])
    lookup._loader.set_vault_secrets([("default", VaultSecret(b"pa55word"))])
    there = {"playbook_dir": str(tmp_path)}
    assert lookup.run([reference]) == ["canary-av"]
    assert lookup.run(["ansible-vault:secrets.yml#port"], there) == ["8080"]
    assert lookup.run(["ansible-vault:secrets.yml"], there)[0].startswith("shop:\n")
    with pytest.raises(AnsibleLookupError, match="has no key nope"):
        lookup.run([f"ansible-vault:{file}#nope"])


def test_vault_is_read_with_hvac(lookup: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """Both versions of KV, by variables and by the settings of the document."""
    if program() is None:
        pytest.skip(NO_BAO)
    with started() as bao:
        write(bao, "app", password="canary-kv2")
        bao.root.secrets.kv.v1.create_or_update_secret("app", {"n": 1}, mount_point="old")
        settings = {"vault": {"address": bao.address, "token": "env:MY_TOKEN"}}
        monkeypatch.setenv("MY_TOKEN", ROOT_TOKEN)
        known = {"worldtree_secrets": settings}
        terms = ["vault:kv/app#password", "vault:old/app#n"]
        assert lookup.run(terms, known) == ["canary-kv2", "1"]
        for reference, why in {
            "vault:kv/nope#x": "Vault does not return kv/nope",
            "vault:old/nope#x": "no secret old/nope",
            "vault:kv/app#x": "has no key x",
        }.items():
            with pytest.raises(AnsibleLookupError, match=why):
                lookup.run([reference], known)
        _logs_in(bao, lookup, monkeypatch)


def _logs_in(bao: Bao, lookup: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    bao.root.sys.enable_auth_method("approle")
    role = bao.root.auth.approle
    role.create_or_update_approle("shop", token_policies=[bao.policy("shop", "kv/data/*")])
    monkeypatch.setenv("VAULT_ADDR", bao.address)
    monkeypatch.setenv("VAULT_ROLE_ID", role.read_role_id("shop")["data"]["role_id"])
    secret = role.generate_secret_id("shop")["data"]["secret_id"]
    monkeypatch.setenv("VAULT_SECRET_ID", secret)
    assert lookup.run(["vault:kv/app#password"]) == ["canary-kv2"]
    monkeypatch.setenv("VAULT_ROLE_ID", "")
    with pytest.raises(AnsibleLookupError, match="there is no token for Vault"):
        lookup.run(["vault:kv/app#password"])


def test_without_hvac_it_says_so(
    lookup: Any, plugins: Callable[[str], Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(plugins("plugin_utils.secret_vault"), "hvac", None)
    with pytest.raises(AnsibleLookupError, match="package hvac"):
        lookup.run(["vault:kv/app#password"])
