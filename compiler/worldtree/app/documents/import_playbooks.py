"""Imports playbooks: writes a document that does what they do."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from worldtree.ansible.content.playbooks.follow import follow_playbooks
from worldtree.app.documents.playbook_import.document import DocumentWriter
from worldtree.app.documents.playbook_import.names import slug
from worldtree.app.documents.playbook_import.report import ImportReport, is_lost
from worldtree.app.documents.playbook_import.surroundings import find_surroundings
from worldtree.catalog.component_registry import components
from worldtree.core.errors import Diagnostic, RefusedError

#: Name of the document that an import writes.
DOCUMENT_NAME = "cluster.yaml"
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


@dataclass(frozen=True)
class ImportedDocument:
    """A document for playbooks; nothing is written yet."""

    path: Path
    text: str
    #: Files that belong to it -> their text.
    files: dict[Path, str]
    plays: int
    findings: tuple[Diagnostic, ...]

    @property
    def lost(self) -> tuple[Diagnostic, ...]:
        """What the document does not do."""
        return tuple(found for found in self.findings if is_lost(found))


class PlaybookImportService:
    """Writes documents that do what playbooks do; the playbooks stay as they are."""

    def __init__(self, working_directory: Path) -> None:
        self._working_directory = working_directory

    def read(self, request: ImportRequest) -> ImportedDocument:
        """Return the document of ``request``; raises ``InputError`` for unreadable playbooks."""
        report = ImportReport()
        files = [self._absolute(path) for path in request.playbooks]
        plays, unfollowed = follow_playbooks(files, lambda _name: None)
        for step in unfollowed:
            report.lost(
                f"the playbook `{step.target}`, whose path is known only when it runs",
                step.mark,
                todo="write its path, or import it by itself: `wt import PLAYBOOK`",
            )
        steps = (step for play in plays for step in play.imports)
        for mark in dict.fromkeys(step.mark for step in steps if step.outdated):
            report.changed(
                "`include` of a playbook is read as `import_playbook`",
                mark,
                why="Ansible has no `include` any more.",
            )
        base = self._absolute(request.directory) if request.directory else files[0].parent
        around = find_surroundings(
            plays, request.inventories, request.roles_paths, self._working_directory
        )
        writer = DocumentWriter(
            base=base,
            name=_cluster_name(files[0]),
            surroundings=around,
            report=report,
            reserved=tuple(components()),
        )
        text = writer.text(plays, files)
        return ImportedDocument(
            path=base / DOCUMENT_NAME,
            text=text,
            files={base / name: inner for name, inner in writer.files.items()},
            plays=len(plays),
            findings=tuple(report.found),
        )

    def write(self, imported: ImportedDocument) -> Sequence[Path]:
        """Write the document and its files; return their paths, the document first.

        Raises ``RefusedError`` when one of them exists (nothing is written then) or cannot be
        written.
        """
        files = {imported.path: imported.text, **imported.files}
        there = next((path for path in files if path.exists()), None)
        if there is not None:
            msg = f"{there} already exists"
            hint = "an import replaces nothing: name another directory with `-o DIR`, or move it"
            raise RefusedError(msg, hint=hint)
        try:
            for path, text in files.items():
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_text(text, encoding="utf-8")
        except OSError as problem:
            msg = f"{problem.filename} cannot be written: {problem.strerror}"
            raise RefusedError(msg) from problem
        return list(files)

    def _absolute(self, path: Path) -> Path:
        return Path(os.path.normpath(self._working_directory / path))


def _cluster_name(playbook: Path) -> str:
    """Return a name from the nearest directory that is called after the project."""
    names = [slug(part) for part in reversed(playbook.parent.parts)]
    return next(
        (n for n in names if n and n not in _PLAIN_DIRECTORIES), slug(playbook.stem) or "site"
    )
