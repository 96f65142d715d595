"""Checks for names that a step reads and that only another step's role sets.

In one Ansible play roles see each other's defaults. Steps are plays of their own, where such a name
is undefined, or where a fallback (`| default`) takes its place without an error.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from worldtree.ansible.content.places import key_mark
from worldtree.ansible.content.roles import RoleInfo
from worldtree.ansible.content.roles.play_info import PlayInfo
from worldtree.ansible.content.roles.undeclared import (
    RoleReads,
    optional_in_template,
    reads_of,
    variables_in_template,
)
from worldtree.ansible.content.yaml_files import VAULT_HEADER
from worldtree.compile.role_checks.context import CheckContext, called_role, path_in_step
from worldtree.compile.role_checks.one_play import one_play_of_roles
from worldtree.compile.template_variables import words
from worldtree.compile.variable_reads import VariableReads
from worldtree.core.errors import Diagnostic, DocPath, Severity
from worldtree.core.text import and_more
from worldtree.plan.node import Node
from worldtree.spec.jinja_syntax import is_template
from worldtree.spec.secret_references import walk_texts

#: Names and hosts that are listed; further ones are counted.
_MAX_LISTED = 4
#: Names that Ansible or WorldTree sets.
_SET_ELSEWHERE = ("ansible_", "worldtree_")
#: Directories beside the document whose variables Ansible gives to hosts.
_VARIABLE_DIRECTORIES = ("group_vars", "host_vars")


def check_names_of_other_roles(context: CheckContext) -> Iterator[Diagnostic]:
    """Yield a warning for each step and other role whose names it reads and nothing else sets.

    What a role's own files read is reported once, at the first step that calls it.
    """
    if not context.inventory.complete or len(context.used_roles) == 0:
        return
    yield from _Check(context).run()


@dataclass(frozen=True, slots=True)
class _Read:
    """A name that a step or its role reads."""

    name: str
    #: Place in the document, or None where a file of the role reads it.
    path: DocPath | None
    #: ``file:line:column`` in the role; empty in the document.
    place: str
    #: Whether it may be undefined there.
    optional: bool


@dataclass
class _Check:
    context: CheckContext

    def __post_init__(self) -> None:
        self._of_files: dict[str, RoleReads] = {}
        self._words: dict[str, frozenset[str]] = {}
        #: Role paths whose own files have been reported, with the name.
        self._reported: set[tuple[str, str]] = set()

    def run(self) -> Iterator[Diagnostic]:
        if self._beside is None:
            return
        for node in self.context.graph.nodes.values():
            if node.component is None:
                yield from self._node(node)

    def _node(self, node: Node) -> Iterator[Diagnostic]:
        role = called_role(node, self.context.roles)
        foreign = self._foreign(role)
        if not foreign:
            return
        reads = list(_document_reads(node, self.context.templates(node), foreign))
        if role is not None and role.origin != "builtin":
            reads += self._file_reads(role, foreign)
        found: dict[str, list[_Read]] = {}
        for read in reads:
            owner = self._owner(node, read, foreign[read.name])
            if owner is None or read.name in node.vars or not self._lacking(node, read.name):
                continue
            if role is not None and read.path is None:
                if (str(role.path), read.name) in self._reported:
                    continue
                self._reported.add((str(role.path), read.name))
            found.setdefault(str(owner.path), []).append(read)
        for owner_path, group in found.items():
            yield self._warning(node, role, self._roles[owner_path], group)

    # ---- what is set where -----------------------------------------------------------------------

    @cached_property
    def _roles(self) -> dict[str, RoleInfo]:
        return {str(role.path): role for role, _ in self.context.used_roles}

    @cached_property
    def _setters(self) -> dict[str, list[RoleInfo]]:
        """Name → roles that steps call and whose play it has a value in by default."""
        found: dict[str, list[RoleInfo]] = {}
        for role in self._roles.values():
            members = self.context.closure(role).roles
            for name in {n for member in members for n in (*member.defaults, *member.vars)}:
                if not name.startswith(_SET_ELSEWHERE):
                    found.setdefault(name, []).append(role)
        return found

    @cached_property
    def _hosts(self) -> dict[str, set[str]]:
        """Role path → hosts that its steps run on."""
        found: dict[str, set[str]] = {}
        for node, role in self.context.steps:
            found.setdefault(str(role.path), set()).update(node.hosts)
        return found

    @cached_property
    def _beside(self) -> frozenset[str] | None:
        """Every name in variable files beside the document; None where one cannot be read."""
        found: set[str] = set()
        for directory in _VARIABLE_DIRECTORIES:
            for file in (self.context.roles.base / directory).rglob("*"):
                if not file.is_file():
                    continue
                try:
                    text = file.read_text(encoding="utf-8", errors="ignore")
                except OSError:
                    return None
                if text.startswith(VAULT_HEADER):
                    return None
                found |= words(text)
        return frozenset(found)

    def _foreign(self, role: RoleInfo | None) -> Mapping[str, list[RoleInfo]]:
        """Return the names that other roles set, and neither ``role`` nor a fact."""
        key = "" if role is None else str(role.path)
        if key not in self._foreign_by_role:
            members = () if role is None else self.context.closure(role).roles
            known = {*self.context.facts_set, *self.context.registered, *(self._beside or ())}
            for member in members:
                known |= member.known_names
            self._foreign_by_role[key] = {
                name: owners for name, owners in self._setters.items() if name not in known
            }
        return self._foreign_by_role[key]

    @cached_property
    def _foreign_by_role(self) -> dict[str, dict[str, list[RoleInfo]]]:
        return {}

    def _owner(self, node: Node, read: _Read, owners: list[RoleInfo]) -> RoleInfo | None:
        """Return the role that would give the name its value in one play with ``node``.

        A team does not have built-in roles in a play: a fallback for their names is meant. So it is
        where both steps are written as plays, as in a playbook.
        """
        return next(
            (
                owner
                for owner in owners
                if not self._hosts[str(owner.path)].isdisjoint(node.hosts)
                and not (
                    read.optional
                    and (
                        owner.origin == "builtin"
                        or (node.play is not None and isinstance(owner, PlayInfo))
                    )
                )
            ),
            None,
        )

    def _lacking(self, node: Node, name: str) -> list[str]:
        return [host for host in node.hosts if name not in self.context.inventory.names(host)]

    # ---- what is read ----------------------------------------------------------------------------

    def _file_reads(self, role: RoleInfo, foreign: Mapping[str, list[RoleInfo]]) -> Iterator[_Read]:
        closure = self.context.closure(role)
        if closure.dynamic or closure.missing or any(m.vaulted_files for m in closure.roles):
            return  # Names that it sets itself are not all known.
        seen: set[str] = set()
        for member in closure.roles:
            key = str(member.path)
            if key not in self._words:
                self._words[key] = VariableReads.of_role(member).words
            if self._words[key].isdisjoint(foreign):
                continue
            if key not in self._of_files:
                self._of_files[key] = reads_of(member)
            reads = self._of_files[key]
            for name, file in {**reads.values, **reads.files}.items():
                if name in foreign and name not in reads.assigned and name not in seen:
                    seen.add(name)
                    place = self.context.place(member.path / file, name)
                    yield _Read(name, None, place, name in reads.optional)

    # ---- what is reported ------------------------------------------------------------------------

    def _warning(
        self, node: Node, role: RoleInfo | None, owner: RoleInfo, reads: list[_Read]
    ) -> Diagnostic:
        names = list(dict.fromkeys(f"`{read.name}`" for read in reads))
        one = len(names) == 1
        first = reads[0]
        reader = "the step" if role is None or first.path else role.label
        says = f"{reader} reads {and_more(names, _MAX_LISTED)}"
        detail = "In one play, roles see each other's defaults; each step is a play of its own, "
        if all(read.optional for read in reads):
            detail += "where the fallback of the reader takes the place of that value."
        else:
            detail += f"where {'it is' if one else 'they are'} undefined."
        lacking = self._lacking(node, first.name)
        if len(lacking) < len(node.hosts):
            detail += f" Hosts without a value: {and_more(lacking, _MAX_LISTED)}."
        places = list(dict.fromkeys(read.place for read in reads if read.place))
        if places:
            detail += f" Read in {and_more(places, _MAX_LISTED)}."
        hint = (
            f"set {'it' if one else 'them'} in `spec.vars` or for a group, as "
            f"{self._where_set(owner, first.name)} does"
        )
        if role is not None:
            both = [r for r in self._roles.values() if r.path in (role.path, owner.path)]
            hint += f"; or {one_play_of_roles(both)}"
        return Diagnostic(
            "name-of-another-role",
            f"{says}, which only {owner.label} sets",
            detail=detail,
            hint=hint,
            severity=Severity.WARNING,
            path=first.path or path_in_step(node, "role"),
        )

    def _where_set(self, owner: RoleInfo, name: str) -> str:
        for member in self.context.closure(owner).roles:
            for folder, given in (("vars", member.vars), ("defaults", member.defaults)):
                if name in given:
                    return self.context.place(_file_with(member.path / folder, name), name)
        return owner.name


def _file_with(folder: Path, name: str) -> Path:
    """Return the file of ``folder`` that gives ``name`` its value."""
    files = sorted(folder.rglob("*.y*ml"))
    return next((file for file in files if key_mark(file, [name]).line), folder / "main.yml")


def _document_reads(
    node: Node, templates: Iterable[str], foreign: Mapping[str, object]
) -> Iterator[_Read]:
    """Yield the names of ``foreign`` that the step's texts and template files read."""
    parts = {node.kind: node.params, "vars": node.vars, "environment": node.environment}
    texts: list[tuple[DocPath, str]] = [
        ((key, *path), text)
        for key, value in parts.items()
        for path, text in walk_texts(value)
        if is_template(text)
    ]
    if node.when:
        texts.append((("when",), "{{ " + node.when + " }}"))
    texts += [((), text) for text in templates]
    for keys, text in texts:
        if words(text).isdisjoint(foreign):
            continue
        optional = set(optional_in_template(text))
        for name in sorted(variables_in_template(text)):
            if name in foreign:
                yield _Read(name, path_in_step(node, *keys), "", name in optional)
