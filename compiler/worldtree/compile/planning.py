"""From a document to a plan: every pass up to ``layer``, in order, all problems at once."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from pydantic import ValidationError

from worldtree.ansible import steps as step_kinds
from worldtree.ansible.content.roles import RoleIndex
from worldtree.catalog.component import CREATE
from worldtree.catalog.component_registry import components
from worldtree.catalog.pipelines import build_pipeline
from worldtree.compile.assets import StepAssets
from worldtree.compile.check import check, with_reversibility
from worldtree.compile.check_mode_support import with_check_mode
from worldtree.compile.components import activate_components
from worldtree.compile.expand import SelectHosts, expand
from worldtree.compile.fact_gathering import add_fact_gathering
from worldtree.compile.input_digests import InputDigests
from worldtree.compile.inventory import ClusterInventory, resolve_inventory
from worldtree.compile.layer import layer
from worldtree.compile.link import link
from worldtree.compile.node_digests import NodeDigests
from worldtree.compile.outputs import link_outputs
from worldtree.compile.plan_context import ClusterContext
from worldtree.compile.role_checks.unused_variables import check_unused_variables
from worldtree.compile.select import select
from worldtree.compile.selection import Selection
from worldtree.compile.steps import check_steps, with_step_reversibility
from worldtree.compile.template_overlays import check_overlays
from worldtree.core.errors import Diagnostic, DiagnosticBag
from worldtree.plan.node import Node
from worldtree.plan.plan import Plan
from worldtree.plan.policy import DEFAULT_POLICY, Policy
from worldtree.plan.specs import HookSpec, ModuleSpec
from worldtree.spec.cluster import Cluster
from worldtree.spec.document import Document
from worldtree.spec.models.cluster import ClusterDocument
from worldtree.spec.selectors import Selector, SelectorError


@dataclass(frozen=True)
class PlanResult:
    """A plan and what the later passes need besides: nothing here touched a host."""

    document: Document
    inventory: ClusterInventory
    plan: Plan
    roles: RoleIndex
    #: Warnings; errors would have been raised.
    diagnostics: tuple[Diagnostic, ...] = field(default=())

    @property
    def cluster(self) -> Cluster:
        """The resolved cluster, hosts of an external inventory included."""
        return self.inventory.cluster


def plan_cluster(
    document: Document,
    model: ClusterDocument,
    cluster: Cluster,
    bag: DiagnosticBag,
    *,
    pipeline: str = CREATE,
    selection: Selection | None = None,
) -> PlanResult:
    """Return the plan of ``cluster``, which is the resolved ``model`` of ``document``.

    ``bag`` may hold what was found before. Raises ``InputError`` with all of it when anything is
    an error.
    """
    # An inventory of the team's own replaces `hosts`, so everything after needs it read.
    inventory = resolve_inventory(cluster, model, bag)
    cluster = inventory.cluster
    # Components come next: their modules need hosts, and the pipeline needs their modules.
    context = activate_components(
        cluster.components,
        ClusterContext(cluster.name, inventory.hosts, cluster.group_members),
        components(),
        document,
        bag,
    )
    roles = _roles(cluster)
    own = tuple(ModuleSpec.model_validate(m.model_dump()) for m in cluster.modules)
    hooks = tuple(HookSpec.model_validate(h.model_dump()) for h in cluster.hooks)
    check_steps(own, hooks, bag)
    check_overlays(cluster, context, bag)
    bag.extend(check_unused_variables(own, roles))
    spec = build_pipeline(
        pipeline,
        context,
        components(),
        own,
        hooks=hooks,
        policy=Policy.model_validate(cluster.policy.model_dump()),
        role_entries=lambda name: role.task_files if (role := roles.find(name)) else (),
    )
    # From here on there are nodes: first bound to hosts, then ordered, then judged.
    fragment = expand(
        spec,
        _host_selector(cluster, bag),
        lambda role, entry, component: roles.declared(role, entry, by_component=component),
        bag,
    )
    templates = StepAssets(cluster).templates
    fragment = link_outputs(fragment, pipeline, bag, templates)
    fragment = add_fact_gathering(
        fragment,
        pipeline=pipeline,
        hosts=tuple(host.name for host in context.hosts),
        mode=cluster.facts.gather,
        params={"gather_subset": list(cluster.facts.gather_subset)},
        needs_facts=_needs_facts,
        templates=templates,
    )
    graph = link(fragment, pipeline, bag)
    bag.extend(check(graph, roles, inventory.variables))
    bag.raise_if_errors()
    # Narrowing comes after checking: a mistake elsewhere in the document is still told.
    graph = with_step_reversibility(with_reversibility(graph, roles))
    graph = with_check_mode(graph, roles)
    graph = select(graph, selection or Selection(), bag)
    bag.raise_if_errors()
    inputs = InputDigests(cluster, roles, inventory.external, graph)
    plan = layer(
        graph,
        cluster=cluster.name,
        hosts=context.hosts,
        groups=cluster.group_members,
        policy=spec.policy.inherit(DEFAULT_POLICY),
        digests=inputs.digests(),
        pairs=NodeDigests(inventory, roles, inputs).pairs,
        secrets=cluster.secrets,
        facts_ttl=cluster.facts.ttl,
    )
    return PlanResult(document, inventory, plan, roles, tuple(bag.items))


def _roles(cluster: Cluster) -> RoleIndex:
    return RoleIndex(
        [Path(path) for path in cluster.roles_path],
        [Path(path) for path in cluster.collections_path],
        base=cluster.directory,
    )


def _host_selector(cluster: Cluster, bag: DiagnosticBag) -> SelectHosts:
    """Return the cluster's selector; one that cannot be read was told by an earlier pass."""

    def select_hosts(selector: Selector) -> tuple[str, ...]:
        try:
            return cluster.select(selector)
        except SelectorError:
            if not bag.has_errors:
                raise
            return ()

    return select_hosts


def _needs_facts(node: Node) -> bool:
    """Whether a built-in step reads facts; a wrong one was told already and reads none."""
    try:
        return step_kinds.needs_facts(node.kind, node.params)
    except (KeyError, ValidationError):
        return False
