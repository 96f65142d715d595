"""Build hook: adds roles, templates and collections to the wheel, next to the code.

``worldtree/core/resources.py`` finds them there. An editable install uses the source tree instead.
"""

from __future__ import annotations

import importlib.util
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

#: Top-level directory -> its place below ``worldtree/_content``.
CONTENT = {
    "roles": "roles",
    "templates": "templates",
    "collections/ansible_collections": "collections/ansible_collections",
}
#: Directories that tools leave in the source tree.
_NOT_SHIPPED = {"__pycache__", ".pytest_cache", ".ansible"}


class ContentHook(BuildHookInterface[Any]):
    """Adds the Ansible content to the wheel."""

    PLUGIN_NAME = "custom"

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Add every content file; links to the templates become regular files."""
        if version == "editable":
            return
        root = Path(self.root)
        vendored = _vendor_module(root).ensure()
        include = build_data["force_include"]
        for source, target in CONTENT.items():
            include.update(_files(root / source, target))
        include.update(
            _files(vendored / "ansible_collections", CONTENT["collections/ansible_collections"])
        )


def _vendor_module(root: Path) -> Any:
    spec = importlib.util.spec_from_file_location("vendor", root / "collections" / "vendor.py")
    if spec is None or spec.loader is None:
        msg = "collections/vendor.py is missing from the source tree"
        raise FileNotFoundError(msg)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def _files(top: Path, target: str) -> Iterator[tuple[str, str]]:
    """Pairs of (file, place in the wheel), following the links from roles to their templates."""
    for entry in sorted(top.iterdir()):
        if entry.name in _NOT_SHIPPED:
            continue
        place = f"{target}/{entry.name}"
        if entry.is_dir():
            yield from _files(entry, place)
        else:
            yield str(entry), f"worldtree/_content/{place}"
