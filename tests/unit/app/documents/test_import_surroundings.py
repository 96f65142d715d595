"""Where an import finds roles and collections: where Ansible finds them."""

from __future__ import annotations

from pathlib import Path

import pytest

from worldtree.app.documents.document_service import DocumentService
from worldtree.app.documents.import_playbooks import ImportRequest, PlaybookImportService

#: Roles of the playbook's own directory.
_OWN = ("own", "both", "needy", "nested")


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


@pytest.mark.parametrize(
    ("play", "is_written"),
    [
        ("{hosts: all, roles: [own]}", False),
        ("{hosts: all, tasks: [{include_role: {name: own}}]}", False),
        # A role of the playbook's own directory hides the one of the home.
        ("{hosts: all, roles: [both]}", False),
        ("{hosts: all, roles: [{role: app}]}", True),
        # `needy` depends on a role of the home, `nested` includes it.
        ("{hosts: all, roles: [needy]}", True),
        ("{hosts: all, roles: [nested]}", True),
        ("{hosts: all, tasks: [{block: [{import_role: {name: app}}]}]}", True),
        ("{hosts: all, tasks: [{include_tasks: more.yml}]}", True),
        ('{hosts: all, tasks: [{include_role: {name: "a{{ kind }}"}}]}', True),
        ('{hosts: all, tasks: [{include_role: {name: "x{{ kind }}"}}]}', False),
        ('{hosts: all, tasks: [{include_role: {name: "{{ item }}"}, loop: [own]}]}', False),
    ],
)
def test_roles_of_the_home_are_named_only_where_one_is_used(
    tmp_path: Path, play: str, is_written: bool
) -> None:
    """A document does not name a directory that only the importing machine has to have."""
    roles = tmp_path / "shop/roles"
    for name in (".ansible/roles/app", ".ansible/roles/both", *(f"shop/roles/{n}" for n in _OWN)):
        (tmp_path / name / "tasks").mkdir(parents=True)
    (roles / "needy/meta").mkdir()
    (roles / "needy/meta/main.yml").write_text("dependencies: [app]\n", encoding="utf-8")
    include = "- include_role: {name: app}\n"
    (roles / "nested/tasks/main.yml").write_text(include, encoding="utf-8")
    (tmp_path / "shop/more.yml").write_text(include, encoding="utf-8")
    playbook = tmp_path / "shop/site.yml"
    playbook.write_text(f"- {play}\n", encoding="utf-8")
    service = PlaybookImportService(tmp_path, {"HOME": str(tmp_path)}, DocumentService())
    found = service.read(ImportRequest((playbook,), ("web1,",)))
    assert ("~/.ansible/roles" in found.text) is is_written
