"""A task does not start where its runs would stop at an encrypted file of variables."""

from __future__ import annotations

from pathlib import Path

import pytest
from ansible.parsing.vault import VaultLib, VaultSecret

from unit.engine.plans import plan
from worldtree.app.tasks.vault_preflight import refuse_locked_files, team_directories
from worldtree.core.environment_paths import VAULT_ANSWER
from worldtree.core.errors import InputError

WANTED = plan({"a": ("h1",)}, [])
TEAM = team_directories(Path("/team"), {"inventory/prod": Path("/team/inv/prod")})


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
        refuse_locked_files(WANTED, bundle, environ, TEAM)
    (found,) = caught.value.diagnostics
    assert (found.slug, str(found.mark)) == (slug, "/team/group_vars/all/w.yml")
    assert "`group_vars/all/w.yml`" in found.summary
    assert "ANSIBLE_VAULT_PASSWORD_FILE" in found.hint


def test_the_right_password_is_no_problem(bundle: Path) -> None:
    refuse_locked_files(WANTED, bundle, {VAULT_ANSWER: "right"}, TEAM)


@pytest.mark.parametrize("source", ["inventory/prod", "inventory/prod/hosts.ini"])
def test_files_beside_an_inventory_are_refused_too(bundle: Path, source: str) -> None:
    """Those of the groups and hosts that have work, named as the team has them."""
    text = (bundle / "plays/group_vars/all/w.yml").read_bytes()
    names = ("group_vars/web.yml", "group_vars/db.yml", "host_vars/h1/v.yml", "host_vars/h2.yml")
    for name in names:
        file = bundle / "inventory/prod" / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(text)
    (bundle / "inventory/prod/hosts.ini").write_text("")
    (bundle / "ansible.cfg").write_text(f"[defaults]\ninventory = inventory/own.yml,{source}\n")
    wanted = WANTED.model_copy(update={"groups": {"web": ("h1", "h2"), "db": ("h2",)}})
    with pytest.raises(InputError) as caught:
        refuse_locked_files(wanted, bundle, {}, TEAM)
    assert sorted(str(one.mark) for one in caught.value.diagnostics) == [
        "/team/group_vars/all/w.yml",
        "/team/inv/prod/group_vars/web.yml",
        "/team/inv/prod/host_vars/h1/v.yml",
    ]
    with pytest.raises(InputError) as caught:
        refuse_locked_files(wanted, bundle, {}, team_directories(None, {}))
    marks = {str(one.mark) for one in caught.value.diagnostics}
    assert str(bundle / "inventory/prod/group_vars/web.yml") in marks
