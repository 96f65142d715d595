"""The state of the installation."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from worldtree.app.admin.database import SchemaUpgrade
    from worldtree.app.admin.doctor import HealthCheck


def health_view(checks: Sequence[HealthCheck]) -> dict[str, Any]:
    """Return the doctor's checks; sizes are bytes."""
    return {
        "items": [
            {
                "name": one.name,
                "ok": one.ok,
                "detail": one.detail,
                "hint": one.hint,
                "bytes": one.sizes,
            }
            for one in checks
        ]
    }


def upgrade_view(found: SchemaUpgrade) -> dict[str, Any]:
    """Return the revisions of the schema before and after; before is null without a database."""
    return {"database": found.database, "before": found.before, "after": found.after}
