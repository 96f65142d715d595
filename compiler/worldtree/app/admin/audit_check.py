"""Checks that the audit log is as it was written."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from worldtree.app.admin.access_names import AccessInputError

if TYPE_CHECKING:
    from worldtree.store.audit_chain import ChainReport
    from worldtree.store.store import Store

_LINK = re.compile(r"[0-9a-f]{64}")


def verify_audit(store: Store, kept: str | None) -> ChainReport:
    """Return whether the entries of all projects fit the chain, and whether that has ``kept``.

    Raises ``AccessInputError`` where ``kept`` cannot be the head of an earlier report.
    """
    if kept is not None and _LINK.fullmatch(kept) is None:
        raise AccessInputError(
            "a head of the audit log has 64 hexadecimal digits",
            code="audit-head-invalid",
            hint="give the head that an earlier verification reported",
        )
    return store.verify_audit(kept)
