"""Plays -> a bundle on disk, byte-identical for equal inputs; reading and comparing bundles.

- ``build_bundle(plan, lowered, sources, bag) -> Bundle``: every file of the bundle, in memory
  or as a place to copy from; missing files go to ``bag``. ``BundleSources`` says where content
  comes from.
- ``find_asset(asset, document_dir, templates_paths) -> Path | None``: the file a step reads;
  ``COPIED_DIRECTORIES``: the directories beside the document that every bundle takes along.
- ``emit(bundle, directory, shared)``: writes it atomically; raises ``RefusedError`` rather than
  overwrite anything that is not a bundle.
- ``read_bundle(directory)``: the bundle that is there, in memory.
- ``read_manifest(directory)``, ``read_plan(directory)``: the manifest and plan in ``plan.json``.
- ``verify_bundle(directory) -> list[BundleProblem]``: edited, missing and extra files.
- ``added_files(directory) -> list[str]``: files that came after compiling.
- ``check_stale(directory, bundle) -> list[BundleProblem]``: differences to a fresh compile.
- ``diff_bundles(old, new) -> BundleDiff`` and ``diff_text(diff)``.
"""

from worldtree.ansible.bundle.diff import BundleDiff, diff_bundles, edited_bundles
from worldtree.ansible.bundle.diff_text import diff_text
from worldtree.ansible.bundle.emit.build import build_bundle
from worldtree.ansible.bundle.emit.bundle import Bundle, BundleFile, BundleSources
from worldtree.ansible.bundle.emit.document_files import COPIED_DIRECTORIES, find_asset
from worldtree.ansible.bundle.emit.write import emit
from worldtree.ansible.bundle.manifest import (
    BundleProblem,
    Manifest,
    read_bundle,
    read_manifest,
    read_plan,
)
from worldtree.ansible.bundle.verify import added_files, check_stale, verify_bundle

__all__ = [
    "COPIED_DIRECTORIES",
    "Bundle",
    "BundleDiff",
    "BundleFile",
    "BundleProblem",
    "BundleSources",
    "Manifest",
    "added_files",
    "build_bundle",
    "check_stale",
    "diff_bundles",
    "diff_text",
    "edited_bundles",
    "emit",
    "find_asset",
    "read_bundle",
    "read_manifest",
    "read_plan",
    "verify_bundle",
]
