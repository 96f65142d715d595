"""The inventory of a cluster: final hosts, the variables that reach them, the bundle's files."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from worldtree.ansible.content.inventory.connection_vars import (
    file_connection_vars,
    inherited_variables,
    inventory_host,
    with_own_connection,
)
from worldtree.ansible.content.inventory.external import ExternalInventory, read_inventory
from worldtree.ansible.content.inventory.sources import InventorySource
from worldtree.ansible.content.inventory.variable_files import VariableFiles
from worldtree.ansible.content.inventory.variables import InventoryVariables
from worldtree.ansible.content.team_config import TeamConfig
from worldtree.ansible.model.inventory import (
    InventorySpec,
    ValueRenderer,
    groups_source,
    inventory_files,
)
from worldtree.compile.inventory_groups import host_order, merge_groups
from worldtree.compile.locked_variables import locked_variables
from worldtree.compile.plan_context import plan_host
from worldtree.compile.team_config import connection_defaults
from worldtree.core.errors import DiagnosticBag, DocPath
from worldtree.core.written_paths import home_path
from worldtree.plan.node import Node
from worldtree.plan.plan import PlanHost
from worldtree.spec.checks import check_selectors
from worldtree.spec.cluster import Cluster, ClusterHost
from worldtree.spec.host_patterns import LOCALHOST
from worldtree.spec.models.cluster import ClusterDocument

#: File in the bundle of what a document adds to an inventory of the team's own.
_ADDITIONS_FILE = "document_inventory.yml"
#: Connection settings for which the document has no key.
_UNLISTED = ("ansible_ssh_args", "ansible_become_method", "ansible_connection")


@dataclass(frozen=True)
class ClusterInventory:
    """Hosts as planned, the variables that reach them, and the bundle's inventory."""

    cluster: Cluster
    hosts: tuple[PlanHost, ...]
    variables: InventoryVariables
    external: ExternalInventory | None = None
    #: Whether the document has groups or variables besides those of ``external``.
    adds: bool = False
    #: The cluster without the hosts and groups of ``external``; None where that is not used.
    written: Cluster | None = None
    #: Variables beside the document; None where no inventory is read.
    files: VariableFiles | None = None
    #: Further variables of every host.
    extra: Mapping[str, Any] = field(default_factory=dict)

    @classmethod
    def empty(cls, cluster: Cluster) -> ClusterInventory:
        """Return the inventory of no host, which stands for one that is not read yet."""
        return cls(cluster, (), _variables(cluster, ()))

    def with_variables(self, variables: Mapping[str, Any]) -> ClusterInventory:
        """Return it with further variables of every host, which win over the document's."""
        return replace(self, extra=variables, adds=self.adds or bool(variables))

    def local_hosts(self, nodes: Iterable[Node]) -> tuple[PlanHost, ...]:
        """Return this machine, if work names it and no inventory lists it; else nothing."""
        used = any(LOCALHOST in node.hosts for node in nodes)
        return () if not used or self.cluster.index.inventory.local else (self.local,)

    @property
    def local(self) -> PlanHost:
        """This machine, as Ansible has it where no inventory lists it."""
        address = "127.0.0.1"
        where: dict[str, Any] = {"name": LOCALHOST, "address": address, "connection": "local"}
        if self.external is not None:
            return PlanHost.model_validate(where)
        # As a host of the document with a local connection.
        ssh = self.cluster.ssh.model_copy(update={"become": False})
        host = ClusterHost(**where, internal_address=address, ssh=ssh)
        return plan_host(host, self.cluster)

    @property
    def settings(self) -> dict[str, dict[str, str]]:
        """Sections for ``ansible.cfg``: which inventory to read."""
        if self.external is None:
            return {}
        # What the document adds comes first, so that the inventory's own values win.
        sources = [*([_ADDITIONS_FILE] if self.adds else []), *self.external.placed.sources]
        found = {"defaults": {"inventory": ",".join(sources)}}
        if self.external.unread:
            # Ansible passes over the same files when the bundle runs.
            found["inventory"] = {"any_unparsed_is_failed": "False", "unparsed_is_failed": "True"}
        return found

    def content(self, render: ValueRenderer, unlisted: Sequence[PlanHost] = ()) -> dict[str, Any]:
        """Return path in the bundle -> YAML data, or the file to copy.

        ``unlisted`` are hosts of the plan that the inventory does not have.
        """
        if self.external is None:
            spec = _inventory_spec(self.cluster, self.hosts, self.extra)
            spec = replace(spec, unlisted=tuple(unlisted))
            return inventory_files(spec, render)
        placed = self.external.placed
        files: dict[str, Any] = {f.relative: f.path for f in placed.files} | dict(placed.written)
        if self.adds:
            files[_ADDITIONS_FILE] = groups_source(
                _inventory_spec(self.cluster, (), self.extra), render
            )
        return files


def resolve_inventory(
    cluster: Cluster, model: ClusterDocument, bag: DiagnosticBag, config: TeamConfig
) -> ClusterInventory:
    """Return the inventory of ``cluster``; one that cannot be read goes to ``bag``."""
    # A document with both was reported: its own hosts are those that its selectors mean.
    listed = not cluster.inventory or bool(model.spec.hosts)
    base = connection_defaults(config, listed=listed)
    files = VariableFiles(cluster.path("."))
    if listed:
        hosts = tuple(plan_host(host, cluster) for host in cluster.hosts)
        variables = _variables(cluster, hosts)
        hosts = tuple(_with_group_connection(host, variables, files, base) for host in hosts)
        bag.extend(files.diagnostics)
        bag.extend(locked_variables(files.encrypted, cluster, config))
        return ClusterInventory(cluster, hosts, variables, files=files)
    collections = [cluster.path(written) for written in cluster.collections_path]
    password = cluster.secrets.get("ansibleVault", {}).get("passwordFile")
    found, problems = read_inventory(
        inventory_sources(cluster),
        collection_paths=collections,
        config=config,
        vault_files=[str(home_path(password))] if password else [],
    )
    reported_paths = {one.path for one in bag.items if one.slug == "path-not-found"}
    bag.extend(
        one
        for one in problems
        if one.slug != "inventory-not-found" or one.path not in reported_paths
    )
    if found is None:
        return ClusterInventory.empty(cluster)
    whole = cluster.model_copy(
        update={
            "hosts": tuple(ClusterHost.model_validate(_host_data(host)) for host in found.hosts),
            "groups": merge_groups(cluster.groups, found, bag),
        }
    )
    additions = groups_source(_inventory_spec(whole, ()))["all"].get("children", {})
    whole = whole.model_copy(update={"inventory_order": host_order(found, additions)})
    bag.extend(check_selectors(model, whole))
    bare = tuple(host.model_copy(update={"vars": {}}) for host in found.hosts)
    variables = replace(found.variables, fallback=_variables(whole, bare))
    # Again: variables of the document's groups and beside it may change how hosts are reached.
    hosts = tuple(inventory_host(host.name, variables, files, base) for host in found.hosts)
    bag.extend(files.diagnostics)
    reported = " ".join(one.detail for one in problems)
    encrypted = [file for file in files.encrypted if str(file) not in reported]
    bag.extend(locked_variables(encrypted, cluster, config))
    adds = bool(cluster.vars or cluster.groups or cluster.state_dir)
    return ClusterInventory(whole, hosts, variables, found, adds, cluster, files)


def inventory_sources(cluster: Cluster) -> list[InventorySource]:
    """Return the inventories that ``cluster`` names."""
    written = cluster.inventory
    found = []
    for index, text in enumerate(written):
        at: DocPath | None = ("spec", "inventory")
        if cluster.inventory_given:
            at = None
        elif len(written) > 1:
            at = ("spec", "inventory", index)
        found.append(InventorySource(text if "," in text else cluster.path(text), at))
    return found


def _with_group_connection(
    host: PlanHost,
    variables: InventoryVariables,
    files: VariableFiles,
    base: Mapping[str, Any],
) -> PlanHost:
    """Return ``host`` with the connection variables that its groups and files give it."""
    # A host of the document has the rest of its connection from the document.
    found = {name: base[name] for name in _UNLISTED if name in base}
    found.update(inherited_variables(host.name, variables, files))
    own = file_connection_vars(files.of_host(host.name))
    found.update(own)
    # In Ansible, `host_vars/` beside a playbook overrides what an inventory says of a host.
    host = with_own_connection(host, own)
    connection = {name: found[name] for name in sorted(found) if name.startswith("ansible_")}
    return host.model_copy(update={"inherited": connection}) if connection else host


def _host_data(host: PlanHost) -> dict[str, Any]:
    """Return a host as the document would have given it; its role label is that of its groups."""
    data = host.model_dump(exclude={"inherited"})
    data["internal_address"] = host.internal_address or host.address
    data["labels"] = {"role": ",".join(host.roles)} if host.roles else {}
    return data


def _variables(cluster: Cluster, hosts: tuple[PlanHost, ...]) -> InventoryVariables:
    return InventoryVariables.of(
        hosts,
        {name: group.own_hosts for name, group in cluster.groups.items()},
        children={name: group.children for name, group in cluster.groups.items()},
        group_vars={name: group.vars for name, group in cluster.groups.items()},
        cluster_vars=cluster.vars,
        host_paths={
            host.name: (*host.source, "vars") for host in cluster.hosts if host.source is not None
        },
    )


def _inventory_spec(
    cluster: Cluster, hosts: tuple[PlanHost, ...], extra: Mapping[str, Any] | None = None
) -> InventorySpec:
    # What the lookup of plain Ansible needs to find secrets; it holds none.
    settings: dict[str, Any] = {"worldtree_secrets": cluster.secrets} if cluster.secrets else {}
    if cluster.state_dir:
        # Where steps keep, and their rollbacks find, the previous state.
        settings["worldtree_state_dir"] = cluster.state_dir
    own = {name: g for name, g in cluster.groups.items() if hosts or g.source is not None}
    return InventorySpec(
        hosts=hosts,
        groups={name: group.own_hosts for name, group in own.items()},
        children={name: group.children for name, group in own.items()},
        group_vars={name: group.vars for name, group in own.items()},
        cluster_vars={**cluster.vars, **settings, **(extra or {})},
    )
