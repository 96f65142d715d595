"""Files that roles write beside an inventory: kept, and not read as inventories."""

from __future__ import annotations

from pathlib import Path

import pytest

from worldtree.app.tasks import kept_files
from worldtree.app.tasks.kept_files import KeptFiles


def test_what_roles_wrote_into_directories_of_inventories_is_no_inventory(tmp_path: Path) -> None:
    """Each directory that the bundle reads as one; a file as inventory needs no such names."""
    kept = KeptFiles(tmp_path, "c")
    for name in ("prod/secret", "prod/fetched/a", "common/group_vars/x", "other/y"):
        path = kept.directory / "inventory" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()
    config = tmp_path / "ansible.cfg"
    config.write_text("[defaults]\ninventory = inventory/prod,inventory/common/hosts.yml\n")
    assert kept.inventory_names(tmp_path) == ["fetched", "secret"]
    config.write_text("[defaults]\ninventory = inventory\n")
    assert kept.inventory_names(tmp_path) == ["common", "other", "prod"]


def test_directories_beside_the_document_are_there_for_what_roles_write(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also empty ones, for `dest: certs/a.pem` of a task on this machine; the files are kept."""

    def added(bundle: Path) -> list[str]:
        found = (path for path in bundle.rglob("*.pem") if not path.is_symlink())
        return [path.relative_to(bundle).as_posix() for path in found]

    monkeypatch.setattr(kept_files, "added_files", added)
    document, task = tmp_path / "shop", tmp_path / "shop" / "state" / "tasks" / "t1"
    for name in ("certs/web", ".git/objects", "roles/app", "files"):
        (document / name).mkdir(parents=True)
    (document / "files" / "carried").touch()
    home = document / "state"
    for name in ("plays", "rollback", "files"):
        (task / "bundle" / name).mkdir(parents=True)
    kept = KeptFiles(home, "c")
    with kept.connected(task, read_only=False, document=document):
        beside = {path.name for path in (task / "bundle" / "plays").iterdir()}
        assert beside == {"certs", "files"}
        (task / "bundle" / "plays" / "certs" / "web" / "a.pem").write_text("x")
        (task / "bundle" / "rollback" / "certs" / "b.pem").write_text("x")
    assert [file.path for file in kept.files()] == ["certs/b.pem", "certs/web/a.pem"]
    again = home / "tasks" / "t2"
    (again / "bundle" / "plays").mkdir(parents=True)
    with kept.connected(again, read_only=True, document=document):
        assert (again / "bundle" / "plays" / "certs" / "web" / "a.pem").read_text() == "x"
