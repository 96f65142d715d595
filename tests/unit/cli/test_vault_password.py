"""`-J` asks for the vault password, as `--ask-vault-pass` of Ansible."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from ansible.parsing.vault import VaultLib, VaultSecret

from unit.ansible.content.roles.trees import write_tree
from unit.cli.conftest import Wt, shop_spec, write_document
from worldtree.app.ports import Question
from worldtree.cli import terminal_prompt
from worldtree.core.environment_paths import VAULT_ANSWER
from worldtree.core.errors import ExitCode


def test_the_password_is_asked_once_and_forgotten(
    wt: Wt, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It opens the inventory; without a terminal it is refused, and an answer may be set."""
    vault = VaultLib([("default", VaultSecret(b"typed-password"))])
    write_tree(
        tmp_path,
        {
            "inv/hosts": "[web]\nw1\n",
            "inv/group_vars/web.yml": vault.encrypt(b"ansible_port: 2222\n").decode(),
        },
    )
    modules = shop_spec()["modules"][:1]
    write_document(tmp_path / "cluster.yaml", {"inventory": "inv", "modules": modules})
    assert "[inventory-partly-unread]" in wt("plan").err
    refused = wt("plan", "-J")
    assert refused.code == ExitCode.REFUSED
    assert f"set {VAULT_ANSWER}" in refused.err

    asked: list[str] = []

    def ask(question: Question) -> str:
        asked.append(question.text)
        return "typed-password"

    monkeypatch.setattr(terminal_prompt, "terminal_prompt", lambda: ask)
    opened = wt("plan", "--ask-vault-pass")
    assert (opened.code, opened.err) == (ExitCode.OK, "")
    assert asked == ["Vault password"]
    assert VAULT_ANSWER not in os.environ
    monkeypatch.setenv(VAULT_ANSWER, "typed-password")
    assert wt("validate", "-J").err == ""
    assert asked == ["Vault password"]


@pytest.mark.parametrize("place", [".", "inv"])
def test_an_apply_without_the_password_is_refused_before_anything_is_done(
    place: str, wt: Wt, tmp_path: Path
) -> None:
    """Each file is named once, also where the inventory lies beside the document."""
    vault = VaultLib([("default", VaultSecret(b"right"))])
    files = {
        "hosts.ini": "[web]\nw1\n[site:children]\nweb\n",
        "group_vars/site.yml": vault.encrypt(b"a: 1\n").decode(),
    }
    write_tree(tmp_path / place, files)
    modules = shop_spec()["modules"][:1]
    inventory = str(Path(place) / "hosts.ini")
    write_document(tmp_path / "cluster.yaml", {"inventory": inventory, "modules": modules})
    refused = wt("apply", "--yes")
    assert refused.code == ExitCode.INPUT
    file = tmp_path / place / "group_vars/site.yml"
    assert refused.err.count("[secret-unanswered]") == 1
    assert f"{file}: error: no vault password for `group_vars/site.yml`" in refused.err
    assert "ANSIBLE_VAULT_PASSWORD_FILE" in refused.err
    [task] = wt("tasks", "list", "-o", "json").json["items"]
    assert (task["status"], task["started"]) == ("refused", None)
    assert [one["slug"] for one in task["problem"]["diagnostics"]] == ["secret-unanswered"]
