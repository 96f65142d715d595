"""The variables of groups in a bundle's own inventory."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Any

from worldtree.ansible.bundle.manifest import Manifest
from worldtree.ansible.content.yaml_files import UnreadableYamlError, read_yaml
from worldtree.core.errors import InputError
from worldtree.spec.yaml_tags import encode_tags

_DIRECTORY = "inventory/group_vars/"


def has_own_inventory(manifest: Manifest) -> bool:
    """Whether the bundle's inventory was made from the document, not copied from the team's."""
    return "inventory" not in manifest.plan.get("digests", {})


def group_variables(
    directory: Path, manifest: Manifest, paths: Collection[str]
) -> dict[str, Mapping[str, Any]]:
    """Return group -> variables, from the files of ``paths`` that the bundle has.

    The cluster's variables are those of the group ``all``; tagged text is as in a plan. The result
    is empty for a team's own inventory. Raises ``InputError`` where a file cannot be read.
    """
    found: dict[str, Mapping[str, Any]] = {}
    if not has_own_inventory(manifest):
        return found
    for path in sorted(manifest.files.keys() & paths):
        if path.startswith(_DIRECTORY):
            try:
                values = read_yaml(directory / path)
            except UnreadableYamlError as problem:
                raise InputError([problem.diagnostic]) from problem
            found[Path(path).stem] = encode_tags(values) if isinstance(values, dict) else {}
    return found
