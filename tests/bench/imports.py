"""Measures `wt import` on directories of playbooks: how many plays become a document whole.

Run it as ``python -m bench.imports DIR…`` with ``PYTHONPATH=tests``: each directory is a checkout.
A play counts once, in its own file. ``--validate`` also compiles the document of each playbook,
with an inventory that has one host in each group that the plays name.
"""

from __future__ import annotations

import argparse
import re
import tempfile
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from worldtree.ansible.content.playbooks.follow import follow_playbooks
from worldtree.ansible.content.playbooks.model import Play, text_list
from worldtree.ansible.content.playbooks.read import read_playbook
from worldtree.app.documents.document_request import DocumentRequest
from worldtree.app.documents.document_service import DocumentService
from worldtree.app.documents.import_playbooks import ImportRequest, PlaybookImportService
from worldtree.core.errors import Diagnostic, InputError, Mark

_SUFFIXES = (".yml", ".yaml")
#: Directories whose files are no playbooks of the project.
_OTHERS = frozenset({".git", "collections", "node_modules", "molecule", "templates", "group_vars"})
#: Hosts of every document: those of the repository may need credentials.
_INVENTORY = ("web1,",)


@dataclass
class Figures:
    """What was counted in one directory."""

    plays: int = 0
    whole: int = 0
    playbooks: int = 0
    valid: int = 0
    #: Reason -> number of plays that lost something for it.
    reasons: Counter[str] = field(default_factory=Counter)
    #: Reason -> number of playbooks that cannot be read or compiled.
    refused: Counter[str] = field(default_factory=Counter)
    examples: dict[str, str] = field(default_factory=dict)

    def add(self, other: Figures) -> None:
        """Add the figures of another directory."""
        self.plays += other.plays
        self.whole += other.whole
        self.playbooks += other.playbooks
        self.valid += other.valid
        self.reasons += other.reasons
        self.refused += other.refused
        self.examples = {**other.examples, **self.examples}


def playbooks_of(directory: Path) -> Iterator[tuple[Path, list[Play]]]:
    """Return the playbooks below ``directory`` with the plays that stand in them."""
    for file in sorted(directory.rglob("*.y*ml")):
        inner = file.relative_to(directory).parts
        if file.suffix not in _SUFFIXES or not file.is_file() or _OTHERS & set(inner):
            continue
        try:
            entries = read_playbook(file)
        except InputError:
            continue
        yield file, [entry for entry in entries if isinstance(entry, Play)]


def measure(directory: Path, *, validate: bool) -> Figures:
    """Import every playbook below ``directory``, each by itself."""
    found = Figures()
    service = PlaybookImportService(directory, {}, DocumentService())
    for file, plays in playbooks_of(directory):
        found.playbooks += 1
        try:
            imported = service.read(ImportRequest((file,), _INVENTORY))
        except InputError as problem:
            _refuse(found, problem.diagnostics)
            continue
        found.plays += len(plays)
        lost = [
            {_kind(one) for one in imported.lost if one.mark and _within(play, plays, one.mark)}
            for play in plays
        ]
        found.whole += sum(not kinds for kinds in lost)
        found.reasons.update(kind for kinds in lost for kind in kinds)
        for one in imported.lost:
            found.examples.setdefault(_kind(one), str(one.mark))
        if validate:
            _validate(found, file, directory)
    return found


def _within(play: Play, plays: Sequence[Play], mark: Mark) -> bool:
    later = [other.mark.line for other in plays if other.mark.line > play.mark.line]
    ends = min(later, default=10**9)
    return mark.file == play.mark.file and play.mark.line <= mark.line < ends


def _kind(found: Diagnostic) -> str:
    """Return the summary without names, so that equal reasons count together."""
    return (
        re.sub(r"`[^`]*`", "…", found.summary)
        if "keyword" not in found.summary
        else (found.summary)
    )


def _refuse(found: Figures, diagnostics: Sequence[Diagnostic]) -> None:
    errors = [one for one in diagnostics if one.is_error]
    for kind in {f"{one.slug}: {_kind(one)}" for one in errors}:
        found.refused[kind] += 1
    for one in errors:
        found.examples.setdefault(f"{one.slug}: {_kind(one)}", str(one.mark))


def _validate(found: Figures, file: Path, checkout: Path) -> None:
    """Compile the document of ``file`` where it would stand, beside the playbook."""
    documents = DocumentService()
    service = PlaybookImportService(file.parent, {}, documents)
    with tempfile.TemporaryDirectory(prefix="bench-imports-") as scratch:
        inventory = Path(scratch) / "hosts.ini"
        followed, _ = follow_playbooks([file])
        inventory.write_text(_inventory([one.play for one in followed]), encoding="utf-8")
        # Some projects are installed elsewhere, where their `ansible.cfg` names the roles.
        roles = tuple(path for path in (checkout / "roles",) if path.is_dir())
        imported = service.read(ImportRequest((file,), (str(inventory),), roles))
        if any(path.exists() for path in (imported.path, *imported.files)):
            raise SystemExit(f"{imported.path.parent} has files of an import: remove them first")
        written = list(service.write(imported))
        planned: Sequence[object] = ()
        try:
            planned, diagnostics = documents.validate(DocumentRequest(imported.path))
        except InputError as problem:
            diagnostics = list(problem.diagnostics)
        finally:
            for path in written:
                path.unlink()
                for parent in (path.parent, path.parent.parent):
                    with suppress(OSError):  # Other files are there.
                        parent.rmdir()
    if planned:
        found.valid += 1
    else:
        _refuse(found, diagnostics)


def _inventory(plays: Sequence[Play]) -> str:
    """Return an inventory with a host in each group that ``plays`` name."""
    names = {
        name
        for play in plays
        for text in text_list(play.value("hosts"))
        for name in re.findall(r"[A-Za-z_][\w.-]*", re.sub(r"\{\{.*?\}\}", "", text))
    } - {"all", "localhost", "ungrouped"}
    groups = [f"[{name}]\n{name}-host\n" for name in sorted(names)]
    return "".join(["other-host\nlocalhost ansible_connection=local\n", *groups])


def main() -> None:
    """Print the figures of each directory and of all."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("directories", nargs="+", type=Path)
    parser.add_argument("--validate", action="store_true", help="compile each document too")
    options = parser.parse_args()
    total = Figures()
    for directory in options.directories:
        found = measure(directory.absolute(), validate=options.validate)
        _print(directory.name, found, validate=options.validate)
        total.add(found)
    _print("all", total, validate=options.validate)
    for title, reasons in (("not imported", total.reasons), ("refused", total.refused)):
        print(f"\n{title}:")
        for reason, number in reasons.most_common():
            print(f"  {number:5}  {reason}  ({total.examples.get(reason, '')})")


def _print(name: str, found: Figures, *, validate: bool) -> None:
    share = 100 * found.whole / found.plays if found.plays else 100.0
    text = f"{name}: {found.whole} of {found.plays} plays without a loss ({share:.1f} %)"
    if validate:
        text += f", {found.valid} of {found.playbooks} playbooks valid"
    print(text)


if __name__ == "__main__":
    main()
