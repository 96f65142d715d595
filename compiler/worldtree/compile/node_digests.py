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
  that Ansible searches;
- the host: address, port, connection, user, whether to become another;
- the tags that select some of its tasks only (``--tags``, ``--skip-tags``), so that such work is
  another work than the whole node;
- the inventory's variables of that host which the node's texts name, directly or through other
  variables, and ``ansible_*`` ones; all of them where a name is computed at run time;
- its groups, where ``group_names`` is read; the node's other hosts, where play hosts or
  ``run_once`` are read; every host with its variables and groups, where ``groups``, ``hostvars``
  or ``delegate_to`` are read.

Not covered, as it is known at run time only: facts, outputs of other nodes, values of
secrets, and what a lookup or URL answers. Nor the versions of WorldTree and ansible-core, which the
plan has among its inputs. Action plugins inside collections are assumed to read no variable that is
not named elsewhere.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from functools import cached_property
from typing import Any

from pydantic_core import to_jsonable_python

from worldtree.ansible.bundle import COPIED_DIRECTORIES
from worldtree.ansible.content.roles import RoleIndex, RoleInfo
from worldtree.ansible.model.tag_choice import EVERY_TASK, TagChoice
from worldtree.compile.cluster_inventory import ClusterInventory
from worldtree.compile.input_digests import InputDigests
from worldtree.compile.template_variables import names_in_templates
from worldtree.compile.variable_reads import VariableReads
from worldtree.plan.digests import digest
from worldtree.plan.node import Node
from worldtree.plan.plan import PlanHost
from worldtree.spec.yaml_tags import VAULT_KEY, encode_tags

#: Fields of a node that change nothing of what it does on a host.
_EXCLUDED_FIELDS = {
    *("source", "policy", "tags", "no_log", "reversibility", "component", "hosts"),
    "host_pattern",
    *("always", "repeatable", "check_mode"),
}
#: Fields that are part of a digest only where they are set, so that work which does not use them
#: keeps the digest that it had before they existed.
_OPTIONAL_FIELDS = ("module_vars", "play")
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
        self._answers: dict[tuple[frozenset[str], bool, str], str] = {}
        self._of_roles: dict[str, VariableReads] = {}

    def pairs(self, node: Node) -> dict[str, str]:
        """Return host name -> digest (64 hex digits) for every host of ``node``."""
        reads = self._reads(node)
        work = _digest(
            [
                _work_data(node),
                self._inputs.content(node),
                self._beside(node, reads),
                self._all_hosts if reads.peers else None,
                node.hosts if reads.play else None,
            ]
        )
        if node.id in self._cut:
            chosen = (self._choice.tags, self._choice.skip_tags, node.tags)
            work = _digest([work, [sorted({*tags}) for tags in chosen]])
        return {host: _digest([work, self._of_host(host, reads)]) for host in node.hosts}

    def _reads(self, node: Node) -> VariableReads:
        # Not `no_log`, which changes nothing of the work.
        keywords = [node.environment, node.become, node.become_user]
        parts = [VariableReads.of_values([node.params, node.vars, keywords])]
        if node.when:
            parts.append(VariableReads.of_text(node.when))
        parts += [VariableReads.of_text(text) for text in self._inputs.templates(node)]
        if (role := self._inputs.role_of(node)) is not None:
            parts.append(self._of_role(role))
        return VariableReads.together(parts)

    def _of_role(self, role: RoleInfo) -> VariableReads:
        key = str(role.path)
        if key not in self._of_roles:
            closure = self._roles.closure_of(role).roles
            self._of_roles[key] = VariableReads.together(map(VariableReads.of_role, closure))
        return self._of_roles[key]

    def _beside(self, node: Node, reads: VariableReads) -> list[str] | None:
        """Return the digests of the directories beside the document that the node may search."""
        role = self._inputs.role_of(node)
        if role is None:
            wanted = [
                n
                for n in COPIED_DIRECTORIES
                if reads.beside or (reads.words and n.endswith("plugins"))
            ]
        else:
            wanted = [] if role.origin == "builtin" else list(COPIED_DIRECTORIES)
        return [self._inputs.beside(name) for name in wanted if name not in _VARIABLE_DIRS] or None

    def _of_host(self, name: str, reads: VariableReads) -> str:
        """Return the digest of ``name`` and of what ``reads`` can see of its variables."""
        asked = frozenset(reads.words & self._names)
        key = (asked, reads.any_name, name)
        if key not in self._answers:
            self._answers[key] = self._host_digest(name, asked, everything=reads.any_name)
        return self._answers[key]

    def _host_digest(self, name: str, asked: frozenset[str], *, everything: bool) -> str:
        known = self._variables(name)
        ansible = {
            n for n in known if n.startswith("ansible_") and n not in _CONNECTION_ONLY_VARIABLES
        }
        names = set(known) if everything else (asked & known.keys()) | ansible
        fresh = names
        while fresh:
            fresh = (names_in_templates([known[n] for n in fresh]) & known.keys()) - names
            names |= fresh
        values = {n: known[n] for n in names}
        groups = self._groups(name)
        found = [
            _host_identity(self._hosts.get(name) or self._inventory.local),
            values,
            groups if "group_names" in asked else None,
            [self._inputs.variable_files("group_vars", g) for g in ("all", *groups)],
            self._inputs.variable_files("host_vars", name),
        ]
        return _digest([*found, self._unread(values)])

    def _unread(self, values: Mapping[str, Any]) -> str | None:
        """Return the digest of the whole inventory where a value is encrypted."""
        external = self._inventory.external
        if external is None:
            return None
        locked = not self._inventory.variables.complete or VAULT_KEY in repr(values)
        return external.digest if locked else None

    @cached_property
    def _names(self) -> frozenset[str]:
        """The names of all hosts' variables, and ``group_names``."""
        return frozenset({"group_names"}).union(*map(self._variables, self._hosts))

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
        hosts = [[_host_identity(h), self._variables(h.name)] for h in self._hosts.values()]
        files = [self._inputs.beside(name) for name in _VARIABLE_DIRS]
        return _digest([{name: list(members) for name, members in groups.items()}, hosts, files])


def _digest(value: Any) -> str:
    """Return the digest of ``value``, in which tagged text differs from plain text."""
    return digest(to_jsonable_python(encode_tags(value)))


def _host_identity(host: PlanHost) -> list[Any]:
    return [
        host.name,
        host.address,
        host.port,
        host.connection,
        host.user,
        host.ssh.become,
        host.ssh.become_user if host.ssh.become else None,
    ]


def _work_data(node: Node) -> dict[str, Any]:
    """Return what ``node`` does, as data."""
    found = node.model_dump(exclude=_EXCLUDED_FIELDS)
    for name in _OPTIONAL_FIELDS:
        if not found[name]:
            del found[name]
    return found
