"""Documents and roles: diagnostics, explanations, what is in a role."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from worldtree.core.errors import Diagnostic
from worldtree.spec.diagnostics_text import as_dict, deduplicated

if TYPE_CHECKING:
    from worldtree.app.documents.compile_exchange import CompileAnswer
    from worldtree.app.documents.reference import PipelineSummary, RoleReport, RoleSummary
    from worldtree.spec.explain import Explanation


def validation_view(diagnostics: Sequence[Diagnostic], *, valid: bool) -> dict[str, Any]:
    """Return whether a document is valid, and each diagnostic once."""
    return {"valid": valid, **diagnostics_view(deduplicated(diagnostics))}


def compiled_view(found: CompileAnswer) -> dict[str, Any]:
    """Return a plan as it stands in `plan.json`, and its warnings."""
    return {"plan": found.plan, **diagnostics_view(deduplicated(found.diagnostics))}


def diagnostics_view(diagnostics: Sequence[Diagnostic]) -> dict[str, Any]:
    """Return diagnostics."""
    return {"items": [as_dict(one) for one in diagnostics]}


def explanation_view(explanation: Explanation) -> dict[str, Any]:
    """Return what is known about a field of the document."""
    return asdict(explanation)


def pipeline_list_view(found: Sequence[PipelineSummary]) -> dict[str, Any]:
    """Return the registered pipelines."""
    return {"items": [pipeline_view(one) for one in found]}


def pipeline_view(found: PipelineSummary) -> dict[str, Any]:
    """Return a pipeline with the package that it comes from, and its parameters."""
    return {
        "name": found.name,
        "summary": found.summary,
        "origin": found.origin,
        "parameters": [
            {
                "name": one.name,
                "type": one.type,
                "required": one.required,
                "default": one.default,
                "description": one.description,
            }
            for one in found.parameters
        ],
        "components": list(found.components),
        "takes_previous": found.takes_previous,
        "takes_facts": found.takes_facts,
    }


def role_list_view(roles: Sequence[RoleSummary]) -> dict[str, Any]:
    """Return a summary of each role."""
    return {"items": [role.model_dump(mode="json") for role in roles]}


def role_view(report: RoleReport) -> dict[str, Any]:
    """Return everything seen in a role."""
    return report.model_dump(mode="json")
