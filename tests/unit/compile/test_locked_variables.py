"""A plan warns of variable files beside the document that stay encrypted."""

from __future__ import annotations

from pathlib import Path

import pytest
from ansible.parsing.vault import VaultLib, VaultSecret

from worldtree.compile.compiler import plan_document
from worldtree.core.environment_paths import VAULT_ANSWER
from worldtree.spec.load import load_file

DOCUMENT = """\
apiVersion: worldtree.io/v1alpha1
kind: Cluster
metadata: {name: shop}
spec:
  hosts: [{name: a, connection: local}]
  modules:
    - name: m
      tasks: [{name: t, hosts: all, steps: [{name: s, command: {argv: ["true"]}}]}]
"""


@pytest.mark.parametrize(
    ("password", "why"),
    [("", "no vault password is given"), ("wrong", "is not the one"), ("right", None)],
)
def test_a_locked_file_is_a_warning(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, password: str, why: str | None
) -> None:
    monkeypatch.setenv(VAULT_ANSWER, password)
    (tmp_path / "group_vars").mkdir()
    text = VaultLib([("default", VaultSecret(b"right"))]).encrypt(b"a: 1\n")
    (tmp_path / "group_vars" / "all.yml").write_bytes(text)
    (tmp_path / "c.yaml").write_text(DOCUMENT)
    (document,) = load_file(tmp_path / "c.yaml")
    found = [
        one for one in plan_document(document).diagnostics if one.slug == "inventory-partly-unread"
    ]
    assert len(found) == (why is not None)
    for one in found:
        assert why is not None
        assert why in one.detail
        assert "group_vars/all.yml" in str(one.mark)
