"""Finds the files that a plugin's package brings, such as roles with their templates."""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path


def package_directory(module: str) -> Path | None:
    """Return the directory of the package that is, or holds, the importable ``module``.

    None when the module is in no package, or when the package is not one directory on disk (a zip
    file, a namespace package): Ansible reads roles from directories only.
    """
    # Takes long to import, and only packages that bring files need it.
    from importlib.resources import files

    spec = find_spec(module)
    is_package = spec is not None and spec.submodule_search_locations is not None
    package = module if is_package else module.rpartition(".")[0]
    if not package:
        return None
    root = files(package)
    return root if isinstance(root, Path) and root.is_dir() else None
