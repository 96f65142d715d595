"""Assembles a bundle: one function lists its files and where they come from."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial

from worldtree.ansible.bundle.emit.bundle import Bundle, BundleFile, BundleSources
from worldtree.ansible.bundle.emit.collections import (
    collection_files,
    named_collections,
    redirected,
    requirements,
)
from worldtree.ansible.bundle.emit.config import ansible_cfg, git_attributes, lint_config
from worldtree.ansible.bundle.emit.document_files import (
    asset_files,
    document_files,
    playbook_links,
    plugin_files,
)
from worldtree.ansible.bundle.emit.inventory_files import inventory_files
from worldtree.ansible.bundle.emit.playbooks import playbook_files
from worldtree.ansible.bundle.emit.readme import readme
from worldtree.ansible.bundle.emit.role_files import play_files, role_files, role_links
from worldtree.ansible.bundle.lower import LoweredPlan
from worldtree.ansible.bundle.lower.outputs import declares_output_types
from worldtree.ansible.bundle.manifest import manifest_files
from worldtree.ansible.bundle.own_names import GENERATED_FILES
from worldtree.ansible.content.config_keys import PLUGIN_NAME_KEYS
from worldtree.ansible.model.secret_lookups import SECRET_LOOKUP
from worldtree.ansible.model.yaml_writer import dump
from worldtree.core.errors import DiagnosticBag
from worldtree.plan.ids import file_stem
from worldtree.plan.pinned_artifact import ARTIFACTS_FILE, artifacts_text
from worldtree.plan.plan import EXTRA_VARS_FILE, Plan
from worldtree.spec.yaml_tags import decode_tags


def build_bundle(
    plan: Plan, lowered: LoweredPlan, sources: BundleSources, bag: DiagnosticBag
) -> Bundle:
    """Return the bundle of ``plan``; writes nothing. Missing files are reported to ``bag``.

    The picture and the manifest are made once they are read, which a validation does not do.
    """
    inventory = inventory_files(sources.inventory)
    team = document_files(sources.document_dir)
    carried = {path: BundleFile(f.path, f.mode) for path, f in sources.carried.items()}
    plays = playbook_files(plan, lowered)
    for path in sorted({*plays, *GENERATED_FILES} & set(sources.calls.files)):
        _reserved(path, bag)
    texts = (*inventory.values(), *plays.values(), *carried.values(), *team.values())
    used = {*lowered.collections, *sources.calls.collections, *_lookup_collections(inventory)}
    used |= named_collections(texts, sources.index) | _configured_collections(sources.settings)
    others: dict[str, BundleFile] = {
        # The team's own files first, so that none of them replaces a generated file.
        **carried,
        **play_files(sources),
        **team,
        **asset_files(lowered.assets, team, sources, bag),
        **role_files(sources),
        **plugin_files(sources.plugins),
        **inventory,
        **plays,
        "ansible.cfg": BundleFile(ansible_cfg(sources, reads=_reads_outputs(plan))),
    }
    if plan.extra_vars:
        others[EXTRA_VARS_FILE] = BundleFile(dump(decode_tags(plan.extra_vars)))
    used |= redirected(used, others.values(), sources.index)
    names = sorted(used - {"ansible.builtin"})
    files = {
        **others,
        **collection_files(names, sources, lowered.collections, others, bag),
        ".gitattributes": BundleFile(git_attributes()),
        ".ansible-lint": BundleFile(
            lint_config(sources, [*carried, *team, *sources.calls.files], _plays_of_the_team(plan))
        ),
        "requirements.yml": BundleFile(requirements(names, sources.index)),
        "graph.svg": BundleFile(partial(_picture, plan)),
        "README.md": BundleFile(readme(plan, lowered, sources, names, team)),
    }
    if sources.artifacts:
        files[ARTIFACTS_FILE] = BundleFile(artifacts_text(sources.artifacts))
    files = dict(sorted(files.items()))
    named = {**carried, **sources.calls.files}
    linked = {**role_links(sources), **playbook_links(files, named)}
    return Bundle({**files, **manifest_files(plan, files, linked)}, linked)


def _picture(plan: Plan) -> str:
    # The renderer is slow to import, and only a bundle that is written or compared needs it.
    from worldtree.graph.render import to_svg
    from worldtree.plan.graph_labels import picture_view

    return to_svg(picture_view(plan))


def _reserved(path: str, bag: DiagnosticBag) -> None:
    bag.error(
        "step-file-reserved",
        f"a play reads `{path}`, a name that the bundle has for a file of its own",
        detail="The play would read the bundle's file instead of yours.",
        hint="give your file another name, or move it to another directory",
    )


def _lookup_collections(inventory: Mapping[str, BundleFile]) -> set[str]:
    """Return the collection of the secret lookup if variables of hosts or groups use it."""
    texts = (file.content for file in inventory.values())
    found = any(SECRET_LOOKUP in text for text in texts if isinstance(text, str))
    return {SECRET_LOOKUP.rpartition(".")[0]} if found else set()


def _plays_of_the_team(plan: Plan) -> list[str]:
    """Return the paths of plays that have tasks or handlers in the words of the document."""
    return [
        f"plays/{file_stem(node.id)}.yml"
        for node in plan.graph.nodes.values()
        if node.play is not None
        and any(not isinstance(tasks, str) for _, tasks in node.play.sections())
    ]


def _configured_collections(settings: Mapping[str, Mapping[str, str]]) -> set[str]:
    """Return the collections whose plugins ``ansible.cfg`` names."""
    values = (v for part in settings.values() for k, v in part.items() if k in PLUGIN_NAME_KEYS)
    names = (name.strip() for value in values for name in value.split(","))
    return {name.rpartition(".")[0] for name in names if name.count(".") > 1}


def _reads_outputs(plan: Plan) -> bool:
    """Whether any play reads published outputs, of another play or of its own role."""
    return any(node.reads or declares_output_types(node) for node in plan.graph.nodes.values())
