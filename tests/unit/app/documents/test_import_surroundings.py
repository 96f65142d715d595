"""Where an import finds roles and collections: where Ansible finds them."""

from __future__ import annotations

from pathlib import Path

import pytest

from worldtree.app.documents.document_service import DocumentService
from worldtree.app.documents.import_playbooks import ImportRequest, PlaybookImportService


@pytest.mark.parametrize(
    ("place", "written", "environ"),
    [
        (".ansible", '"~/.ansible/roles"', {}),
        ("elsewhere", "../elsewhere/roles", {"ANSIBLE_ROLES_PATH": "{home}/elsewhere/roles"}),
    ],
)
def test_roles_of_the_home_and_of_the_environment_are_found(
    tmp_path: Path, place: str, written: str, environ: dict[str, str]
) -> None:
    """Without a setting Ansible looks into `~/.ansible`; its variable takes the place of both."""
    (tmp_path / place / "roles/app/tasks").mkdir(parents=True)
    (tmp_path / "shop").mkdir()
    playbook = tmp_path / "shop/site.yml"
    playbook.write_text("- {hosts: all, roles: [app]}\n", encoding="utf-8")
    given = {name: text.format(home=tmp_path) for name, text in environ.items()}
    service = PlaybookImportService(tmp_path, {"HOME": str(tmp_path), **given}, DocumentService())
    found = service.read(ImportRequest((playbook,), ("web1,",)))
    assert f"rolesPath:\n    - {written}\n" in found.text
    assert found.lost == ()
