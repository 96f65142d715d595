"""Digests of everything that can change what a node does on a host, and of nothing else.

A (node, host) digest covers:

- the node's own data: id, kind, role, entry, parameters, variables, condition, environment, whom to
  become; not its place in the document, its policy, tags or ``no_log``, which do not change what is
  done on a host;
- the whole content of its role, of all roles that one brings with it, and of the team's collections
  that they use (a shipped collection counts by its version); where a role's name is a template,
  every role of the plan;
- the files and templates that a built-in step reads, and the overlays of a component's templates;
- for a team's role, and for templates that look things up, the directories beside the document
  that Ansible searches, and what the texts in them name;
- the host: address, port, connection, user, whether to become another;
- the tags that select some of its tasks only (``--tags``, ``--skip-tags``), so that such work is
  another work than the whole node;
- the inventory's variables of that host which the node's texts name, directly or through other
  variables, and ``ansible_*`` ones; all of them where a name is computed at run time;
- the encrypted text of such a variable, where ansible-vault encrypted it or the file that it is in;
  where a file cannot be opened, or such a value is a template, the whole inventory, for the hosts
  that the file is for;
- its groups, where ``group_names`` is read; the node's other hosts, where play hosts or
  ``run_once`` are read; every host with its variables and groups, where ``groups``, ``hostvars``
  or ``delegate_to`` are read: by the node's texts, or by the values of the variables that they
  name, directly or through other variables.

Not covered, as it is known at run time only: facts, outputs of other nodes, values of
secrets, and what a lookup or URL answers. Nor the versions of WorldTree and ansible-core, which the
plan has among its inputs. Action plugins inside collections are assumed to read no variable that is
not named elsewhere.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from functools import cached_property
from pathlib import Path
from typing import Any

from pydantic_core import to_jsonable_python

from worldtree.ansible.bundle import COPIED_DIRECTORIES
from worldtree.ansible.content.inventory.variables import TEMPLATE_MARK
from worldtree.ansible.content.roles import RoleIndex, RoleInfo
from worldtree.ansible.model.tag_choice import EVERY_TASK, TagChoice
from worldtree.compile.cluster_inventory import ClusterInventory
from worldtree.compile.file_reads import FileReads, ValuesBeside
from worldtree.compile.input_digests import ABSENT, InputDigests
from worldtree.compile.variable_reads import VariableReads
from worldtree.plan.digests import digest
from worldtree.plan.node import Node
from worldtree.plan.plan import PlanHost
from worldtree.spec.host_patterns import LOCALHOST
from worldtree.spec.yaml_tags import VAULT_KEY, encode_tags

#: Fields of a node that change nothing of what it does on a host.
_EXCLUDED_FIELDS = {
    *("source", "policy", "tags", "no_log", "reversibility", "component", "hosts"),
    "host_pattern",
    *("always", "repeatable", "check_mode"),
}
#: Fields that are part of a digest only where they are set, so that work which does not use them
#: keeps the digest that it had before they existed.
_OPTIONAL_FIELDS = ("module_vars", "play", "vars_files")
#: Variables of connections that do not change the work on a host.
_CONNECTION_ONLY_VARIABLES = frozenset(
    {
        "ansible_ssh_args",
        "ansible_ssh_common_args",
        "ansible_ssh_extra_args",
        "ansible_ssh_private_key_file",
        "ansible_private_key_file",
    }
)
_VARIABLE_DIRS = ("group_vars", "host_vars")
#: The directories beside the document that Ansible searches.
_SEARCHED = [name for name in COPIED_DIRECTORIES if name not in _VARIABLE_DIRS]


class NodeDigests:
    """The digests of one plan's nodes; equal parts are computed once."""

    def __init__(
        self,
        inventory: ClusterInventory,
        roles: RoleIndex,
        inputs: InputDigests,
        choice: TagChoice = EVERY_TASK,
        cut: Collection[str] = (),
    ) -> None:
        self._choice, self._cut = choice, cut
        self._inventory = inventory
        self._roles = roles
        self._inputs = inputs
        self._hosts = {host.name: host for host in inventory.hosts}
        self._known: dict[str, dict[str, Any]] = {}
        self._answers: dict[tuple[frozenset[str], bool, str], tuple[str, bool]] = {}
        self._of_roles: dict[str, VariableReads] = {}
        self._shared: dict[tuple[str, ...], VariableReads] = {}
        self._of_texts: dict[tuple[type[str], str], VariableReads] = {}
        self._files = FileReads(inventory.cluster.path("."))
        self._beside_values = ValuesBeside(inventory.files)

    def pairs(self, node: Node) -> dict[str, str]:
        """Return host name -> digest (64 hex digits) for every host of ``node``."""
        outputs = VariableReads.of_texts(o.value for o in node.outputs.values() if o.value)
        work_reads = self._own_reads(node)
        places = self._places(node, work_reads, outputs)
        own = VariableReads.together([work_reads, outputs])
        reads = VariableReads.together([own, self._shared_reads(node, places, own)])
        work = _digest(
            [
                work_data(node),
                self._inputs.content(node),
                [self._inputs.beside(name) for name in places] or None,
                self._all_hosts if reads.peers else None,
                node.hosts if reads.play else None,
            ]
        )
        if node.id in self._cut:
            chosen = (self._choice.tags, self._choice.skip_tags, node.tags)
            work = _digest([work, [sorted({*tags}) for tags in chosen]])
        asked = reads.words & self._names
        found = {host: self._of_host(host, asked, reads.any_name) for host in node.hosts}
        if not reads.play and any(play for _, play in found.values()):
            others = _digest([work, node.hosts])
            return {h: digest([others if play else work, d]) for h, (d, play) in found.items()}
        return {host: digest([work, inner]) for host, (inner, _) in found.items()}

    def _own_reads(self, node: Node) -> VariableReads:
        """Return what the texts of the document and the templates of a built-in step read."""
        # Not `no_log`, which changes nothing of the work.
        keywords = [node.environment, node.become, node.become_user]
        parts = [VariableReads.of_values([node.params, node.vars, keywords])]
        if node.when:
            parts.append(VariableReads.of_text(node.when))
        parts += [VariableReads.of_text(text) for text in self._inputs.templates(node)]
        return VariableReads.together(parts)

    def _places(self, node: Node, reads: VariableReads, outputs: VariableReads) -> list[str]:
        """Return the directories beside the document that the node may search.

        Plugins that only an output may use count where they are there: without them, the digest
        is that of before outputs counted.
        """
        role = self._inputs.role_of(node)
        if role is not None:
            return [] if role.origin == "builtin" else _SEARCHED
        plugins = [name for name in _SEARCHED if name.endswith("plugins")]
        if reads.beside or outputs.beside:
            return _SEARCHED
        if reads.words or not outputs.words:
            return plugins if reads.words else []
        return [name for name in plugins if self._inputs.beside(name) != ABSENT]

    def _shared_reads(self, node: Node, places: list[str], own: VariableReads) -> VariableReads:
        """Return what roles and files read that several nodes may use.

        Of its words, only those that matter to a digest.
        """
        roles = self._inputs.roles_of(node)
        searched = list(places)
        if any(name.endswith("plugins") for name in places):
            searched += map(str, self._inputs.plugin_directories)
        carried: dict[str, Path] = {}
        if own.beside or (roles and places):
            carried = self._inputs.carried_files(roles)
        key = (*(str(role.path) for role in roles), "", *searched, "", *carried)
        if key not in self._shared:
            found = VariableReads.together(
                [
                    *map(self._of_role, roles),
                    *map(self._files.of_directory, searched),
                    self._files.of_files(carried.values()),
                ]
            )
            self._shared[key] = found.only(self._names)
        return self._shared[key]

    def _of_role(self, role: RoleInfo) -> VariableReads:
        key = str(role.path)
        if key not in self._of_roles:
            self._of_roles[key] = VariableReads.of_role(role)
        return self._of_roles[key]

    def _of_host(self, name: str, asked: frozenset[str], any_name: bool) -> tuple[str, bool]:
        """Return the digest of ``name`` and of its variables that are read.

        Also whether their values read the list of the play's hosts.
        """
        key = (asked, any_name, name)
        if key not in self._answers:
            self._answers[key] = self._host_digest(name, asked, everything=any_name)
        return self._answers[key]

    def _host_digest(
        self, name: str, asked: frozenset[str], *, everything: bool
    ) -> tuple[str, bool]:
        known = self._variables(name)
        groups = self._groups(name)
        # Their files count as a whole.
        beside = self._beside(name)
        ansible = {
            n
            for n in (*known, *beside)
            if n.startswith("ansible_") and n not in _CONNECTION_ONLY_VARIABLES
        }
        offered = known.keys() | beside.keys()
        names: set[str] = set()
        reads = VariableReads()
        everything = everything or name in self._inventory.variables.partly_read
        fresh = offered if everything else (asked & offered) | ansible
        while fresh:
            names |= fresh
            values = [found[n] for found in (known, beside) for n in fresh if n in found]
            more = VariableReads.together(map(self._of_value, values))
            if more.beside and not reads.beside:
                more = VariableReads.together([more, self._by_lookups])
            reads = VariableReads.together([reads, more])
            fresh = (offered if reads.any_name else reads.words & offered) - names
        values_read = {n: known[n] for n in names if n in known}
        found = [
            host_identity(self._hosts.get(name) or self._inventory.local),
            values_read,
            groups if "group_names" in asked | reads.words else None,
            [self._inputs.variable_files("group_vars", g) for g in ("all", *groups)],
            self._inputs.variable_files("host_vars", name),
            self._unread(name, values_read),
        ]
        if reads.peers:
            found.append(self._all_hosts)
        if reads.beside:
            found.append([self._inputs.beside(place) for place in _SEARCHED])
        return _digest(found), reads.play

    def _of_value(self, value: Any) -> VariableReads:
        """Return what the value of a variable reads; many hosts have the same texts."""
        if not isinstance(value, str):
            return VariableReads.of_variables(value)
        # Tagged text is equal to other text, and reads nothing.
        key = (type(value), value)
        if key not in self._of_texts:
            self._of_texts[key] = VariableReads.of_variables(value)
        return self._of_texts[key]

    @cached_property
    def _by_lookups(self) -> VariableReads:
        """What the files read that a lookup in the value of a variable may render."""
        searched = [*_SEARCHED, *map(str, self._inputs.plugin_directories)]
        places = map(self._files.of_directory, searched)
        carried = self._files.of_files(self._inputs.carried_files().values())
        return VariableReads.together([*places, carried]).only(self._names)

    def _unread(self, host: str, values: Mapping[str, Any]) -> str | None:
        """Return the digest of the whole inventory where what ``values`` read is not known.

        That is where a file of ``host`` could not be opened, or a value of an encrypted file is a
        template. Other encrypted values stand in ``values`` with the digest of their cipher text.
        """
        external = self._inventory.external
        if external is None:
            return None
        unknown = f"'{VAULT_KEY}': '{TEMPLATE_MARK}" in repr(values)
        if not unknown and host not in self._inventory.variables.partly_read:
            return None
        return _digest([external.digest, self._all_hosts])

    @cached_property
    def _names(self) -> frozenset[str]:
        """The names of all variables of hosts, and ``group_names``."""
        hosts = {*self._hosts, LOCALHOST}
        named = (found(host) for host in hosts for found in (self._variables, self._beside))
        return frozenset({"group_names"}).union(*named)

    def _beside(self, name: str) -> Mapping[str, Any]:
        return self._beside_values.of_host(name, self._groups(name))

    def _variables(self, name: str) -> dict[str, Any]:
        if name not in self._known:
            found: dict[str, Any] = {}
            for scope in self._inventory.variables.scopes(name):
                found.update(scope.vars)
            self._known[name] = found
        return self._known[name]

    def _groups(self, name: str) -> list[str]:
        return sorted(self._inventory.variables.groups_of.get(name, ()))

    @cached_property
    def _all_hosts(self) -> str:
        """The digest of all hosts with all their variables, and of all groups."""
        groups = self._inventory.cluster.group_members
        hosts = [[host_identity(h), self._variables(h.name)] for h in self._hosts.values()]
        files = [self._inputs.beside(name) for name in _VARIABLE_DIRS]
        found = [{name: list(members) for name, members in groups.items()}, hosts, files]
        external = self._inventory.external
        if external is not None and self._inventory.variables.partly_read:
            found.append(external.digest)
        return _digest(found)


def _digest(value: Any) -> str:
    """Return the digest of ``value``, in which tagged text differs from plain text."""
    return digest(to_jsonable_python(encode_tags(value)))


def host_identity(host: PlanHost) -> list[Any]:
    """Return which machine ``host`` is and who works on it, as data."""
    return [
        host.name,
        host.address,
        host.port,
        host.connection,
        host.user,
        host.ssh.become,
        host.ssh.become_user if host.ssh.become else None,
    ]


def work_data(node: Node) -> dict[str, Any]:
    """Return what ``node`` does, as data."""
    found = node.model_dump(exclude=_EXCLUDED_FIELDS)
    for name in _OPTIONAL_FIELDS:
        if not found[name]:
            del found[name]
    return found
