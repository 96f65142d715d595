"""Values of files that ansible-vault encrypted."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from worldtree.secrets.errors import SecretError
from worldtree.secrets.resolver import SecretResolver, SecretSources

PLAIN = "shop:\n  password: canary-av\nport: 8080\n'a.b': dotted\n"


def vaulted(directory: Path, password: str = "pa55word") -> Path:
    """Encrypt the file with the real program; its password is in ``password``."""
    (directory / "password").write_text(f"{password}\n")
    file = directory / "secrets.yml"
    file.write_text(PLAIN)
    program = Path(sys.executable).parent / "ansible-vault"
    command = [str(program), "encrypt", "--vault-password-file", str(directory / "password")]
    environ = {"PATH": f"{program.parent}:{os.environ['PATH']}", "HOME": str(directory)}
    subprocess.run([*command, str(file)], check=True, capture_output=True, env=environ)
    return file


@pytest.fixture(scope="module")
def directory(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A directory with ``secrets.yml`` and ``password``."""
    place = tmp_path_factory.mktemp("vaulted")
    vaulted(place)
    return place


def make_resolver(
    directory: Path,
    environ: Mapping[str, str] | None = None,
    answers: Mapping[str, str] | None = None,
    **settings: Any,
) -> SecretResolver:
    """A resolver with the base directory ``directory``."""
    given = {"ansibleVault": settings}
    return SecretResolver(SecretSources(environ or {}, given, (str(directory),), answers or {}))


def test_every_way_of_giving_the_password(directory: Path) -> None:
    """A variable, a list of identities, a setting, an answer, a program."""
    program = directory / "keyring-client.sh"
    program.write_text('#!/bin/sh\n[ "$1 $2" = "--vault-id prod" ] && echo pa55word\n')
    program.chmod(0o755)
    odd = directory / "ops@example"
    odd.write_text("pa55word\n")
    for asked in (
        make_resolver(directory, {"ANSIBLE_VAULT_PASSWORD_FILE": str(directory / "password")}),
        make_resolver(directory, {"ANSIBLE_VAULT_IDENTITY_LIST": f"dev@{directory}/password"}),
        make_resolver(directory, {"ANSIBLE_VAULT_IDENTITY_LIST": f"prod@{program}"}),
        make_resolver(directory, {"ANSIBLE_VAULT_IDENTITY_LIST": f"dev@{odd}, ops@prompt"}),
        make_resolver(directory, passwordFile="password"),
        make_resolver(directory, answers={"Vault password": "pa55word"}),
        make_resolver(directory, {"WORLDTREE_PROMPT_VAULT_PASSWORD": "pa55word"}),
    ):
        assert asked.get("ansible-vault:secrets.yml#shop.password") == "canary-av"
        assert "pa55word" in asked.values()[0]


def test_keys_go_inside_and_values_become_text(directory: Path) -> None:
    asked = make_resolver(directory, passwordFile="password")
    assert asked.get("ansible-vault:secrets.yml#port") == "8080"
    assert asked.get("ansible-vault:secrets.yml#a.b") == "dotted"
    assert asked.get("ansible-vault:secrets.yml#shop") == '{"password": "canary-av"}'
    assert asked.get("ansible-vault:secrets.yml") == PLAIN.rstrip("\n")


def test_single_values_may_be_vaulted_in_a_plain_file(directory: Path) -> None:
    """As `ansible-vault encrypt_string` writes them."""
    text = (directory / "secrets.yml").read_text()
    lines = "".join(f"  {line}\n" for line in text.splitlines())
    (directory / "mixed.yml").write_text(f"open: x\nclosed: !vault |\n{lines}")
    asked = make_resolver(directory, passwordFile="password")
    assert asked.get("ansible-vault:mixed.yml#closed") == PLAIN


def test_what_is_vaulted_in_variables_is_redacted_and_no_ordinary_word(
    tmp_path: Path,
) -> None:
    """Single values, and longer ones of whole files, if they stand nowhere in clear."""
    (tmp_path / "password").write_text("pa55word\n")
    program = str(Path(sys.executable).parent / "ansible-vault")
    options = ["--vault-password-file", str(tmp_path / "password")]
    single = subprocess.run(
        [program, "encrypt_string", *options, "--name", "a", "inl1ne"],
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    (tmp_path / "mixed.yml").write_text(f"open: not-secret-at-all\n{single}other: !custom x\n")
    (tmp_path / "whole.yml").write_text(
        "user: admin\npath: /srv/application\nlong-key-name: {list: [long-secret-1]}\nn: 7\n"
    )
    (tmp_path / "key.pem").write_text("BEGIN\nsecret-line: [\nEND\n")
    for name in ("whole.yml", "key.pem"):
        command = [program, "encrypt", *options, str(tmp_path / name)]
        subprocess.run(command, check=True, capture_output=True)
    files = [tmp_path / name for name in ("mixed.yml", "whole.yml", "key.pem", "gone.yml")]
    asked = make_resolver(tmp_path, passwordFile="password")
    assert asked.conceal_vaulted(files, "root: /srv/application") == [tmp_path / "gone.yml"]
    assert set(asked.values()[0]) == {
        "pa55word",
        "inl1ne",
        "long-secret-1",
        "BEGIN\nsecret-line: [\nEND\n",
    }
    assert make_resolver(tmp_path).conceal_vaulted(files[:1], "") == files[:1]


@pytest.mark.parametrize(
    ("reference", "settings", "slug"),
    [
        ("secrets.yml#nope", {"passwordFile": "password"}, "secret-not-found"),
        ("nope.yml#x", {"passwordFile": "password"}, "secret-not-found"),
        ("secrets.yml#x", {}, "secret-unanswered"),
        ("secrets.yml#x", {"passwordFile": "wrong"}, "secret-denied"),
        ("secrets.yml#x", {"passwordFile": "nowhere"}, "secret-not-found"),
        ("secrets.yml#x", {"passwordFile": "failing"}, "secret-denied"),
        ("broken.yml#x", {"passwordFile": "password"}, "secret-unreadable"),
    ],
)
def test_what_goes_wrong_is_named_without_a_value(
    directory: Path, reference: str, settings: dict[str, str], slug: str
) -> None:
    (directory / "wrong").write_text("not-the-password")
    (directory / "failing").write_text("#!/bin/sh\necho canary-out; exit 3\n")
    (directory / "failing").chmod(0o755)
    (directory / "broken.yml").write_text("a: [canary-broken\n")
    with pytest.raises(SecretError) as caught:
        make_resolver(directory, **settings).get(f"ansible-vault:{reference}")
    assert caught.value.problem.slug == slug
    assert "canary" not in str(caught.value)
    assert "not-the-password" not in str(caught.value)
