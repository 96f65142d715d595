"""Checks that the directories and files which compiling reads exist."""

from __future__ import annotations

from worldtree.core.errors import DiagnosticBag, DocPath
from worldtree.spec.cluster import Cluster


def check_paths(cluster: Cluster, bag: DiagnosticBag) -> None:
    """Check the paths of the document; skipped for a document without a directory."""
    if cluster.directory is None:
        return
    for key, paths in (
        ("rolesPath", cluster.roles_path),
        ("collectionsPath", cluster.collections_path),
        ("templatesPath", cluster.templates_path),
    ):
        for index, written in enumerate(paths):
            _check_exists(cluster, written, ("spec", key, index), "directory", bag)
    for index, written in enumerate(cluster.inventory if not cluster.inventory_given else ()):
        place: DocPath = ("spec", "inventory", index)
        if "," not in written:
            at = place if len(cluster.inventory) > 1 else place[:2]
            _check_exists(cluster, written, at, "inventory", bag)
    if cluster.ansible.config is not None:
        _check_exists(cluster, cluster.ansible.config, ("spec", "ansible", "config"), "file", bag)


def _check_exists(
    cluster: Cluster, written: str, path: DocPath, what: str, bag: DiagnosticBag
) -> None:
    try:
        place = cluster.path(written)
        kinds = {"directory": place.is_dir, "file": place.is_file}
        found = kinds.get(what, place.exists)()
    except (OSError, ValueError, RuntimeError):
        found = False
    if not found:
        bag.error(
            "path-not-found",
            f"the {what} `{written}` does not exist",
            detail="Paths are relative to the directory of the document.",
            hint="correct the path, or remove it",
            path=path,
        )
