"""The state that passes receive and return, and the signature of a pass."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from worldtree.ansible.bundle import Bundle
from worldtree.ansible.bundle.lower import LoweredPlan, RoleCalls
from worldtree.ansible.content.roles import RoleIndex
from worldtree.ansible.content.team_config import TeamConfig
from worldtree.catalog.pipeline import PipelineDefinition
from worldtree.compile.built_in_steps import BuiltInSteps
from worldtree.compile.carried_files import CarriedFiles
from worldtree.compile.cluster_inventory import ClusterInventory
from worldtree.compile.plan_context import ClusterContext
from worldtree.compile.previous_document import PreviousCluster
from worldtree.compile.selection import Selection
from worldtree.core.errors import DiagnosticBag
from worldtree.plan.execution_graph import ExecutionGraph
from worldtree.plan.fragment import Fragment
from worldtree.plan.pinned_artifact import PinnedArtifact
from worldtree.plan.plan import Plan, TagCut
from worldtree.plan.specs import HookSpec, ModuleSpec, PipelineSpec
from worldtree.spec.cluster import Cluster
from worldtree.spec.document import Document
from worldtree.spec.models.cluster import ClusterDocument


@dataclass(frozen=True)
class CompileState:
    """Everything that is known of one document; a field is empty until its pass has run."""

    document: Document
    model: ClusterDocument
    #: Resolved; with the hosts of an external inventory once ``inventory`` has run.
    cluster: Cluster
    pipeline: PipelineDefinition
    #: Parameters of the pipeline as given, not yet typed.
    parameters: Mapping[str, Any]
    selection: Selection
    inventory: ClusterInventory
    context: ClusterContext
    roles: RoleIndex
    #: What the nodes of built-in kinds do.
    steps: BuiltInSteps
    #: Whether steps with the tag `never` that no tag selects stay, as for a comparison of inputs.
    with_never: bool = False
    #: The cluster as the document before described it; None for a first one.
    previous: PreviousCluster | None = None
    #: Facts by host from a saved snapshot.
    facts: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    #: The team's `ansible.cfg`.
    config: TeamConfig = field(default_factory=TeamConfig)
    #: The team's own modules and hooks.
    modules: tuple[ModuleSpec, ...] = ()
    hooks: tuple[HookSpec, ...] = ()
    spec: PipelineSpec = field(default_factory=lambda: PipelineSpec(name="", modules=()))
    #: Tasks without hosts that say so is fine -> why they have none.
    left_out: Mapping[str, str] = field(default_factory=dict)
    fragment: Fragment = field(default_factory=Fragment)
    #: Nodes of which tags select some tasks only, or perhaps none.
    cut: Mapping[str, TagCut] = field(default_factory=dict)
    graph: ExecutionGraph = field(default_factory=lambda: ExecutionGraph(pipeline=""))
    #: Files outside roles that go into the bundle.
    carried: CarriedFiles = field(default_factory=CarriedFiles)
    #: What hosts need from elsewhere, for all pipelines.
    artifacts: tuple[PinnedArtifact, ...] = ()
    plan: Plan | None = None
    calls: RoleCalls = field(default_factory=RoleCalls)
    lowered: LoweredPlan | None = None
    bundle: Bundle | None = None

    @classmethod
    def of(
        cls,
        document: Document,
        model: ClusterDocument,
        cluster: Cluster,
        pipeline: PipelineDefinition,
        **more: Any,
    ) -> CompileState:
        """Return the state of a resolved document, before the first pass."""
        return cls(
            document=document,
            model=model,
            cluster=cluster,
            pipeline=pipeline,
            parameters=more.pop("parameters", {}),
            selection=more.pop("selection", Selection()),
            inventory=ClusterInventory.empty(cluster),
            context=ClusterContext(cluster.name, (), {}),
            roles=RoleIndex(base=cluster.directory),
            steps=BuiltInSteps(cluster),
            **more,
        )


#: Every pass: it returns the state with the fields that it changes, and reports problems.
PassFunction = Callable[[CompileState, DiagnosticBag], CompileState]


@dataclass(frozen=True, slots=True)
class Pass:
    """A pass and its place in the order."""

    run: PassFunction
    #: Why it runs where it does.
    reason: str
    #: Fields of the state that it may change; none for a pass that only checks.
    changes: tuple[str, ...] = ()
    #: Whether errors found up to here end the compilation after it.
    stops_on_errors: bool = False

    @property
    def name(self) -> str:
        """Name of the pass, which is that of its function."""
        return self.run.__name__


def run_passes(passes: Iterable[Pass], state: CompileState, bag: DiagnosticBag) -> CompileState:
    """Run ``passes`` in order; raises ``InputError`` with all of ``bag`` where errors stop it."""
    for one in passes:
        state = one.run(state, bag)
        if one.stops_on_errors:
            bag.raise_if_errors()
    return state
