"""Files that roles wrote on the control side."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from worldtree.results.json_view import utc_text

if TYPE_CHECKING:
    from worldtree.app.tasks.kept_files import KeptFiles


def kept_files_view(kept: KeptFiles) -> dict[str, Any]:
    """Return the files of a cluster, sorted by path; sizes in bytes."""
    return {
        "directory": str(kept.directory),
        "items": [
            {"path": one.path, "size": one.size, "modified": utc_text(one.modified)}
            for one in kept.files()
        ],
    }
