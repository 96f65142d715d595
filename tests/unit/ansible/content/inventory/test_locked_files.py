"""Files that ansible-vault encrypted as a whole, and the passwords that are given."""

from __future__ import annotations

from pathlib import Path

import pytest
from ansible.parsing.vault import VaultLib, VaultSecret

from worldtree.ansible.content.inventory.locked_files import find_locked
from worldtree.core.environment_paths import VAULT_ANSWER, VAULT_IDENTITIES, VAULT_PASSWORD_FILE


def encrypted(path: Path, password: str) -> Path:
    """Write a file of variables that ``password`` encrypts."""
    vault = VaultLib([("default", VaultSecret(password.encode()))])
    path.write_bytes(vault.encrypt(b"a: 1\n"))
    return path


@pytest.fixture
def files(tmp_path: Path) -> list[Path]:
    """Two files with different passwords, and an empty configuration of Ansible."""
    (tmp_path / "ansible.cfg").write_text("[defaults]\n")
    for name in ("one", "two"):
        (tmp_path / f"{name}.password").write_text(f"{name}-pass\n")
    return [encrypted(tmp_path / f"{name}.yml", f"{name}-pass") for name in ("one", "two")]


def test_a_typed_password_opens_its_file_alone(files: list[Path], tmp_path: Path) -> None:
    one, two = files
    found = find_locked(files, config=tmp_path / "ansible.cfg", environ={VAULT_ANSWER: "one-pass"})
    assert found.files == (two,)
    assert found.has_password
    assert "not the one" in found.why
    both = {VAULT_PASSWORD_FILE: f"{one.with_suffix('.password')}"}
    password_files = [str(two.with_suffix(".password"))]
    found = find_locked(
        files, config=tmp_path / "ansible.cfg", environ=both, password_files=password_files
    )
    assert found.files == ()


def test_without_a_password_every_file_is_locked(files: list[Path], tmp_path: Path) -> None:
    found = find_locked(files, config=tmp_path / "ansible.cfg", environ={})
    assert list(found.files) == files
    assert not found.has_password
    for way in ("`-J`", VAULT_PASSWORD_FILE, "vault ids"):
        assert way in found.help


@pytest.mark.parametrize(
    "environ", [{VAULT_IDENTITIES: "prod@prompt"}, {VAULT_PASSWORD_FILE: "/no/such/file"}]
)
def test_what_ansible_would_ask_or_report_itself_is_left_to_it(
    files: list[Path], tmp_path: Path, environ: dict[str, str]
) -> None:
    assert find_locked(files, config=tmp_path / "ansible.cfg", environ=environ).files == ()
