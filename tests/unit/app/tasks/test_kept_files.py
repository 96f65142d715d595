"""Files that roles write beside an inventory: kept, and not read as inventories."""

from __future__ import annotations

from pathlib import Path

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
