"""The team's own files beside the document, copied to where Ansible looks for them."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from pathlib import Path, PurePosixPath

from worldtree.ansible.bundle.emit.bundle import BundleFile, BundleSources
from worldtree.ansible.content.file_digests import content_files
from worldtree.ansible.content.file_modes import permissions
from worldtree.ansible.steps.kind import Asset
from worldtree.ansible.steps.parameter_types import has_template
from worldtree.core.errors import DiagnosticBag, Mark
from worldtree.core.written_paths import home_path
from worldtree.spec.jinja_syntax import template_error

#: Directories beside the document that are copied into the bundle, and what they contain.
COPIED_DIRECTORIES = {
    "files": "files that steps and roles copy",
    "templates": "templates that steps and roles render",
    "tasks": "task files that roles include",
    "vars": "variable files that roles read",
    "handlers": "handler files that roles include",
    "group_vars": "variables of groups, as beside any playbook",
    "host_vars": "variables of hosts, as beside any playbook",
    "library": "modules of the team",
    "module_utils": "shared code of those modules",
    "action_plugins": "action plugins of the team",
    "filter_plugins": "filters of the team",
    "lookup_plugins": "lookups of the team",
    "test_plugins": "tests of the team",
}
#: Directories of imported playbooks: Ansible looks for content beside these.
PLAYBOOK_DIRS = ("plays", "rollback")
#: Directories of the bundle that Ansible looks for beside a playbook before it looks in its
#: settings, so that no exported ANSIBLE_ROLES_PATH replaces what was reviewed.
REVIEWED_CONTENT = ("roles", "collections")
#: Directory of a bundle with the plugins that the team's `ansible.cfg` names.
PLUGIN_DIRECTORY = "ansible_plugins"


def document_files(directory: Path | None) -> dict[str, BundleFile]:
    """Return path -> file of the directories beside the document that are copied."""
    files: dict[str, BundleFile] = {}
    for name in COPIED_DIRECTORIES if directory is not None else ():
        place = Path(directory or "") / name
        if place.is_dir():
            for file in content_files(place):
                files[f"{name}/{file.relative}"] = BundleFile(file.path, file.mode)
    return files


def plugin_files(plugins: Mapping[str, Iterable[Path]]) -> dict[str, BundleFile]:
    """Return path -> file of the plugins that the team's ``ansible.cfg`` names, by its keys."""
    files: dict[str, BundleFile] = {}
    for key, directories in plugins.items():
        for directory in directories:
            for file in content_files(directory):
                path = f"{PLUGIN_DIRECTORY}/{key}/{file.relative}"
                files.setdefault(path, BundleFile(file.path, file.mode))
    return files


def playbook_links(files: Collection[str], named: Iterable[str] = ()) -> dict[str, str]:
    """Return the links by which plays in ``plays/`` and ``rollback/`` find the bundle's content.

    Ansible looks for content beside the playbook with the play, not beside ``site.yml``. ``named``
    are the files that plays, roles or the document name by their path in the bundle.
    """
    tops = {path.partition("/")[0] for path in files if "/" in path}
    used = [place for place in PLAYBOOK_DIRS if place in tops]
    more = {path.partition("/")[0] for path in named} - {"inventory"}
    carried = sorted(tops.intersection([*COPIED_DIRECTORIES, *REVIEWED_CONTENT]) | more)
    found = {f"{place}/{name}": f"../{name}" for place in used for name in carried}
    return {path: target for path, target in found.items() if path not in files}


def asset_files(
    assets: Iterable[Asset],
    team: Mapping[str, BundleFile],
    sources: BundleSources,
    bag: DiagnosticBag,
) -> dict[str, BundleFile]:
    """Return path -> file of assets that the copied directories do not contain already.

    Absolute paths and templates are left to Ansible, which reads them when the play runs.
    """
    files: dict[str, BundleFile] = {}
    for asset in assets:
        path = asset.path.removesuffix("/")
        if has_template(path) or path.startswith(("/", "~")):
            continue
        if ".." in PurePosixPath(path).parts:
            _outside(path, asset, bag)
            continue
        wanted = f"{asset.place}/{path}"
        if asset.place == "templates":
            _check_template(find_asset(asset, sources.document_dir, sources.templates_paths), bag)
        if _contains(team, wanted) or _contains(team, path):
            continue
        found = find_asset(asset, sources.document_dir, sources.templates_paths)
        if found is None:
            _missing(path, asset, sources, bag)
        elif found.is_dir():
            for file in content_files(found):
                files[f"{wanted}/{file.relative}"] = BundleFile(file.path, file.mode)
        else:
            files[wanted] = BundleFile(found, permissions(found.stat().st_mode))
    return files


def _contains(files: Mapping[str, BundleFile], path: str) -> bool:
    return path in files or any(name.startswith(f"{path}/") for name in files)


def find_asset(
    asset: Asset, document_dir: Path | None, templates_paths: Iterable[Path] = ()
) -> Path | None:
    """Return the file or directory of ``asset`` in Ansible's search order, or None."""
    path = home_path(asset.path)
    if has_template(asset.path):
        return None
    places = [] if document_dir is None else [document_dir / asset.place, document_dir]
    if asset.place == "templates":
        places.extend(templates_paths)
    return next((place / path for place in places if (place / path).exists()), None)


def _missing(path: str, asset: Asset, sources: BundleSources, bag: DiagnosticBag) -> None:
    here = sources.document_dir or Path()
    looked = [here / asset.place / path, here / path]
    if asset.place == "templates":
        looked.extend(place / path for place in sources.templates_paths)
    bag.error(
        "step-file-not-found",
        f"there is no file `{path}`",
        detail="Searched " + ", ".join(str(place) for place in looked) + ".",
        hint=f"put it into `{asset.place}/` beside the document, or correct the path",
        subject=asset.path,
    )


def _check_template(file: Path | None, bag: DiagnosticBag) -> None:
    if file is None or not file.is_file():
        return
    reason, line = template_error(file.read_bytes().decode(errors="ignore"))
    if reason:
        bag.error(
            "jinja-syntax",
            f"`{file.name}` is not a valid template: {reason}",
            detail="Ansible renders it with Jinja, and would report this only when the step runs.",
            hint="correct the template",
            mark=Mark(str(file), line, 1),
        )


def _outside(path: str, asset: Asset, bag: DiagnosticBag) -> None:
    bag.error(
        "step-file-outside",
        f"`{path}` is outside the document's directory",
        detail="A bundle contains all files that its plays read, below its own directory.",
        hint="put the file beside the document or below it, or give its absolute path",
        subject=asset.path,
    )
