"""Imports playbooks: writes a document that does what they do."""

from __future__ import annotations

import os
import re
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from worldtree.ansible.content.inventory.external import read_inventory
from worldtree.ansible.content.inventory.sources import InventorySource
from worldtree.ansible.content.playbooks.follow import follow_playbooks
from worldtree.ansible.content.playbooks.listing import list_plays
from worldtree.ansible.content.playbooks.model import ImportedPlay
from worldtree.ansible.content.team_config import TeamConfig
from worldtree.app.documents.document_request import DocumentRequest
from worldtree.app.documents.document_service import DocumentService
from worldtree.app.documents.new_files import replace_file, write_new_files
from worldtree.app.documents.playbook_import.comparison import PlayDifference, compare_plays
from worldtree.app.documents.playbook_import.document import DocumentWriter
from worldtree.app.documents.playbook_import.environment import (
    looked_up,
    passed_finding,
    with_environment,
)
from worldtree.app.documents.playbook_import.names import slug
from worldtree.app.documents.playbook_import.order import module_names
from worldtree.app.documents.playbook_import.own_check import PlayPlaces, with_refused_parts
from worldtree.app.documents.playbook_import.own_warnings import own_warnings
from worldtree.app.documents.playbook_import.report import ImportReport, is_lost
from worldtree.app.documents.playbook_import.surroundings import Surroundings, find_surroundings
from worldtree.catalog.component_registry import components
from worldtree.core.errors import Diagnostic, InputError, Mark
from worldtree.spec.checks.names import RESERVED_MODULES
from worldtree.spec.host_patterns import HostGroups
from worldtree.spec.models.names import DNS_LABEL, STEP_RULE

__all__ = ["ImportRequest", "ImportedDocument", "PlayDifference", "PlaybookImportService"]

#: Name of the document that an import writes.
DOCUMENT_NAME = "cluster.yaml"
#: Where Ansible looks for collections by default.
_COLLECTIONS = ("~/.ansible/collections", "/usr/share/ansible/collections")
#: Names of directories that say nothing of the project they are in.
_PLAIN_DIRECTORIES = frozenset({"ansible", "playbook", "playbooks", "plays", "deploy", "src"})


@dataclass(frozen=True)
class ImportRequest:
    """What to import, and where to."""

    playbooks: tuple[Path, ...]
    inventories: tuple[str, ...] = ()
    roles_paths: tuple[Path, ...] = ()
    #: By default the document stands beside the first playbook.
    directory: Path | None = None
    #: Whether plays that share no host and learn nothing of other hosts run beside each other.
    parallel: bool = False
    #: Name of the cluster; by default that of the project's directory.
    name: str = ""


@dataclass(frozen=True)
class ImportedDocument:
    """A document for playbooks; nothing is written yet."""

    path: Path
    text: str
    #: Files that belong to it -> their text.
    files: dict[Path, str]
    plays: int
    findings: tuple[Diagnostic, ...]
    #: Where the parts of the text come from.
    places: PlayPlaces
    #: Of a parallel import: a line per play, what it waits for and why.
    order: tuple[str, ...] = ()
    #: The team's ``ansible.cfg`` as its document uses it; None before it is validated.
    config: TeamConfig | None = None

    @property
    def lost(self) -> tuple[Diagnostic, ...]:
        """What the document does not do."""
        return tuple(found for found in self.findings if is_lost(found))


class PlaybookImportService:
    """Writes documents that do what playbooks do; the playbooks stay as they are."""

    def __init__(
        self, working_directory: Path, environ: Mapping[str, str], documents: DocumentService
    ) -> None:
        self._working_directory = working_directory
        self._environ = environ
        self._documents = documents

    def read(self, request: ImportRequest) -> ImportedDocument:
        """Return the document of ``request``.

        Raises ``InputError`` for unreadable playbooks and for a name that no cluster can have.
        """
        if request.name and not re.fullmatch(DNS_LABEL, request.name):
            raise InputError([_bad_name(request.name)])
        report = ImportReport()
        files, plays, around = self._plays(request, report)
        base = self._base(request)
        writer = self._writer(files, base, around, report)
        writer.name = request.name or writer.name
        if request.parallel:
            writer.parallel = True
            writer.inventory = _hosts_of(around)
        text = writer.text(plays, files)
        return ImportedDocument(
            path=base / DOCUMENT_NAME,
            text=text,
            files={base / name: inner for name, inner in writer.files.items()},
            plays=len(plays),
            findings=tuple(report.found),
            places=PlayPlaces(text, writer.starts),
            order=writer.reasons,
        )

    def compare(self, request: ImportRequest) -> list[PlayDifference]:
        """Return where the document that is there does something else than the playbooks.

        Hosts, tasks and tags are those that Ansible lists of the playbooks and of the compiled
        bundle. Raises ``InputError`` when one of them cannot be read, compiled or listed.
        """
        report = ImportReport()
        files, plays, around = self._plays(request, report)
        document = self._base(request) / DOCUMENT_NAME
        if not document.exists():
            raise InputError([_no_document(document)])
        compiled = self._documents.compile(self._documents.plan(DocumentRequest(document)))
        paths = [str(path) for path in around.inventories]
        paths += [f"{name}," for name in around.hosts]
        with tempfile.TemporaryDirectory(prefix="wt-import-") as scratch:
            bundle = Path(scratch) / "bundle"
            self._documents.write(compiled, bundle)
            theirs = list_plays(
                files,
                paths,
                directory=around.config.parent if around.config else self._working_directory,
                environ={**self._environ, **_search_paths(around, bundle)},
            )
            ours = list_plays([bundle / "site.yml"], directory=bundle, environ=self._environ)
        writer = self._writer(files, document.parent, around, report)
        writer.text(plays, files)
        names = module_names(plays, writer.reserved)
        return compare_plays(names, theirs, ours, writer.narrowed)

    def _writer(
        self, files: Sequence[Path], base: Path, around: Surroundings, report: ImportReport
    ) -> DocumentWriter:
        return DocumentWriter(
            base=base,
            name=_cluster_name(files[0]),
            surroundings=around,
            report=report,
            reserved=(*components(), *sorted(RESERVED_MODULES)),
        )

    def _plays(
        self, request: ImportRequest, report: ImportReport
    ) -> tuple[list[Path], list[ImportedPlay], Surroundings]:
        """Return the files, their plays and what is around them; reports what is left out."""
        files = [self._absolute(path) for path in request.playbooks]
        plays, unfollowed = follow_playbooks(files)
        if any(step.is_in_collection for step in unfollowed):
            around, _ = self._surroundings(plays, files, request)
            plays, unfollowed = follow_playbooks(files, around.collections_paths)
        for step in unfollowed:
            todo = "write its path, or import it by itself: `wt import PLAYBOOK`"
            why = "whose path is known only when it runs"
            if step.is_in_collection:
                why = "whose collection is not there"
                todo = (
                    f"install it: `ansible-galaxy collection install {step.collection}`; or {todo}"
                )
            report.lost(f"the playbook `{step.target}`, {why}", step.mark, todo=todo)
        steps = (step for play in plays for step in play.imports)
        for mark in dict.fromkeys(step.mark for step in steps if step.outdated):
            report.changed(
                "`include` of a playbook is read as `import_playbook`",
                mark,
                why="Ansible has no `include` any more.",
            )
        around, warnings = self._surroundings(plays, files, request)
        report.found += warnings
        return files, plays, around

    def _surroundings(
        self, plays: Sequence[ImportedPlay], files: Sequence[Path], request: ImportRequest
    ) -> tuple[Surroundings, list[Diagnostic]]:
        return find_surroundings(
            plays,
            [file.parent for file in files],
            request.inventories,
            request.roles_paths,
            self._working_directory,
            self._environ,
        )

    def _base(self, request: ImportRequest) -> Path:
        """Return the directory of the document."""
        return self._absolute(request.directory or request.playbooks[0].parent)

    def write(self, imported: ImportedDocument) -> Sequence[Path]:
        """Write the document and its files; return their paths, the document first.

        Raises ``RefusedError`` when one of them exists (nothing is written then) or cannot be
        written.
        """
        files = {imported.path: imported.text, **imported.files}
        hint = "an import replaces nothing: name another directory with `-o DIR`, or move it"
        return write_new_files(files, hint=hint)

    def validate(self, imported: ImportedDocument) -> ImportedDocument:
        """Return ``imported``, which is written, with what its own validation refuses as lost.

        Its findings have all warnings of that validation, too. Names the environment variables in
        it, and in its file, that validation says are looked up.
        """
        problems, config = self._problems(imported.path)
        if names := looked_up(problems):
            told = passed_finding(names, imported.path, imported.places)
            text, added = with_environment(imported.text, list(names))
            replace_file(imported.path, text)
            imported = replace(
                imported,
                text=text,
                places=imported.places.moved(text, added),
                findings=(*imported.findings, told),
            )
            problems, config = self._problems(imported.path)
        found = with_refused_parts(imported.findings, problems, imported.path, imported.places)
        found += own_warnings(found, problems, imported.path, imported.places)
        return replace(imported, findings=tuple(found), config=config)

    def _problems(self, path: Path) -> tuple[Sequence[Diagnostic], TeamConfig | None]:
        """Return what a validation says, and the configuration; None if it cannot be planned."""
        try:
            planned, problems = self._documents.validate(DocumentRequest(path))
        except InputError as problem:
            return problem.diagnostics, None
        return problems, planned[0].config if planned else None

    def _absolute(self, path: Path) -> Path:
        return Path(os.path.normpath(self._working_directory / path))


def _cluster_name(playbook: Path) -> str:
    """Return a name from the nearest directory that is called after the project."""
    names = [slug(part) for part in reversed(playbook.parent.parts)]
    return next(
        (n for n in names if n and n not in _PLAIN_DIRECTORIES), slug(playbook.stem) or "site"
    )


def _hosts_of(around: Surroundings) -> HostGroups | None:
    """Return the hosts and groups of the inventory; raises ``InputError`` if Ansible cannot."""
    sources = around.sources
    if not sources:
        return None
    found, problems = read_inventory(
        [InventorySource(written, None) for written in sources],
        collection_paths=around.collections_paths,
    )
    if found is None:
        raise InputError(problems)
    return found.order


def _search_paths(around: Surroundings, bundle: Path) -> dict[str, str]:
    """Return variables with which Ansible finds what the import found, and what bundles bring."""
    places = {
        "ANSIBLE_ROLES_PATH": around.roles_paths,
        "ANSIBLE_COLLECTIONS_PATH": (
            *around.collections_paths,
            *(Path(place) for place in _COLLECTIONS),
            bundle / "collections",
        ),
    }
    return {name: os.pathsep.join(map(str, paths)) for name, paths in places.items() if paths}


def _no_document(path: Path) -> Diagnostic:
    return Diagnostic(
        "file-not-found",
        f"there is no {path} to compare",
        hint="write it first: the same command without `--check`",
        mark=Mark.of_file(str(path)),
    )


def _bad_name(name: str) -> Diagnostic:
    close = slug(name)
    hint = f"for example `--name {close}`" if close else "name it after the project"
    return Diagnostic("bad-name", f"`{name}` is not a valid name of a cluster", STEP_RULE, hint)
