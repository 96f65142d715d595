"""Finds roles by the names that documents and roles use; each role is read once."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from worldtree.ansible.content.collection_redirects import redirected_collections
from worldtree.ansible.content.collections import CollectionInfo, find_collection
from worldtree.ansible.content.roles.check_mode import EntryCheck, check_entry
from worldtree.ansible.content.roles.dependencies import Closure, closure_of
from worldtree.ansible.content.roles.model import ComponentRole, Origin, RoleInfo
from worldtree.ansible.content.roles.play import read_play
from worldtree.ansible.content.roles.play_info import PlayInfo
from worldtree.ansible.content.roles.read import is_role, read_role
from worldtree.ansible.content.roles.role_directories import name_on_path, roles_below
from worldtree.ansible.content.roles.role_patterns import (
    name_pattern,
    with_directories,
)
from worldtree.ansible.content.roles.role_task import RoleUse
from worldtree.core import resources
from worldtree.core.errors import Diagnostic, DocPath
from worldtree.core.suggestions import did_you_mean, nearest
from worldtree.core.written_paths import home_path
from worldtree.plan.play_work import PlayWork
from worldtree.spec.jinja_syntax import is_template

#: A collection's role has at least this many parts: namespace, collection, role.
_FQCN_PARTS = 3
#: The collection that ships with the program: plugins for bundles; its tarball has the roles too.
_CORE = "worldtree.core"


def is_path(name: str) -> bool:
    """Whether a role is named by its directory rather than by name."""
    return name.startswith(("./", "../", "/", "~"))


class RoleIndex:
    """Roles of the team's directories, of collections and the built-in ones, in this order.

    ``role_paths`` and ``collection_paths`` are directories (relative to ``base``, the document's
    directory); ``builtin`` is the directory of the roles that ship with the program;
    ``component_roles`` are those that components of other packages bring, by name. No name is in
    both. ``document`` is the file of the document, for places of tasks in it.
    """

    def __init__(
        self,
        role_paths: Sequence[Path] = (),
        collection_paths: Sequence[Path] = (),
        *,
        base: Path | None = None,
        builtin: Path | None = None,
        component_roles: Mapping[str, ComponentRole] | None = None,
        document: str = "",
    ) -> None:
        self.base = (base or Path.cwd()).absolute()
        self.document = str(self.base / Path(document).name) if document else ""
        self.role_paths = tuple(self._absolute(path) for path in role_paths)
        self.collection_paths = tuple(self._absolute(path) for path in collection_paths)
        self.builtin = builtin or resources.roles_dir()
        self.component_roles = component_roles or {}
        self._read: dict[str, RoleInfo] = {}
        self._found: dict[tuple[str, str], RoleInfo | None] = {}
        self._collections: dict[str, CollectionInfo | None] = {}
        self._closures: dict[str, Closure] = {}
        self._matching: dict[tuple[str, str], Mapping[str, RoleInfo]] = {}
        self._listed: dict[Path, tuple[tuple[str, Path], ...]] = {}
        self._checks: dict[tuple[str, str], EntryCheck] = {}
        self._plays: dict[str, PlayInfo] = {}

    def __repr__(self) -> str:
        return f"RoleIndex({[str(p) for p in self.role_paths]}, base={str(self.base)!r})"

    def _absolute(self, path: Path) -> Path:
        return Path(os.path.normpath(self.base / home_path(path)))

    def find(self, name: str, near: RoleInfo | None = None) -> RoleInfo | None:
        """Return the role called ``name``, or None.

        ``name`` is a directory's name, plain, dotted or nested (``kubernetes/node``), a path
        (``./vendor/nginx``), or the FQCN of a collection's role. ``near`` is the role that names
        it, whose directory is searched too.
        """
        key = (name, str(near.path.parent) if near else "")
        if key not in self._found:
            self._found[key] = self._look_up(name, near)
        return self._found[key]

    def called(self, name: str, *, by_component: bool) -> RoleInfo | None:
        """Return the role ``name`` of a step, either of a component or of the team.

        A component's step means the role that comes with it, even where the team has one of that
        name.
        """
        own = self._shipped(name) if by_component and not is_path(name) else None
        return own or self.find(name)

    def _shipped(self, name: str) -> RoleInfo | None:
        """Return the role ``name`` that comes with a component, built-in or of a package."""
        brought = self.component_roles.get(name)
        if brought is None:
            return self._at(self.builtin / name, name, "builtin")
        return self._at(brought.path, name, "builtin", package=brought.package)

    def _look_up(self, name: str, near: RoleInfo | None) -> RoleInfo | None:
        if is_path(name):
            return self._at_path(name, near)
        if not name or name.startswith(".") or ".." in name.split("/"):
            return None
        if near is not None and near.collection and "." not in name:
            found = self._in_collection(f"{near.collection}.{name}")
            if found is not None:
                return found
        if name.count(".") >= _FQCN_PARTS - 1:
            found = self._in_collection(name)
            if found is not None:
                return found
        for directory in self.role_paths:
            # The path may be a role's own directory, such as a checkout.
            own = directory if directory.name == name and is_role(directory) else directory / name
            found = self._at(own, name, "team")
            if found is not None:
                return found
        if near is not None and near.collection is None:
            found = self._at(near.path.parent / name, name, near.origin)
            if found is not None:
                return found
        return self._shipped(name)

    def matching(self, name: str, near: RoleInfo) -> Mapping[str, RoleInfo]:
        """Return the roles that a templated ``name`` of the role ``near`` can mean, by their names.

        They are those of ``rolesPath``, those beside ``near``, and those of its collection.
        """
        key = (name, str(near.path.parent))
        if key not in self._matching:
            self._matching[key] = self._look_up_all(name, near)
        return self._matching[key]

    def meant_by(self, use: RoleUse, near: RoleInfo) -> Iterator[RoleInfo]:
        """Yield every role that a use of the role ``near`` can mean."""
        for one in use.single:
            if one.is_dynamic:
                yield from self.matching(one.name, near).values()
            elif (found := self.find(one.name, near)) is not None:
                yield found

    def _look_up_all(self, name: str, near: RoleInfo) -> Mapping[str, RoleInfo]:
        text = with_directories(name, near.path, self.base)
        if not is_template(text):
            found = self.find(text, near)
            return {} if found is None else {text: found}
        pattern = name_pattern(text)
        names = {one for place in self.role_paths for one, _ in self._below(place)}
        if near.origin == "team":
            names.update(one for one, _ in self._below(near.path.parent))
        if near.collection:
            inner = f"{near.collection}."
            own = (one for one in self.collection_roles() if one.startswith(inner))
            names.update(one.removeprefix(inner) for one in own)
        if "." in text.partition("{{")[0]:
            names.update(self.collection_roles())
        matching = sorted(one for one in names if pattern.fullmatch(one))
        return {one: role for one in matching if (role := self.find(one, near)) is not None}

    def _below(self, directory: Path) -> tuple[tuple[str, Path], ...]:
        """Return name and directory of each role below ``directory``; cached."""
        if directory not in self._listed:
            self._listed[directory] = tuple(roles_below(directory))
        return self._listed[directory]

    def _at_path(self, name: str, near: RoleInfo | None) -> RoleInfo | None:
        """Return the role in directory ``name``, for roles also relative to where they are."""
        around = [] if near is None else [*self.role_paths, near.path.parent]
        places = [Path(os.path.normpath(place / name)) for place in around if name[0] == "."]
        for place in (*places, self._absolute(Path(name))):
            found = self._at(place, None, "team")
            if found is not None:
                return found
        return None

    def _at(
        self,
        path: Path,
        name: str | None,
        origin: Origin,
        collection: str | None = None,
        package: str = "",
    ) -> RoleInfo | None:
        key = str(path)
        if key not in self._read:
            if not is_role(path):
                return None
            if origin == "team":
                # One name, whichever way a role is named first.
                name = name_on_path(path, self.role_paths)
            role = read_role(path, name or path.name, origin, collection)
            self._read[key] = replace(role, package=package) if package else role
        return self._read[key]

    def _in_collection(self, name: str) -> RoleInfo | None:
        namespace, short, role = name.split(".", 2)
        collection = self.collection(f"{namespace}.{short}")
        if collection is None:
            return None
        path = collection.path / "roles" / role.replace(".", "/")
        return self._at(path, name, "collection", collection.name)

    def collection(self, name: str) -> CollectionInfo | None:
        """Return the collection ``ns.name``: the team's, then those that ship with the program."""
        if name not in self._collections:
            core = resources.core_collection_dir().parents[1]
            roots = (*self.collection_paths, resources.vendored_collections_dir(), core)
            self._collections[name] = find_collection(name, roots)
        return self._collections[name]

    def closure(self, names: Iterable[str]) -> Closure:
        """Return the closure of the named roles; unknown names are ignored."""
        roots = [role for name in names if (role := self.find(name)) is not None]
        return self._with_collections(closure_of(roots, self))

    def _with_collections(self, closure: Closure) -> Closure:
        """Add the collections that the collections of ``closure`` need or redirect to."""
        moved: set[str] = set()
        for role in closure.roles:
            own = {*role.tasks.collections, *filter(None, [role.collection])}
            moved |= redirected_collections(own, role.tasks.actions, self.collection)
        return replace(closure, collections=self.with_dependencies({*closure.collections, *moved}))

    def with_dependencies(self, names: Iterable[str]) -> tuple[str, ...]:
        """Return ``names`` and the collections that these need, sorted."""
        found: dict[str, None] = {}
        waiting = list(names)
        while waiting:
            name = waiting.pop()
            if name not in found:
                found[name] = None
                # Our own also declares what its roles need; these are read one by one.
                info = self.collection(name) if name != _CORE else None
                waiting.extend(info.dependencies if info else ())
        return tuple(sorted(found))

    def closure_of(self, role: RoleInfo) -> Closure:
        """Return the closure of one role; cached."""
        key = str(role.path)
        if key not in self._closures:
            self._closures[key] = self._with_collections(closure_of([role], self))
        return self._closures[key]

    def play(self, work: PlayWork, name: str, source: DocPath | None = None) -> PlayInfo:
        """Return the play ``work`` of the step ``name``, as a role that depends on its roles.

        It is read once; the name is that of the node or step.
        """
        if name not in self._plays:
            self._plays[name] = read_play(
                work, name, Path(os.path.normpath(self.base)), document=self.document, source=source
            )
        return self._plays[name]

    def variable_files(
        self, written: tuple[str | tuple[str, ...], ...], source: DocPath | None = None
    ) -> PlayInfo | None:
        """Return the files of variables that steps share, as a play that reads them; None for none.

        ``source`` is the place in the document that lists them.
        """
        if not written:
            return None
        name = f"varsFiles of {'/'.join(map(str, source or ()))}: {written}"
        return self.play(PlayWork(vars_files=written), name, source)

    def check_mode(self, role: RoleInfo, entry: str) -> EntryCheck:
        """Return how an entry of ``role``, and what it brings in, work in check mode; cached."""
        key = (str(role.path), entry)
        if key not in self._checks:
            self._checks[key] = check_entry(role, entry, self.find)
        return self._checks[key]

    def declared(
        self, name: str, entry: str = "main", *, by_component: bool = False
    ) -> frozenset[str] | None:
        """Return the variables that an entry of role ``name`` declares, or None."""
        role = self.called(name, by_component=by_component)
        spec = role.specs.get(entry) if role else None
        return spec.names if spec else None

    def names(self) -> tuple[str, ...]:
        """Return the names of all roles of ``rolesPath`` and of components, sorted."""
        found = set(self.component_roles)
        for directory in (*self.role_paths, self.builtin):
            found.update(name for name, _ in roles_below(directory))
        return tuple(sorted(found))

    def roles_on_path(self) -> tuple[RoleInfo, ...]:
        """Return every role of ``rolesPath``, those too that another one of the name hides."""
        found = [
            role
            for directory in self.role_paths
            for _, path in roles_below(directory)
            if (role := self._at(path, None, "team")) is not None
        ]
        return tuple({str(role.path): role for role in found}.values())

    def collection_roles(self) -> tuple[str, ...]:
        """Return the FQCNs of all roles in the team's collections, sorted."""
        found: set[str] = set()
        for root in self.collection_paths:
            base = root if root.name == "ansible_collections" else root / "ansible_collections"
            for role in base.glob("*/*/roles/*"):
                if is_role(role):
                    collection = role.parents[1]
                    found.add(f"{collection.parent.name}.{collection.name}.{role.name}")
        return tuple(sorted(found))

    def unknown(self, name: str, path: DocPath | None = None) -> Diagnostic:
        """Return the diagnostic that there is no role ``name``, with the searched directories."""
        if is_path(name):
            return Diagnostic(
                "unknown-role",
                f"there is no role in `{name}`",
                detail=f"{self._absolute(Path(name))} is not a directory with tasks, defaults or"
                " other parts of a role.",
                hint="check the path; it is relative to the document's directory",
                path=path,
                subject=name,
            )
        places = [str(p) for p in (*self.role_paths, self.builtin)]
        if name.count(".") >= _FQCN_PARTS - 1:
            places = [f"{p} (collections)" for p in self.collection_paths] + places
        # A role of the same author is no other spelling.
        last = name.rpartition(".")[2]
        close = [
            one
            for one in (*self.names(), *self.collection_roles())
            if "." not in name or nearest(last, [one.rpartition(".")[2]])
        ]
        return Diagnostic(
            "unknown-role",
            f"there is no role `{name}`",
            detail="Searched " + ", ".join(dict.fromkeys(map(os.path.normpath, places))) + ".",
            hint=did_you_mean(name, close)
            or "add the directory that contains it to `spec.rolesPath`, or that of its collection"
            " to `spec.collectionsPath`",
            path=path,
            subject=name,
        )
