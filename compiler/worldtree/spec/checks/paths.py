"""Directories and files that the document names and compiling reads."""

from __future__ import annotations

from worldtree.core.errors import DiagnosticBag, DocPath
from worldtree.spec.cluster import Cluster


def check_paths(cluster: Cluster, bag: DiagnosticBag) -> None:
    """Check that what compiling reads is there; a document that came as text has no place."""
    if cluster.directory is None:
        return
    for key, paths in (
        ("rolesPath", cluster.roles_path),
        ("collectionsPath", cluster.collections_path),
        ("templatesPath", cluster.templates_path),
    ):
        for index, written in enumerate(paths):
            _check_exists(cluster, written, ("spec", key, index), "directory", bag)
    if cluster.inventory is not None:
        _check_exists(cluster, cluster.inventory, ("spec", "inventory"), "inventory", bag)


def _check_exists(
    cluster: Cluster, written: str, path: DocPath, what: str, bag: DiagnosticBag
) -> None:
    try:
        place = cluster.path(written)
        found = place.is_dir() if what == "directory" else place.exists()
    except (OSError, ValueError, RuntimeError):
        found = False
    if not found:
        bag.error(
            "path-not-found",
            f"there is no {what} `{written}`",
            detail="Paths are relative to the document's directory.",
            hint="correct the path, or remove it",
            path=path,
        )
