"""The inventory's files: data becomes YAML, text and files are copied unchanged."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from worldtree.ansible.bundle.emit.bundle import BundleFile
from worldtree.ansible.content.file_modes import permissions
from worldtree.ansible.model.yaml_writer import dump


def inventory_files(inventory: Mapping[str, Any]) -> dict[str, BundleFile]:
    """Return path -> file; a copied file keeps its mode (an inventory script stays executable)."""
    files = {}
    for path, content in inventory.items():
        if isinstance(content, Path):
            files[path] = BundleFile(content, permissions(content.stat().st_mode))
        else:
            files[path] = BundleFile(content if isinstance(content, str) else dump(content))
    return files
