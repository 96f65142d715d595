"""The files outside roles that a bundle carries: those that texts name, and those of ``carry``."""

from __future__ import annotations

import glob
import os
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

from worldtree.ansible.bundle import COPIED_DIRECTORIES
from worldtree.ansible.bundle.own_names import GENERATED_DIRECTORIES, GENERATED_FILES
from worldtree.ansible.content.file_digests import ContentFile, content_files
from worldtree.ansible.content.file_references import Base, FileReference, references_in
from worldtree.ansible.content.key_material import is_key_material
from worldtree.ansible.content.possible_values import ANY
from worldtree.ansible.content.roles import RoleInfo
from worldtree.ansible.content.roles.play_info import PlayInfo
from worldtree.ansible.content.task_file_names import NamedFiles
from worldtree.compile.carried_sources import (
    NamingText,
    files_of,
    is_inside,
    joined,
    reference_exists,
    sibling_role,
    text_of,
    variables_reason,
    without_parents,
)
from worldtree.compile.carry_reports import ANY_FILE, CarryReports
from worldtree.core.errors import DiagnosticBag, Mark
from worldtree.core.written_paths import exists

#: Directories of a role whose text is read.
_READ_IN_ROLES = frozenset(("tasks", "handlers", "defaults", "vars", "templates", "meta"))
#: Directories of a role in which Ansible looks up relative names.
_PLACES = ("files", "templates", "tasks", "vars", "handlers", "")
#: Directories beside the document whose text is read; and whether it is that of tasks.
_READ_BESIDE = {
    "group_vars": False,
    "host_vars": False,
    "vars": False,
    "templates": False,
    "tasks": True,
    "handlers": True,
}


@dataclass(frozen=True)
class CarriedFiles:
    """Files by their path in the bundle."""

    #: All of them.
    files: Mapping[str, ContentFile] = field(default_factory=dict)
    #: Path of a role -> paths in the bundle of what its text names.
    of_roles: Mapping[str, frozenset[str]] = field(default_factory=dict)
    #: Paths in the bundle that any node may read: named by the document, variables and ``carry``.
    shared: frozenset[str] = frozenset()


class CarriedFilesFinder:
    """Finds the carried files of one document; what is not carried goes to ``bag``."""

    def __init__(
        self,
        file: Path,
        inventories: Mapping[Path, str],
        bag: DiagnosticBag,
        *,
        secrets: Iterable[Path] = (),
        present: Iterable[Path] = (),
    ) -> None:
        """``file`` is the document; ``inventories`` are directories that names begin at.

        ``inventories`` have the directories of the bundle that they are in there.
        ``secrets`` are files with passwords and keys; ``present`` are files that the bundle has
        as part of an inventory.
        """
        self._file, self._document = file, file.parent
        self._inventories = dict(inventories)
        self._reports = CarryReports(self._document, bag)
        self._secrets = {path.resolve() for path in secrets}
        self._present = set(present)
        self._inline_tasks = False
        self._roles: list[Path] = []
        self._trees = [self._document.resolve()]
        self._files: dict[str, ContentFile] = {}
        self._of_roles: dict[str, set[str]] = {}
        self._shared: set[str] = set()
        #: What a warning or an error names.
        self._refused: set[Path] = set()
        self._waiting: list[NamingText] = []
        self._read: set[tuple[Path, str]] = set()
        #: Every text that was read, by its file.
        self.texts: dict[Path, str] = {}

    def found(self) -> CarriedFiles:
        """Return what was found so far."""
        return CarriedFiles(
            dict(sorted(self._files.items())),
            {path: frozenset(names) for path, names in self._of_roles.items()},
            frozenset(self._shared),
        )

    def carry(self, name: str, place: Path) -> Iterator[str]:
        """Add what the document names; yield the paths of symbolic links that lead outside."""
        for file in files_of(place):
            if is_inside(file.path, self._trees[:1]):
                path = f"{name}/{file.relative}" if file.relative else name
                self._files[path] = file
                self._shared.add(path)
            else:
                yield str(file.path)

    def add_roles(
        self, roles: Iterable[RoleInfo], overridden: Mapping[str, frozenset[str]]
    ) -> None:
        """Add what the texts of the team's roles name, and those of plays that steps write out.

        ``overridden`` are defaults that no play uses, by the path of their role. What a play's
        tasks in the document name is added with the document.
        """
        everything = list(roles)
        team = [r for r in everything if r.origin == "team" and not isinstance(r, PlayInfo)]
        self._roles += [role.path for role in team]
        self._trees += [role.path.resolve() for role in team]
        for role in team:
            for file in role.content:
                top = file.relative.partition("/")[0]
                if top in _READ_IN_ROLES:
                    tasks = top in ("tasks", "handlers")
                    own = f"roles/{role.name}"
                    reader = str(role.path)
                    unused = overridden.get(reader) if top == "defaults" else None
                    text = NamingText(file.path, tasks, role.path, own, reader, unused)
                    self._waiting.append(text)
        for play in everything:
            if isinstance(play, PlayInfo):
                self._add_play(play)
        self._follow()

    def _add_play(self, play: PlayInfo) -> None:
        self._inline_tasks |= any(play.tasks.files.get(play.document, ()))
        # The bundle has these files as those of the play.
        self._present.update(file.path for file in play.content)
        for file in play.content:
            tasks = str(file.path) in play.tasks.files
            self._waiting.append(NamingText(file.path, tasks, reader=str(play.path)))

    def add_document(self, inventory: Iterable[Path]) -> None:
        """Add what the document, the files beside it and those of the inventory name."""
        self._waiting.append(NamingText(self._file, tasks=self._inline_tasks))
        self._waiting += [NamingText(file, tasks=False) for file in inventory]
        for name, tasks in _READ_BESIDE.items():
            place = self._document / name
            self._waiting += [NamingText(file.path, tasks) for file in content_files(place)]
        self._follow()

    def add_named(self, named: NamedFiles, name: str, mark: Mark, reader: str) -> list[Path]:
        """Add what ``name`` at ``mark`` can mean, by a play; return all that is there.

        ``ANY`` in it stands for any text without a slash. Names of other places are left out.
        """
        text = NamingText(Path(mark.file), True, reader=reader)
        base: Base = "relative"
        if name.startswith("/"):
            if not name.startswith(f"{self._document}/"):
                return []
            name, base = os.path.relpath(name, self._document), "playbook"
        meant = FileReference(
            base, name, False, "", False, named.is_tasks, "", mark.line, mark.column
        )
        found: list[Path] = []
        for source, target in self._possible(meant, text):
            known = source == self._file or source in found or source in self._refused
            if known or not exists(source):
                continue
            if ANY in name and self._reason_against(source, target, meant, self._trees):
                continue
            if not target.startswith(".."):
                found.append(source)
            self._copy(source, target, meant, text)
        self._follow()
        return found

    def _possible(self, reference: FileReference, text: NamingText) -> Iterator[tuple[Path, str]]:
        path = reference.path
        if reference.base == "relative" and path.startswith(".."):
            places = list(self._around(text))
        else:
            places = list(self._places(replace(reference, path=""), text))
        pattern = re.sub(r"\*+", "*", "*".join(map(glob.escape, path.split(ANY))))
        for place, target in places:
            # `Path.glob` raises for texts that are no paths.
            names = glob.glob(pattern, root_dir=place) if ANY in path else [path]  # noqa: PTH207
            for name in sorted(names):
                yield joined(place, name), os.path.normpath(f"{target}/{name}")

    def _around(self, text: NamingText) -> Iterator[tuple[Path, str]]:
        """Yield the directories that a name which begins with `..` is looked for in."""
        for place in (text.file.parent, self._document):
            for name in ("", *COPIED_DIRECTORIES):
                inner = place / name
                if inner.is_dir() and inner.is_relative_to(self._document):
                    yield inner, inner.relative_to(self._document).as_posix()

    def _follow(self) -> None:
        while self._waiting:
            one = self._waiting.pop()
            key = (one.file, one.reader)
            if key not in self._read:
                self._read.add(key)
                text = self.texts[one.file] = text_of(one.file, one.unused)
                for reference in references_in(text, tasks=one.tasks):
                    self._take(reference, one)

    def _take(self, reference: FileReference, text: NamingText) -> None:
        if reference.rest:
            for one in self._meant(reference, text):
                self._take(one, text)
            return
        if self._begins_names(reference):
            names = sorted(place.name for place in self._document.iterdir())
            for path in (name for name in names if name.startswith(reference.path)):
                self._take(replace(reference, path=path, is_beginning=False), text)
            return
        places = list(self._places(reference, text))
        if reference.makes and self._leads_out(reference, text, places):
            return
        found = [place for place in places if reference_exists(place[0], reference)]
        # Each inventory has its own `inventory_dir`; anything else is searched for. Where two
        # files may be meant, the password of neither is taken for the other.
        every = reference.base == "inventory" or reference.makes == "password"
        for source, target in found if every else found[:1]:
            self._copy(source, target, reference, text)
        if not found and reference.makes == "password":
            self._look_elsewhere(reference, text)
        if not found and places and reference.is_read and not reference.is_beginning:
            looked = [source for source, _ in places]
            self._reports.missing(reference, text.mark(reference), looked)

    def _meant(self, reference: FileReference, text: NamingText) -> Iterator[FileReference]:
        """Yield the files that a name may mean which begins with a value: `{{ env }}/site.crt`.

        Those that are not there need not be carried: an earlier task may write them.
        """
        for place, target in self._places(reference, text):
            # `Path.glob` raises for texts that are no paths.
            for path in sorted(glob.glob(f"*{reference.rest}", root_dir=place)):  # noqa: PTH207
                found = replace(reference, path=path, is_beginning=False, rest="")
                inner = os.path.normpath(f"{target}/{path}")
                if not self._reason_against(joined(place, path), inner, found, self._trees):
                    yield found

    def _places(self, reference: FileReference, text: NamingText) -> Iterator[tuple[Path, str]]:
        """Yield where the name may lead: the file, and its path in the bundle."""
        path, role = reference.path, text.role
        if reference.base == "playbook":
            yield from self._playbook_places(path)
        elif reference.base == "inventory":
            for inventory, place in self._inventories.items():
                yield joined(inventory, path), os.path.normpath(f"{place}/{path}")
        elif role is not None and reference.base == "role":
            yield joined(role, path), os.path.normpath(f"{text.own}/{path}")
        elif reference.base == "relative":
            if role is not None:
                own = text.file.parent.relative_to(role).as_posix()
                for place in (own, *_PLACES):
                    target = os.path.normpath(f"{text.own}/{place}/{path}")
                    yield joined(role / place, path), target
            if not path.startswith(".."):
                if role is None and text.tasks and text.file.is_relative_to(self._document):
                    near = text.file.parent.relative_to(self._document).as_posix()
                    for place in ("", *COPIED_DIRECTORIES):
                        target = os.path.normpath(f"{near}/{place}/{path}")
                        yield joined(text.file.parent / place, path), target
                for name in COPIED_DIRECTORIES:
                    yield joined(self._document / name, path), os.path.normpath(f"{name}/{path}")
                yield joined(self._document, path), os.path.normpath(path)

    def _playbook_places(self, path: str) -> Iterator[tuple[Path, str]]:
        """Yield where a name beside the playbook may lead.

        Plays are in a directory of the bundle, where all of the document is found as well. So
        one `..` leads to the top, as from a playbook in a directory below the document's.
        """
        above, target = os.path.normpath(path), os.path.normpath(f"plays/{path}")
        if above.startswith(".."):
            yield joined(self._document, target), target
        yield joined(self._document, above), target if above.startswith("..") else above

    def _begins_names(self, reference: FileReference) -> bool:
        """Whether it is the beginning of names of passwords beside the document: `pw- ~ host`."""
        path = reference.path
        is_password = reference.makes == "password" and reference.base == "playbook"
        return is_password and reference.is_beginning and bool(path) and "/" not in path

    def _look_elsewhere(self, reference: FileReference, text: NamingText) -> None:
        """Report a password beside a playbook in a directory below that of the document."""
        path = reference.path
        if reference.base != "playbook" or path.startswith("..") or not path.strip("/"):
            return
        places = [place for place in sorted(self._document.iterdir()) if place.is_dir()]
        found = [place / path for place in places if reference_exists(place / path, reference)]
        if found:
            self._reports.elsewhere(reference, text.mark(reference), found)

    def _leads_out(
        self, reference: FileReference, text: NamingText, places: list[tuple[Path, str]]
    ) -> bool:
        """Report a file that a run would write, and no later run would find."""
        for source, target in places:
            if target.startswith(".."):
                inside = joined(self._document, without_parents(target))
                self._reports.lost(reference, text.mark(reference), source, inside)
                return True
        return False

    def _copy(self, source: Path, target: str, reference: FileReference, text: NamingText) -> None:
        if reference.is_beginning and not reference.path.endswith("/"):
            source, target = source.parent, target.rpartition("/")[0]
        if not target.startswith("..") and self._is_there_already(source):
            return
        sibling = sibling_role(source, text.role)
        trees = self._trees if sibling is None else [*self._trees, sibling.resolve()]
        if sibling is not None and reference.is_tasks:
            # Its tasks include others of it, and use its templates.
            source, target = sibling, f"{text.own.rpartition('/')[0]}/{sibling.name}"
        if reason := self._reason_against(source, target, reference, trees):
            self._refused.add(source)
            self._reports.refuse([source], reason, reference, text.mark(reference))
            return
        outside: list[Path] = []
        keys: list[Path] = []
        for file in files_of(source):
            path = f"{target}/{file.relative}" if file.relative else target
            if not is_inside(file.path, trees):
                outside.append(file.path)
            elif path in self._files:
                self._note(path, text)
            elif file.path.resolve() in self._secrets or is_key_material(file.path):
                keys.append(file.path)
            else:
                self._files[path] = file
                self._note(path, text)
                self._read_on(file, path, reference, text)
        if outside or keys:
            self._refused.update((source, *outside, *keys))
        if outside:
            reason = "A symbolic link leads out of the tree."
            self._reports.refuse(outside, reason, reference, text.mark(reference))
        if keys:
            self._reports.refuse_keys(keys, reference, text.mark(reference))

    def _read_on(
        self, file: ContentFile, path: str, reference: FileReference, text: NamingText
    ) -> None:
        """Look for further names in a carried file that has tasks."""
        if not reference.is_tasks or file.path.suffix not in (".yml", ".yaml"):
            return
        own = "/".join(path.split("/")[:2]) if path.startswith("roles/") else ""
        depth = path.count("/") - own.count("/") if own else 0
        role = file.path.parents[depth - 1] if own else None
        self._waiting.append(NamingText(file.path, True, role, own, text.reader))

    def _is_there_already(self, source: Path) -> bool:
        """Whether the bundle has it as part of the role, or as one of the copied directories."""
        if source in self._present or any(source.is_relative_to(path) for path in self._roles):
            return True
        if not source.is_relative_to(self._document):
            return False
        top = source.relative_to(self._document).parts[:1]
        return bool(top) and top[0] in COPIED_DIRECTORIES

    def _reason_against(
        self, source: Path, target: str, reference: FileReference, trees: list[Path]
    ) -> str:
        top = target.partition("/")[0]
        tops = ("", ".", "inventory", "roles", *self._inventories.values())
        if target in tops or source == self._document:
            return ANY_FILE
        if target.startswith(".."):
            return "Its path leads out of the bundle: a run looks for it above the bundle."
        if not is_inside(source, trees):
            return "It is outside of the directories of the document and of the roles."
        if top == "inventory" and reference.base == "inventory":
            return variables_reason(target)
        if top in GENERATED_DIRECTORIES and not (top == "roles" and "/" in target):
            return f"The bundle has its own directory `{top}/`."
        if target in GENERATED_FILES:
            return "The bundle has its own file of this name."
        return ""

    def _note(self, path: str, text: NamingText) -> None:
        if text.reader:
            self._of_roles.setdefault(text.reader, set()).add(path)
        else:
            self._shared.add(path)
