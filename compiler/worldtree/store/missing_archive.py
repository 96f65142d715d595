"""The error for an archive that a project does not have."""

from __future__ import annotations

from worldtree.core.errors import RefusedError


def unknown_archive(digest: str) -> RefusedError:
    """Return it; also the store raises it, where a task is stored with what it needs."""
    return RefusedError(
        f"the project has no archive {digest}",
        code="archive-unknown",
        hint="upload it with POST /api/v1/archives",
    )
