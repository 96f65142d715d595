"""Assembles a bundle: one function lists its files and where they come from."""

from __future__ import annotations

from collections.abc import Mapping

from worldtree.ansible.bundle.emit.bundle import Bundle, BundleFile, BundleSources
from worldtree.ansible.bundle.emit.collections import collection_files, requirements
from worldtree.ansible.bundle.emit.config import ansible_cfg, git_attributes, lint_config
from worldtree.ansible.bundle.emit.document_files import asset_files, document_files, playbook_links
from worldtree.ansible.bundle.emit.inventory_files import inventory_files
from worldtree.ansible.bundle.emit.playbooks import playbook_files
from worldtree.ansible.bundle.emit.readme import readme
from worldtree.ansible.bundle.emit.role_files import role_files
from worldtree.ansible.bundle.lower import LoweredPlan
from worldtree.ansible.bundle.lower.outputs import declares_output_types
from worldtree.ansible.bundle.manifest import manifest_files
from worldtree.ansible.model.secret_lookups import SECRET_LOOKUP
from worldtree.ansible.model.yaml_writer import dump
from worldtree.core.errors import DiagnosticBag
from worldtree.plan.plan import EXTRA_VARS_FILE, Plan
from worldtree.spec.yaml_tags import decode_tags


def build_bundle(
    plan: Plan, lowered: LoweredPlan, sources: BundleSources, bag: DiagnosticBag
) -> Bundle:
    """Return the bundle of ``plan``; writes nothing. Missing files are reported to ``bag``."""
    # The renderer is slow to import, and running a reviewed bundle does not need it.
    from worldtree.graph.render import to_svg
    from worldtree.plan.graph_labels import picture_view

    inventory = inventory_files(sources.inventory)
    used = {*lowered.collections, *sources.calls.collections, *_lookup_collections(inventory)}
    names = sorted(used - {"ansible.builtin"})
    team = document_files(sources.document_dir)
    files: dict[str, BundleFile] = {
        # The team's own files first, so that none of them replaces a generated file.
        **team,
        **asset_files(lowered.assets, team, sources, bag),
        **role_files(sources),
        **collection_files(names, sources.index, lowered.collections, bag),
        **inventory,
        **playbook_files(plan, lowered),
        "ansible.cfg": BundleFile(ansible_cfg(sources, reads=_reads_outputs(plan))),
        ".gitattributes": BundleFile(git_attributes()),
        ".ansible-lint": BundleFile(lint_config(sources, team)),
        "requirements.yml": BundleFile(requirements(names, sources.index)),
        "graph.svg": BundleFile(to_svg(picture_view(plan))),
        "README.md": BundleFile(readme(plan, lowered, sources, names, team)),
    }
    if plan.extra_vars:
        files[EXTRA_VARS_FILE] = BundleFile(dump(decode_tags(plan.extra_vars)))
    files = dict(sorted(files.items()))
    linked = playbook_links(files)
    return Bundle({**files, **manifest_files(plan, files, linked)}, linked)


def _lookup_collections(inventory: Mapping[str, BundleFile]) -> set[str]:
    """Return the collection of the secret lookup if variables of hosts or groups use it."""
    texts = (file.content for file in inventory.values())
    found = any(SECRET_LOOKUP in text for text in texts if isinstance(text, str))
    return {SECRET_LOOKUP.rpartition(".")[0]} if found else set()


def _reads_outputs(plan: Plan) -> bool:
    """Whether any play reads published outputs, of another play or of its own role."""
    return any(node.reads or declares_output_types(node) for node in plan.graph.nodes.values())
