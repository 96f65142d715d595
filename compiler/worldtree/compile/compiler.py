"""The compiler: a document through all passes, with every problem told in one go."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from worldtree.ansible import steps as step_kinds
from worldtree.ansible.bundle import Bundle, BundleSources, build_bundle
from worldtree.ansible.bundle.lower import lower, role_calls
from worldtree.ansible.model.secret_lookups import with_lookups
from worldtree.catalog.component import CREATE
from worldtree.catalog.component_registry import components
from worldtree.catalog.pipelines import PIPELINES
from worldtree.compile.planning import PlanResult, plan_cluster
from worldtree.compile.selection import Selection
from worldtree.core.errors import Diagnostic, DiagnosticBag, InputError
from worldtree.core.suggestions import did_you_mean
from worldtree.plan.plan import Plan
from worldtree.spec.analysis import resolve_checked, validate_checked
from worldtree.spec.document import Document
from worldtree.spec.resolve import resolve
from worldtree.spec.validate import Validated

#: Problems that stand by themselves: true whatever else is wrong with the document.
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
    document: Document, *, pipeline: str = CREATE, selection: Selection | None = None
) -> PlanResult:
    """Run the passes up to the plan; raises ``InputError`` with everything found, with marks."""
    _require_pipeline(pipeline)
    bag = DiagnosticBag()
    validated = validate_checked(document, bag, components=components())
    if bag.has_errors or validated.model is None:
        bag.extend(_later_pass_problems(validated, document, bag.items))
        raise InputError(bag.items)
    cluster = resolve_checked(
        validated.model,
        document,
        bag,
        components=components(),
        normalise=step_kinds.normalise,
    )
    try:
        planned = plan_cluster(
            document, validated.model, cluster, bag, pipeline=pipeline, selection=selection
        )
    except InputError as problem:
        raise InputError(_deduplicated(document.locate(problem.diagnostics))) from None
    return replace(planned, diagnostics=_deduplicated(document.locate(planned.diagnostics)))


def compile_plan(planned: PlanResult) -> CompileResult:
    """Run the passes after the plan; raises ``InputError`` for files that are not there."""
    bag = DiagnosticBag()
    cluster = planned.cluster
    calls = role_calls(planned.plan, planned.roles, bag)
    bag.raise_if_errors()
    lowered = lower(planned.plan, calls.of, step_kinds.kinds())
    sources = BundleSources(
        index=planned.roles,
        calls=calls,
        document_dir=cluster.directory,
        templates_paths=tuple(cluster.path(written) for written in cluster.templates_path),
        inventory=planned.inventory.content(with_lookups),
        settings=planned.inventory.settings,
        forks=cluster.ansible.forks,
    )
    bundle = build_bundle(planned.plan, lowered, sources, bag)
    found = _deduplicated(planned.document.locate(bag.items))
    if bag.has_errors:
        raise InputError(found)
    return CompileResult(planned, bundle, (*planned.diagnostics, *found))


def _require_pipeline(name: str) -> None:
    if name not in PIPELINES:
        bag = DiagnosticBag()
        bag.error(
            "unknown-pipeline",
            f"there is no pipeline `{name}`",
            detail=f"There are {', '.join(PIPELINES)}.",
            hint=did_you_mean(name, PIPELINES),
        )
        raise InputError(bag.items)


def _later_pass_problems(
    validated: Validated, document: Document, known: Sequence[Diagnostic]
) -> list[Diagnostic]:
    """Return what the later passes find in the sound parts of a document that is not sound."""
    if validated.model is None:
        return []
    cluster = resolve(validated.model, document, DiagnosticBag(), normalise=step_kinds.normalise)
    try:
        found = plan_cluster(document, validated.model, cluster, DiagnosticBag()).diagnostics
    except InputError as problem:
        found = tuple(problem.diagnostics)
    told = {(d.slug, d.summary) for d in known}
    return document.locate(
        validated.restore(
            d for d in found if d.slug in _INDEPENDENT_SLUGS and (d.slug, d.summary) not in told
        )
    )


def _deduplicated(diagnostics: Sequence[Diagnostic]) -> tuple[Diagnostic, ...]:
    return tuple(dict.fromkeys(diagnostics))
