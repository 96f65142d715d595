"""Pass ``validate``: Document -> typed model; everything wrong with the document in one go."""

from __future__ import annotations

from worldtree.ansible import steps as step_kinds
from worldtree.catalog.registry import components
from worldtree.errors import Diagnostic, DiagnosticBag
from worldtree.spec.analyse import validate_checked
from worldtree.spec.document import Document
from worldtree.spec.models.cluster import ClusterDocument
from worldtree.spec.tagged import encode
from worldtree.spec.validate import Validated, steps


def validate(document: Document, bag: DiagnosticBag) -> ClusterDocument:
    """Return the typed ``document``; raises ``InputError`` with all of ``bag`` on an error.

    Where the structure is broken, the parts that are sound are checked as later passes would, so
    that one more run does not bring up problems that were there all along.
    """
    validated = validate_checked(document, bag, components=components())
    if validated.diagnostics:
        bag.extend(document.locate(validated.restore(_step_problems(validated))))
    bag.raise_if_errors()
    if validated.model is None:
        raise AssertionError("a document without a model has an error")
    return validated.model


def _step_problems(validated: Validated) -> list[Diagnostic]:
    if validated.model is None:
        return []
    return [
        found
        for path, kind, params in steps(validated.model)
        for found in step_kinds.check(kind, encode(params), (*path, kind))
    ]
