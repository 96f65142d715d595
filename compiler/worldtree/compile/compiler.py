"""The compiler: a document through all passes, with all problems of a stage at once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from worldtree.ansible import steps as step_kinds
from worldtree.ansible.bundle import Bundle
from worldtree.ansible.content.team_config import TeamConfig
from worldtree.catalog.component_calls import COMPONENT_SLUG
from worldtree.catalog.component_registry import components
from worldtree.catalog.pipeline_parameters import PARAMETER_SLUG
from worldtree.catalog.pipeline_registry import pipeline_named
from worldtree.compile.cluster_inventory import ClusterInventory
from worldtree.compile.pass_order import BUNDLE_PASSES, PLAN_PASSES
from worldtree.compile.passes.pipeline import FACTS_SLUG, NO_WORK_SLUG
from worldtree.compile.previous_document import PreviousDocument, previous_cluster
from worldtree.compile.selection import Selection
from worldtree.compile.state import CompileState, run_passes
from worldtree.compile.team_config import load_team_config
from worldtree.core.errors import Diagnostic, DiagnosticBag, InputError
from worldtree.plan.pipeline_names import CREATE_CLUSTER
from worldtree.plan.pipeline_request import PipelineRequest
from worldtree.plan.plan import Plan
from worldtree.plugins import BROKEN_PLUGIN
from worldtree.spec.analysis import resolve_checked, validate_checked
from worldtree.spec.cluster import Cluster
from worldtree.spec.document import Document
from worldtree.spec.resolve import resolve
from worldtree.spec.validate import Validated

#: Problems that do not depend on what else is wrong with the document.
_INDEPENDENT_SLUGS = frozenset(
    {
        "invalid-step-parameter",
        "missing-step-parameter",
        "reserved-variable",
        "unknown-component",
        "unknown-role",
        "unknown-role-entry",
        "unknown-role-variable",
        "unknown-step-kind",
        "unknown-step-parameter",
        "wrong-role-variable-type",
    }
)


#: Problems of a package or of an option, which have no place in the document.
_ELSEWHERE = frozenset(
    {
        BROKEN_PLUGIN,
        FACTS_SLUG,
        NO_WORK_SLUG,
        COMPONENT_SLUG,
        PARAMETER_SLUG,
        "selection-matches-nothing",
        "unknown-tag",
    }
)


@dataclass(frozen=True)
class PlanResult:
    """A plan and what the passes after it need; nothing here touched a host."""

    plan: Plan
    state: CompileState
    #: Warnings; errors would have been raised.
    diagnostics: tuple[Diagnostic, ...] = ()

    @property
    def document(self) -> Document:
        """The document that was compiled."""
        return self.state.document

    @property
    def inventory(self) -> ClusterInventory:
        """The hosts, and the variables that reach them."""
        return self.state.inventory

    @property
    def config(self) -> TeamConfig:
        """The team's ``ansible.cfg``."""
        return self.state.config

    @property
    def cluster(self) -> Cluster:
        """The resolved cluster, hosts of an external inventory included."""
        return self.state.cluster


@dataclass(frozen=True)
class CompileResult:
    """A plan and the bundle made of it."""

    planned: PlanResult
    bundle: Bundle
    diagnostics: tuple[Diagnostic, ...]

    @property
    def plan(self) -> Plan:
        """The plan."""
        return self.planned.plan


def plan_document(
    document: Document,
    *,
    pipeline: PipelineRequest | None = None,
    selection: Selection | None = None,
    previous: PreviousDocument | None = None,
    facts: Mapping[str, Mapping[str, Any]] | None = None,
    with_never: bool = False,
) -> PlanResult:
    """Run the passes up to the plan; raises ``InputError`` with everything found, with marks.

    Without ``pipeline`` it is the one that creates the cluster. ``previous`` is the cluster's
    document before this one, and ``facts`` are facts by host from a saved snapshot; only pipelines
    that take them see them. ``with_never`` keeps steps with the tag ``never`` that no tag selects.
    """
    pipeline = pipeline or PipelineRequest()
    definition = pipeline_named(pipeline.name)
    bag = DiagnosticBag()
    validated = validate_checked(document, bag, components=components())
    if bag.has_errors or validated.model is None:
        bag.extend(_later_pass_problems(validated, document, bag.items))
        raise InputError(bag.items)
    config, model = load_team_config(document, validated.model, bag)
    cluster = resolve_checked(
        model,
        document,
        bag,
        components=components(),
        normalise=step_kinds.normalise,
    )
    state = CompileState.of(
        document,
        model,
        cluster,
        definition,
        config=config,
        selection=selection or Selection(),
        parameters=pipeline.parameters,
        previous=None if previous is None else previous_cluster(previous),
        facts=facts or {},
        with_never=with_never,
    )
    try:
        state = run_passes(PLAN_PASSES, state, bag)
    except InputError as problem:
        raise InputError(_located(document, problem.diagnostics)) from None
    assert state.plan is not None, "the pass `layer` has run"
    return PlanResult(state.plan, state, _located(document, bag.items))


def compile_plan(planned: PlanResult) -> CompileResult:
    """Run the passes after the plan; raises ``InputError`` for files that are missing."""
    bag = DiagnosticBag()
    state = run_passes(BUNDLE_PASSES, planned.state, bag)
    found = _located(planned.document, bag.items)
    if bag.has_errors:
        raise InputError(found)
    assert state.bundle is not None, "the pass `emit` has run"
    return CompileResult(planned, state.bundle, (*planned.diagnostics, *found))


def _later_pass_problems(
    validated: Validated, document: Document, known: Sequence[Diagnostic]
) -> list[Diagnostic]:
    """Return what the later passes find in the valid parts of a document that is not valid."""
    if validated.model is None:
        return []
    cluster = resolve(validated.model, document, DiagnosticBag(), normalise=step_kinds.normalise)
    state = CompileState.of(document, validated.model, cluster, pipeline_named(CREATE_CLUSTER))
    bag = DiagnosticBag()
    # What stops the passes is in the bag, too.
    with suppress(InputError):
        run_passes(PLAN_PASSES, state, bag)
    reported = {(d.slug, d.summary) for d in known}
    return document.locate(
        validated.restore(
            d
            for d in bag.items
            if d.slug in _INDEPENDENT_SLUGS and (d.slug, d.summary) not in reported
        )
    )


def _located(document: Document, diagnostics: Sequence[Diagnostic]) -> tuple[Diagnostic, ...]:
    """Return ``diagnostics`` with their places in ``document``, each once."""
    found = ((one,) if one.slug in _ELSEWHERE else document.locate([one]) for one in diagnostics)
    return tuple(dict.fromkeys(one for located in found for one in located))
