"""A task does not start where its runs would stop at an encrypted file of variables."""

from __future__ import annotations

from pathlib import Path

import pytest
from ansible.parsing.vault import VaultLib, VaultSecret

from unit.engine.plans import plan
from worldtree.app.tasks.vault_preflight import refuse_locked_files
from worldtree.core.environment_paths import VAULT_ANSWER
from worldtree.core.errors import InputError

WANTED = plan({"a": ("h1",)}, [])


@pytest.fixture
def bundle(tmp_path: Path) -> Path:
    """A bundle with an encrypted file for all hosts, and one for a host that has no work."""
    text = VaultLib([("default", VaultSecret(b"right"))]).encrypt(b"a: 1\n")
    bundle = tmp_path / "bundle"
    for name in ("group_vars/all/w.yml", "host_vars/other.yml"):
        file = bundle / "plays" / name
        file.parent.mkdir(parents=True)
        file.write_bytes(text)
    (bundle / "ansible.cfg").write_text("[defaults]\n")
    return bundle


@pytest.mark.parametrize(
    ("environ", "slug"), [({}, "secret-unanswered"), ({VAULT_ANSWER: "wrong"}, "secret-denied")]
)
def test_the_file_of_the_team_is_named(bundle: Path, environ: dict[str, str], slug: str) -> None:
    with pytest.raises(InputError) as caught:
        refuse_locked_files(WANTED, bundle, environ, Path("/team"))
    (found,) = caught.value.diagnostics
    assert (found.slug, str(found.mark)) == (slug, "/team/group_vars/all/w.yml")
    assert "`group_vars/all/w.yml`" in found.summary
    assert "ANSIBLE_VAULT_PASSWORD_FILE" in found.hint


def test_the_right_password_is_no_problem(bundle: Path) -> None:
    refuse_locked_files(WANTED, bundle, {VAULT_ANSWER: "right"}, None)
