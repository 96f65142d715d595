"""Documents and roles: diagnostics, explanations, what is in a role."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from worldtree.core.errors import Diagnostic
from worldtree.spec.diagnostics_text import as_dict, deduplicated

if TYPE_CHECKING:
    from worldtree.app.documents.reference import RoleReport, RoleSummary
    from worldtree.spec.explain import Explanation


def validation_view(diagnostics: Sequence[Diagnostic], *, valid: bool) -> dict[str, Any]:
    """Return whether a document is valid, and each diagnostic once."""
    return {"valid": valid, **diagnostics_view(deduplicated(diagnostics))}


def diagnostics_view(diagnostics: Sequence[Diagnostic]) -> dict[str, Any]:
    """Return diagnostics."""
    return {"items": [as_dict(one) for one in diagnostics]}


def explanation_view(explanation: Explanation) -> dict[str, Any]:
    """Return what is known about a field of the document."""
    return asdict(explanation)


def role_list_view(roles: Sequence[RoleSummary]) -> dict[str, Any]:
    """Return a summary of each role."""
    return {"items": [role.model_dump(mode="json") for role in roles]}


def role_view(report: RoleReport) -> dict[str, Any]:
    """Return everything seen in a role."""
    return report.model_dump(mode="json")
