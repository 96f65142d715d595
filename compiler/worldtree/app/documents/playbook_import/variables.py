"""Variables as playbooks write them."""

from __future__ import annotations

from typing import Any

from worldtree.app.documents.playbook_import.report import ImportReport
from worldtree.core.errors import Mark


def variables_of(value: Any, mark: Mark, report: ImportReport) -> dict[str, Any]:
    """Return the variables of a `vars`; old playbooks have a list of mappings.

    What is no mapping is reported.
    """
    found: dict[str, Any] = {}
    for part in value if isinstance(value, list) else [value]:
        if isinstance(part, dict):
            found.update({str(name): inner for name, inner in part.items()})
        elif part is not None:
            report.lost("`vars` that are no mapping", mark, todo="correct the playbook")
    return found
